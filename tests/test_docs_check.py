"""What the pages about the check say is what the command does, on an emulator with a domain set up by hand."""

import contextlib
import json
import re
import shlex
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import typer.main
import yaml
from typer.testing import CliRunner, Result

from mailproof.cli import app
from mailproof.export.formats import FILE_FORMATS
from mailproof.localaws import running
from mailproof.reference import permissions
from mailproof.report.formats import ReportFormat
from mailproof.rollout.engines.commands import find_installation
from mailproof.rollout.engines.github_steps import RELEASES
from tests.localaws.world import World
from tests.pauses import pauses_skipped

ROOT = Path(__file__).parents[1]
PAGES = {
    name: (ROOT / f"docs/{name}.md").read_text(encoding="utf-8") for name in ("check", "export", "pending", "rules")
}
ACCOUNT, DOMAIN = "111122223333", "example.com"
REGIONS = ["us-east-1", "eu-west-1"]
QUICK = {"AWS_MAX_ATTEMPTS": "1"}
_ENVIRONMENT = f"""\
account: "{ACCOUNT}"
regions: [{", ".join(REGIONS)}]
zones:
  {DOMAIN}: {{id: Z0PRODEXAMPLE0000001}}
domains:
  - name: {DOMAIN}
    dmarc: {{policy: none}}
"""

State = Callable[[World], AbstractContextManager[None]]


def blocks(page: str, language: str) -> list[str]:
    """Return the blocks of code of a page in a language."""
    return re.findall(rf"```{language}\n(.*?)```", PAGES[page], re.DOTALL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which to run the command."""
    made = tmp_path_factory.mktemp("project")
    (made / "environments").mkdir()
    (made / "environments/prod.yaml").write_text(_ENVIRONMENT, encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """An account with the domain verified in both regions; in one it has a configuration set."""
    with running() as aws:
        made = World(aws, ACCOUNT, "Z0PRODEXAMPLE0000001", DOMAIN)
        aws.put_external_zone("com", "")
        made.change("CREATE", f"_dmarc.{DOMAIN}", "TXT", '"v=DMARC1; p=none"')
        for region in REGIONS:
            _set_up(made, region)
        ses = made.client("sesv2", "eu-west-1")
        ses.create_configuration_set(ConfigurationSetName="news")
        ses.put_email_identity_configuration_set_attributes(EmailIdentity=DOMAIN, ConfigurationSetName="news")
        yield made


def _set_up(world: World, region: str) -> None:
    ses, mail_from = world.client("sesv2", region), f"bounce.{region}.{DOMAIN}"
    ses.create_email_identity(EmailIdentity=DOMAIN)
    ses.put_email_identity_mail_from_attributes(EmailIdentity=DOMAIN, MailFromDomain=mail_from)
    world.publish_dkim(region)
    world.change("CREATE", mail_from, "MX", f"10 feedback-smtp.{region}.amazonses.com.")
    world.change("CREATE", mail_from, "TXT", '"v=spf1 include:amazonses.com ~all"')


def run(world: World, folder: Path, arguments: str) -> Result:
    """Run the command."""
    variables = world.aws.process_environment(ACCOUNT, folder) | QUICK
    with contextlib.chdir(folder):
        return CliRunner().invoke(app, [*shlex.split(arguments), "--resolver", world.aws.dns], env=variables)


@contextlib.contextmanager
def whole(world: World) -> Iterator[None]:  # noqa: ARG001 -- as the others
    """Nothing is wrong."""
    yield


@contextlib.contextmanager
def doubled(world: World) -> Iterator[None]:
    """The first DKIM record of the first region stands at a doubled name."""
    dkim = world.identity()["DkimAttributes"]
    name, target = f"{dkim['Tokens'][0]}._domainkey.{DOMAIN}", f"{dkim['Tokens'][0]}.{dkim['SigningHostedZone']}"
    world.change("DELETE", name, "CNAME", target)
    world.change("CREATE", f"{name}.{DOMAIN}", "CNAME", target)
    yield
    world.change("DELETE", f"{name}.{DOMAIN}", "CNAME", target)
    world.change("CREATE", name, "CNAME", target)


@contextlib.contextmanager
def _held(world: World, **states: str) -> Iterator[None]:
    world.aws.pin_status(ACCOUNT, "eu-west-1", DOMAIN, **states)
    yield
    world.aws.pin_status(ACCOUNT, "eu-west-1", DOMAIN, **dict.fromkeys(states))


def pending(world: World) -> AbstractContextManager[None]:
    """SES has not looked for the DKIM records of the second region."""
    return _held(world, dkim_status="PENDING")


def failed(world: World) -> AbstractContextManager[None]:
    """SES no longer looks for the DKIM records of the second region."""
    return _held(world, dkim_status="FAILED")


def shown(page: str, heading: str, command: str) -> list[str]:
    """Return what a page shows below a heading as the output of a command."""
    section = PAGES[page].partition(f"# {heading}\n")[2].partition("\n## ")[0]
    [block] = [b for b in re.findall(r"```console\n(.*?)```", section, re.DOTALL) if b.startswith(f"$ {command}")]
    return [plain(line) for line in block.splitlines()[1:]]


def plain(line: str) -> str:
    """Take from a line what differs between two runs."""
    return re.sub(r"\d\d:\d\d:\d\d|next look in \d+ s", "…", line.rstrip())


@pytest.mark.parametrize(
    ("page", "heading", "state"),
    [
        ("check", "The check", whole),
        ("pending", "A record is absent or wrong", doubled),
        ("pending", "Wait for SES", pending),
        ("pending", "SES has stopped looking", failed),
    ],
)
def test_the_reports_are_what_is_said(world: World, folder: Path, page: str, heading: str, state: State) -> None:
    """Each report is, line by line, what the command prints of such a world."""
    with state(world):
        printed = run(world, folder, "check").stdout
    assert shown(page, heading, "mailproof check") == [plain(line) for line in printed.splitlines()]


@pytest.mark.parametrize(
    ("heading", "state", "options"),
    [("Wait for SES", pending, ""), ("SES has stopped looking", failed, "--restart")],
)
def test_what_a_wait_tells_is_what_is_said(
    world: World, folder: Path, heading: str, state: State, options: str
) -> None:
    """The lines on stderr begin as they do on the page; the wait ends when its time is up."""
    with state(world), pauses_skipped():
        waited = run(world, folder, f"wait {options} --region eu-west-1 --timeout 1")
    expected = shown("pending", heading, "mailproof wait")
    assert expected
    assert [plain(line) for line in waited.stderr.splitlines()][: len(expected)] == expected


@pytest.mark.parametrize("action", sorted({action for action, _ in permissions.CHECK.allowed()}))
def test_each_action_is_needed(world: World, folder: Path, action: str) -> None:
    """Without it the check could not ask, says so in one place or for each region, and calls nothing wrong."""
    operation = action.partition(":")[2]
    world.aws.add_fault(operation=operation, account=ACCOUNT, code="AccessDeniedException")
    checked = run(world, folder, "check --format json")
    world.aws.clear_faults()
    assert checked.exit_code == 3
    findings = json.loads(checked.stdout)["findings"]
    assert {finding["severity"] for finding in findings} == {"unknown"}
    assert any("AccessDenied" in finding["observed"] for finding in findings)


def test_every_format_and_option_is_listed() -> None:
    """The tables have all formats, and all options but help."""
    assert re.findall(r"^\| `([a-z]+)` \|", PAGES["check"], re.MULTILINE) == [str(form) for form in ReportFormat]
    group = typer.main.get_command(app)
    assert isinstance(group, typer.core.TyperGroup)
    options = {option for parameter in group.commands["check"].params for option in parameter.opts}
    assert options == set(re.findall(r"`(--[a-z-]+)", PAGES["check"].partition("## Exit codes")[0]))


def test_every_option_of_an_export_is_listed() -> None:
    """Of both commands; but help, and that SOA and NS are the default."""
    group = typer.main.get_command(app)
    assert isinstance(group, typer.core.TyperGroup)
    parameters = [parameter for name in ("records", "export") for parameter in group.commands[name].params]
    options = {o for parameter in parameters for o in (*parameter.opts, *parameter.secondary_opts) if o[:2] == "--"}
    assert options - {"--soa"} == set(re.findall(r"`(--[a-z-]+)", PAGES["export"]))
    for form in FILE_FORMATS:
        assert f"$ mailproof export {form} " in PAGES["export"]


def test_rules_that_are_named_exist() -> None:
    """Each id on the pages, or the beginning of one, is a rule's; each link leads to a heading."""
    rules = re.findall(r"^### (.*)$", PAGES["rules"], re.MULTILINE)
    table = PAGES["pending"].partition("| it says | cause | do |")[2].partition("\n\n")[0]
    text = table + PAGES["pending"].partition("## AWS or DNS could not be asked")[2]
    named = re.findall(r"`([a-z0-9]+(?:-[a-z0-9]+)*-?…?|…-[a-z-]+)`", text)
    ids = [name for name in named if "-" in name]
    assert len(ids) > 15
    assert [name for name in ids if not any(re.fullmatch(name.replace("…", ".*"), rule) for rule in rules)] == []


def test_the_workflow_is_whole(tmp_path: Path) -> None:
    """It can be read, may do what its steps do, and uses the releases that are pinned elsewhere in this project."""
    [text] = blocks("check", "yaml")
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {"contents": "read", "id-token": "write", "security-events": "write"}
    steps = workflow["jobs"]["check"]["steps"]
    used = [step["uses"] for step in steps if "uses" in step]
    assert [action for action in used if action in RELEASES] == used[:-1]
    assert all(f"{action} # {RELEASES[action]}" in text for action in used[:-1])
    assert "".join(f"{line}\n" for line in find_installation(tmp_path).command) in [step.get("run") for step in steps]
    [upload] = [step for step in steps if "upload-sarif" in step.get("uses", "")]
    assert f"--output {upload['with']['sarif_file']}" in text
