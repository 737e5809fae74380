"""The commands `mailproof rollout plan`, `run` and `workflow`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner, Result

from mailproof.cli import app
from mailproof.commands import rollout_run
from tests.rollout.fake_programs import FakePrograms
from tests.rollout.world import PROD, write_environments

if TYPE_CHECKING:
    from mailproof.rollout.run import RolloutOptions


def command(*arguments: str) -> Result:
    """Run `mailproof rollout` in a folder."""
    return CliRunner().invoke(app, ["rollout", *arguments])


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with environment files, to be in; without credentials."""
    write_environments(tmp_path / "environments")
    monkeypatch.chdir(tmp_path)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_ENDPOINT_URL", "MAILPROOF_ALLOW", "MAILPROOF_MAX_REMOVALS"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "absent"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return tmp_path


@pytest.mark.usefixtures("here")
def test_the_plan_is_printed_for_people() -> None:
    """A block a wave: approval, command, stacks, gate."""
    result = command("plan", "--offline")
    assert result.exit_code == 0
    assert "2. prod, wave 1: eu-west-1\n   approval  by a person, before it\n" in result.stdout
    assert (
        "   command   mailproof rollout run prod --wave 1\n   deploy    prod/dns   (at most 3 at once)\n"
        in result.stdout
    )
    assert result.stderr == ""


@pytest.mark.usefixtures("here")
def test_the_plan_is_printed_for_programs() -> None:
    """That nobody asked what is left behind is told from nothing being left."""
    plan = json.loads(command("plan", "--offline", "--format", "json").stdout)
    assert plan["version"] == 2
    assert [(wave["environment"], wave["number"]) for wave in plan["waves"]] == [("dev", 1), ("prod", 1), ("prod", 2)]
    assert (plan["orphaned_stacks"], plan["leftovers"], plan["unanswered"]) == (None, None, None)


@pytest.mark.usefixtures("here")
def test_without_credentials_the_plan_says_that_it_could_not_ask() -> None:
    """It is printed all the same; the exit code is 3."""
    result = command("plan")
    assert result.exit_code == 3
    assert "3. prod, wave 2" in result.stdout
    assert "dev: could not ask CloudFormation: NoCredentialsError" in result.stderr
    assert "prod: could not ask CloudFormation: NoCredentialsError" in result.stderr


def test_fails_on_files_without_an_order(here: Path) -> None:
    """Two first environments: nobody knows which goes first."""
    write_environments(here / "environments", prod=PROD.replace("after: dev, ", ""))
    result = command("plan", "--offline")
    assert result.exit_code == 2
    assert "rollout.after: is missing, as in environment 'dev', so both would be the first" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["prod", "--wave", "3"], "'prod' has 2"),
        (["prod", "--approve", "dev"], "is not the environment 'prod'"),
        (["prod", "--allow", "foo"], "is not a STACK:ID, got 'foo'"),
        (["prod", "--allow", ":Old"], "is not a STACK:ID, got ':Old'"),
        (["prod", "--allow", "prod/dns:"], "is not a STACK:ID, got 'prod/dns:'"),
        (["prod", "--assembly", "absent"], "absent: holds no cloud assembly"),
        (["prod"], "app.py: is not in this folder"),
        (["test"], "has no such environment, got 'test'"),
    ],
)
@pytest.mark.usefixtures("here")
def test_fails_on_what_cannot_be_run(arguments: list[str], message: str) -> None:
    """With exit code 2 and one sentence."""
    result = command("run", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr


@pytest.mark.usefixtures("here")
def test_an_assembly_of_other_files_is_refused(here: Path, assembly: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A domain that was added since would be left out in silence."""
    FakePrograms(here)
    monkeypatch.setenv("PATH", str(here))
    write_environments(
        here / "environments", prod=PROD.replace("  - {name: example.org", "  - {name: example.org, stack: x")
    )
    result = command("run", "prod", "--assembly", str(assembly), "--yes")
    assert result.exit_code == 2
    assert "lacks stack 'prod/ses-eu-west-1-x' of the plan; synthesise again" in result.stderr


@pytest.mark.usefixtures("here")
def test_the_environment_gives_the_guard_its_switches(monkeypatch: pytest.MonkeyPatch, assembly: Path) -> None:
    """CI sets variables where a person writes options; an empty one is none."""
    given: list[RolloutOptions] = []
    monkeypatch.setattr(rollout_run, "_run", lambda _environment, _waves, options, *_: given.append(options))
    monkeypatch.setenv("MAILPROOF_ALLOW", "prod/dns:A prod/dns:B")
    monkeypatch.setenv("MAILPROOF_MAX_REMOVALS", "7")
    command("run", "prod", "--assembly", str(assembly))
    monkeypatch.setenv("MAILPROOF_ALLOW", "")
    monkeypatch.setenv("MAILPROOF_MAX_REMOVALS", "")
    command("run", "prod", "--assembly", str(assembly), "--profile", "p")
    monkeypatch.setenv("MAILPROOF_ALLOW", "none")  # the default of the pipeline's variable, which cannot be empty
    command("run", "prod", "--assembly", str(assembly), "--profile", "p", "--deploy-profile", "")
    assert [(s.allowance.switches, s.allowance.limit) for s in given] == [
        ({"prod/dns:A", "prod/dns:B"}, 7),
        (frozenset(), 5),
        (frozenset(), 5),
    ]
    assert [options.deploy_profile for options in given] == [None, "p", None]


@pytest.mark.usefixtures("here")
def test_the_guard_knows_what_others_publish_for_a_file(monkeypatch: pytest.MonkeyPatch, assembly: Path) -> None:
    """A MAIL FROM name that another account shares, and the policy behind an alias."""
    given: list[RolloutOptions] = []
    monkeypatch.setattr(rollout_run, "_run", lambda _environment, _waves, options, *_: given.append(options))
    Path("environments/other.yaml").write_text(
        'account: "555555555555"\nregions: [us-east-1]\nzones: {example.org: {id: ZORG, account: "333333333333"}}\n'
        "domains:\n  - name: a.example.org\n    dmarc: {alias: _dmarc.example.org}\n"
        "    mail_from: {name: bounce, records: elsewhere}\n",
        encoding="utf-8",
    )
    command("run", "prod", "--assembly", str(assembly))
    assert given[0].allowance.elsewhere == {"bounce.a.example.org", "_dmarc.example.org"}


@pytest.mark.usefixtures("here")
def test_commands_that_are_told_have_the_options_of_this_run(monkeypatch: pytest.MonkeyPatch, assembly: Path) -> None:
    """Folder, profile and resolver, where the command takes them; a profile of this environment is not another's."""
    given: list[RolloutOptions] = []
    monkeypatch.setattr(rollout_run, "_run", lambda _environment, _waves, options, *_: given.append(options))
    Path("environments").rename("files")
    folder = ("--environments", "files")
    more = (*folder, "--assembly", str(assembly), "--resolver", "192.0.2.1")
    for name in ("prod", "dev"):
        assert command("run", name, *more, "--profile", f"{name}=p").exit_code == 0
    prod, dev = given
    profile, resolver = ("--profile", "p"), ("--resolver", "192.0.2.1")
    assert prod.following == ("mailproof", "check", "--environment", "prod", *folder, *profile, *resolver)
    assert dev.following == ("mailproof", "rollout", "run", "prod", *folder, *resolver)
    assert prod.tidying[-4:] == prod.allowance.place == (*folder, *profile)


@pytest.mark.usefixtures("here")
def test_the_workflow_is_written_and_kept_up_to_date(here: Path) -> None:
    """Missing, current, stale, current again."""
    (here / "requirements.txt").touch()
    assert command("workflow", "--check").exit_code == 1
    assert command("workflow").exit_code == 0
    assert command("workflow", "--check").exit_code == 0
    write_environments(here / "environments", prod=PROD.replace("approval: required, ", ""))
    result = command("workflow", "--check")
    assert (result.exit_code, result.stderr) == (
        1,
        ".github/workflows/rollout.yaml: is out of date; run mailproof rollout workflow\n",
    )
    assert command("workflow").exit_code == 0
    assert command("workflow", "--check").exit_code == 0


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("branch", ["", " "])
def test_fails_on_a_branch_without_a_name(branch: str) -> None:
    """GitHub would roll nothing out."""
    result = command("workflow", "--branch", branch)
    assert result.exit_code == 2
    assert "is empty; write the branch's name" in result.stderr


@pytest.mark.usefixtures("here")
def test_fails_where_the_workflow_cannot_be_written(here: Path) -> None:
    """The file and the reason are named."""
    (here / "taken").write_text("", encoding="utf-8")
    result = command("workflow", "--output", "taken/rollout.yaml")
    assert result.exit_code == 2
    assert "taken/rollout.yaml: cannot be written" in result.stderr
