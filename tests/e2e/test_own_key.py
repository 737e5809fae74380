"""An own key, from its making to a deployment by the real CDK: its private half is in its secret, and nowhere else."""

import json
import shlex
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from mailproof.report.formats import ReportFormat
from tests.e2e.project import Project, fail, output_of, said, succeed
from tests.own_keys.needles import found_in, needles

_POLL_S = 0.02
_LOOKS = 5


@contextmanager
def processes_seen() -> Iterator[set[str]]:
    """Note the arguments and the environment of every process meanwhile."""
    seen: set[str] = set()
    looks: Counter[Path] = Counter()  # a process has other arguments once it has become what it starts
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(_POLL_S):
            for process in Path("/proc").glob("[0-9]*"):
                looks[process] += 1
                for part in ("cmdline", "environ") if looks[process] <= _LOOKS else ():
                    with suppress(OSError):
                        seen.add((process / part).read_text(errors="replace"))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        ended.set()
        thread.join()


def texts_below(*folders: Path) -> dict[str, str]:
    """Return what all files below some folders hold."""
    paths = (path for folder in folders for path in folder.rglob("*") if path.is_file())
    return {str(path): path.read_text(errors="replace") for path in paths}


def private_keys(project: Project) -> list[str]:
    """Read every private half out of Secrets Manager."""
    keys = json.loads((project.folder / f"{project.name}.keys.json").read_text())[project.zone]
    client = project.client("secretsmanager")
    answers = [client.get_secret_value(SecretId=key["secret"], VersionId=key["version"]) for key in keys]
    return [json.loads(answer["SecretString"])["private_key"] for answer in answers]


def test_the_private_half_is_nowhere_but_in_its_secret(
    project: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Neither in template, assembly, events, state, reports, output nor among the arguments of any process."""
    reports = tmp_path_factory.mktemp("reports")
    project.write({"name": project.zone, "mail_from": "none", "dmarc": {"policy": "none"}, "dkim": {"key": "own"}})
    outputs = [*(("--output", str(reports / f"report{number}.{form}")) for number, form in enumerate(ReportFormat))]
    with processes_seen() as processes:
        runs = [project.mailproof("dkim", "new-key", project.name, project.zone, "--yes")]
        deployed = project.deploy_all()
        kept = ("--state", str(reports / "state"), "--resolver", project.aws.dns)
        runs += [
            deployed,
            project.mailproof("check", *kept, *(word for option in outputs for word in option)),
            project.mailproof("dkim", "rotate", project.name, project.zone, "--begin", "--yes", *kept[2:]),
        ]
    assert [run.returncode for run in runs] == [0] * len(runs), [*map(said, runs)]
    assert project.identity()["DkimAttributes"]["SigningAttributesOrigin"] == "EXTERNAL"
    keys = private_keys(project)
    assert len(keys) == 2
    assert all(len(needles(key)) > 40 for key in keys)
    cloudformation = project.client("cloudformation")
    answers = [
        call(StackName=f"mailproof-{project.name}-{stack}")
        for stack in ("ses-us-east-1", "dns")
        for call in (
            cloudformation.get_template,
            cloudformation.describe_stacks,
            cloudformation.describe_stack_events,
            cloudformation.list_stack_resources,
            cloudformation.list_change_sets,
        )
    ]
    assert "{{resolve:secretsmanager:" in str(answers)
    texts = {
        "CloudFormation": str(answers),
        "output": "".join(map(said, runs)),
        "processes": "".join(processes),
        **texts_below(project.folder, reports, project.synthesise(), output_of(deployed)),
    }
    assert [place for place, text in texts.items() if found_in(text, keys)] == []


def test_the_guard_refuses_another_way_to_sign(project: Project) -> None:
    """Unless the gap is accepted: then it is deployed, and SES signs with the own key."""
    rolling = ("rollout", "run", project.name, "--yes", "--resolver", project.aws.dns)
    domain = {"name": project.zone, "mail_from": "none", "dmarc": {"policy": "none"}}
    project.write(domain)
    project.stand()
    project.write({**domain, "dkim": {"key": "own"}})
    assert project.mailproof("dkim", "new-key", project.name, project.zone, "--yes").returncode == 0
    refused = project.mailproof(*rolling, "--assembly", str(project.synthesise()))
    assert refused.returncode == 1, said(refused)
    assert "from keys of SES to a key of your own: SES signs with neither" in refused.stderr
    [command] = [line for line in refused.stderr.splitlines() if line.startswith("to allow all of this: ")]
    assert command.count("--allow") == 3  # the records of the keys of SES
    accepted = project.mailproof(*shlex.split(command.partition(": mailproof ")[2]))
    assert accepted.returncode == 0, said(accepted)
    assert project.identity()["DkimAttributes"]["SigningAttributesOrigin"] == "EXTERNAL"


def test_a_key_replaced_by_hand_is_refused_and_has_a_way_back_even_if_its_secret_is_lost(project: Project) -> None:
    """The guard says it at once; what the repair tells to do without the secret is done, and mail is signed again."""
    rolling = ("rollout", "run", project.name, "--yes", "--resolver", project.aws.dns)
    domain = {"name": project.zone, "mail_from": "none", "dmarc": {"policy": "none"}}
    project.write({**domain, "dkim": {"key": "own"}}, removal_policy="retain")
    succeed(project.mailproof("dkim", "new-key", project.name, project.zone, "--yes"))
    project.stand()
    project.client("sesv2").put_email_identity_dkim_signing_attributes(
        EmailIdentity=project.zone, SigningAttributesOrigin="AWS_SES"
    )
    refused = fail(project.mailproof(*rolling, "--assembly", str(project.synthesise())))
    assert "holds signing with a key of yours (BYODKIM); found: signing with keys of SES" in refused
    assert f"to put back what the stacks hold: mailproof repair {project.name}" in refused
    secret = json.loads((project.folder / f"{project.name}.keys.json").read_text())[project.zone][0]["secret"]
    project.client("secretsmanager").delete_secret(SecretId=secret, ForceDeleteWithoutRecovery=True)
    lost = fail(project.mailproof("repair", project.name, "--yes"))
    [command] = [word for word in lost.split("`") if word.endswith("--accept-unsigned-gap")]
    project.write(domain, removal_policy="retain")
    more = ("--yes", "--resolver", project.aws.dns, "--assembly", str(project.synthesise()))
    asked = fail(project.cli.mailproof(project.account, *shlex.split(command)[1:], *more))
    [command] = [line for line in asked.splitlines() if line.startswith("to allow all of this: ")]
    succeed(project.cli.mailproof(project.account, *shlex.split(command.partition(": mailproof ")[2])))
    dkim = project.identity()["DkimAttributes"]
    assert (dkim["SigningAttributesOrigin"], dkim["Status"]) == ("AWS_SES", "SUCCESS")
