"""No command shows a private half: not in what it says, logs, writes, starts, or has AWS keep but in the secret."""

import json
import logging
import subprocess
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from typer.testing import CliRunner

from mailproof.cli import app
from mailproof.exit_codes import USAGE
from mailproof.export.formats import ExportFormat
from mailproof.report.formats import ReportFormat
from mailproof.signature import fetch_signing_key
from tests.own_keys.needles import found_in, needles
from tests.own_keys.sender import REGIONS, Sender

HERE = REGIONS[0]
READ_CALLS = ("describe_stack_events", "describe_stacks", "get_template", "list_change_sets", "list_stack_resources")


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Arguments and variables of every process that is started."""
    seen: list[str] = []
    real = subprocess.Popen.__init__

    def start(process: Any, *arguments: Any, **options: Any) -> None:
        seen.append(f"{arguments} {options}")
        real(process, *arguments, **options)

    monkeypatch.setattr(subprocess.Popen, "__init__", start)
    return seen


def exchange(sender: Sender) -> None:
    """Take all steps from one key to another."""
    sender.made()
    for _ in ("begin", "switch", "switch", "unused", "revoke", "remove"):
        assert sender.dkim("rotate", "--begin", "--yes").exit_code == 0
        sender.deploy()
        sender.age(8)


def lose_and_repair(sender: Sender) -> None:
    """Have an identity deleted and put back, and one given up by SES and started again."""
    sender.world.client("sesv2").delete_email_identity(EmailIdentity=sender.domain)
    assert sender.run("repair", "--yes").exit_code == 0
    [key] = sender.keys
    sender.world.aws.add_dns_fault(f"{key['selector']}._domainkey.{sender.domain}", "nxdomain")
    assert sender.world.dkim_status() in {"PENDING", "TEMPORARY_FAILURE"}
    sender.world.aws.advance_clock(80 * 3600)
    assert sender.world.dkim_status() == "FAILED"
    sender.world.aws.clear_dns_faults()
    with patch("mailproof.commands.wait.sleep"):
        waited = sender.run("wait", "--restart", "--timeout", "1")
    assert f"{sender.domain} {HERE}: DKIM restarted" in waited.output
    assert sender.world.dkim_status() == "SUCCESS"


def look_around(sender: Sender, folder: Path) -> None:
    """Run all that reads, in every format."""
    fetch_signing_key(sender.world.client("secretsmanager"), sender.environment, sender.domain, HERE)
    message = folder / "message.eml"
    message.write_bytes(sender.world.aws.deliver(sender.world.account, HERE, sender.message()))
    reports = [word for form in ReportFormat for word in ("--output", str(folder / f"report.{form}"))]
    kept = ("--state", str(folder / "state.json"), "--history", str(folder / "history"))
    for form in ExportFormat:
        assert sender.run("records", "--format", form).exit_code == 0
    assert sender.run("export", "zone", "--output", str(folder / "zones")).exit_code == 0
    assert sender.run("check", *kept, *reports).exit_code == 0
    assert sender.run("check", "--receivers").exit_code == 0
    assert sender.run("probe", "--yes").exit_code == 0
    whatever = (["explain", str(message)], ["preflight"], ["doctor"], ["prune", "--region", HERE], ["rollout", "plan"])
    for command in (*whatever, ["history", str(folder / "history")]):
        result = CliRunner().invoke(app, command) if command[0] == "history" else sender.run(*command)
        assert result.exit_code != USAGE, result.output
        sender.said.append(result.output)


def kept_by_aws(sender: Sender) -> str:
    """Return what CloudFormation and SES show."""
    found: list[Any] = []
    for region in REGIONS:
        client = sender.world.client("cloudformation", region)
        for stack in client.describe_stacks()["Stacks"]:
            found += [getattr(client, call)(StackName=stack["StackName"]) for call in READ_CALLS]
        found.append(sender.world.identity(region=region))
    return str(found)


def test_no_command_shows_a_private_half(
    sender: Sender, started: list[str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """All that make, exchange, deploy, repair, restart, check, print or export keys, with the log of boto3 at DEBUG."""
    caplog.set_level(logging.DEBUG)
    exchange(sender)
    lose_and_repair(sender)
    look_around(sender, tmp_path)
    caplog.set_level(logging.CRITICAL)
    private = [*private_halves(sender)]
    assert len(private) == 2
    assert all(len(needles(key)) > 40 for key in private)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > len(ReportFormat)
    shown = {
        "output": "".join(sender.said),
        "log": caplog.text,
        "processes": "".join(started) + Path("/proc/self/environ").read_text(errors="replace"),
        "AWS": kept_by_aws(sender),
        **{str(path): path.read_text(errors="replace") for path in files},
    }
    assert "GetEmailIdentity" in shown["log"]
    assert "{{resolve:secretsmanager:" in shown["AWS"]
    assert [place for place, text in shown.items() if found_in(text, private)] == []


def private_halves(sender: Sender) -> list[str]:
    """Return the private halves of all versions of the secret."""
    client = sender.world.client("secretsmanager")
    secret = f"mailproof/dkim/{sender.domain}"
    versions = client.list_secret_version_ids(SecretId=secret, IncludeDeprecated=True)["Versions"]
    answers = [client.get_secret_value(SecretId=secret, VersionId=one["VersionId"]) for one in versions]
    return [json.loads(answer["SecretString"])["private_key"] for answer in answers]
