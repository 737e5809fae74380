"""`mailproof adopt`: what it shows, what it writes, and how it ends."""

import json
from functools import partial
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from mailproof.change.consent import Consent
from mailproof.commands.adopt import adopt
from tests.adopt.world import AdoptWorld

APP = typer.Typer()
APP.command()(adopt)


def _run(world: AdoptWorld, *args: str) -> Result:
    return CliRunner().invoke(APP, ["--environments", str(world.folder), "--assembly", str(world.synthesise()), *args])


def test_a_plan_shows_and_ends_well(world: AdoptWorld) -> None:
    """What exists is no error; nothing is imported."""
    world.make_identity()
    result = _run(world, "--plan")
    assert result.exit_code == 0
    assert f"  identity {world.zone!r}, in no stack\n" in result.stdout
    assert result.stderr == ""
    assert world.client("cloudformation").describe_stacks()["Stacks"] == []


def test_a_plan_writes_what_cdk_import_needs(world: AdoptWorld, tmp_path: Path) -> None:
    """The mapping, the assembly, and the command that uses both."""
    world.make_identity()
    result = _run(world, "--plan", "--output", str(tmp_path / "out"))
    mapping = tmp_path / "out" / "prod-ses-us-east-1.json"
    assert [*json.loads(mapping.read_text()).values()] == [{"EmailIdentity": world.zone}]
    command = f"cdk import prod/ses-us-east-1 --app {tmp_path / 'out' / 'cdk.out'} --resource-mapping {mapping} --force"
    assert command in result.stderr


def test_nothing_to_adopt_needs_no_consent(world: AdoptWorld) -> None:
    """Exit code 0."""
    result = _run(world)
    assert (result.exit_code, result.stdout) == (0, "prod: nothing to adopt\n")


def test_without_a_terminal_yes_has_to_be_said(world: AdoptWorld) -> None:
    """Exit code 2, and nothing is imported."""
    world.make_identity()
    result = _run(world)
    assert (result.exit_code, "give --yes, or --plan to look only" in result.stderr) == (2, True)


def test_a_blocker_gives_exit_code_1(world: AdoptWorld) -> None:
    """The steps are on stderr, also for a plan."""
    world.write({"name": world.zone}, record_sets="grouped")
    world.put_record(f"bounce.us-east-1.{world.zone}", "TXT", '"v=spf1 -all"')
    result = _run(world, "--plan")
    assert result.exit_code == 1
    assert "write `record_sets: individual`" in result.stderr
    assert result.stderr.endswith("prod: nothing was adopted; see above\n")


def test_what_could_not_be_asked_gives_exit_code_3(world: AdoptWorld) -> None:
    """Nothing is imported."""
    world.aws.add_fault(service="sesv2", account=world.account, code="AccessDeniedException")
    result = _run(world, "--yes")
    assert (result.exit_code, "could not ask SES" in result.stderr) == (3, True)


def _stacks(world: AdoptWorld) -> list[str]:
    """Return the states of the stacks that there are."""
    return [found["StackStatus"] for found in world.client("cloudformation").describe_stacks()["Stacks"]]


def _write_two(world: AdoptWorld) -> None:
    """Write two environments, in the order of the adoption: an identity in each can be adopted."""
    other = f"other.{world.zone}"
    world.write({"name": other}, name="aprod")
    world.write()
    for domain in (other, world.zone):
        world.make_identity(domain)


def test_one_environment_in_the_way_stops_all(world: AdoptWorld) -> None:
    """Everything is looked at before anything is imported."""
    _write_two(world)
    world.put_record(f"bounce.us-east-1.{world.zone}", "TXT", '"v=spf1 -all"', HealthCheckId="h")
    result = _run(world, "--yes")
    assert (result.exit_code, _stacks(world)) == (1, [])
    assert result.stderr.endswith("prod: nothing was adopted; see above\n")


def test_one_environment_that_could_not_be_asked_stops_all(world: AdoptWorld) -> None:
    """Exit code 3 says that nothing was adopted, and so it is."""
    _write_two(world)
    world.write(regions=["eu-west-1"])
    world.aws.add_fault(service="sesv2", account=world.account, region="eu-west-1", code="AccessDeniedException")
    result = _run(world, "--yes")
    assert (result.exit_code, _stacks(world)) == (3, [])


def test_everything_is_agreed_to_before_anything_is_imported(
    world: AdoptWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One question for all environments; a no leaves all of them as they are."""
    _write_two(world)
    asked: list[str] = []

    def answer(question: str) -> str:
        asked.append(question)
        return "n"

    monkeypatch.setattr("mailproof.change.consent.Consent", partial(Consent, ask=answer))
    result = _run(world)
    assert (result.exit_code, _stacks(world)) == (1, [])
    assert asked == ["Adopt these 2 into 'aprod', 'prod'? [y/N] "]


def test_an_import_that_is_refused_ends_with_the_command_that_goes_on(
    world: AdoptWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 3; the environments after it are named too, and the same command adopts both."""
    monkeypatch.setattr("sys.argv", ["mailproof", "adopt", "--yes"])
    _write_two(world)
    fault = {
        "service": "cloudformation",
        "operation": "CreateChangeSet",
        "code": "AccessDenied",
        "message": "not yours",
    }
    world.aws.add_fault(**fault, account=world.account)
    result = _run(world, "--yes")
    assert (result.exit_code, _stacks(world)) == (3, [])
    *_, failed, rest, again = result.stderr.splitlines()
    what = "aprod/ses-us-east-1: CloudFormation refused or could not be asked"
    assert failed == f"{what}: AccessDenied (not yours)"
    assert rest == "not started: prod"
    assert again == "to continue from aprod, run the same command again: mailproof adopt --yes"
    world.aws.clear_faults()
    assert _run(world, "--yes").exit_code == 0
    assert _stacks(world) == ["IMPORT_COMPLETE", "IMPORT_COMPLETE"]


def test_an_interrupted_import_ends_with_the_command_that_goes_on(
    world: AdoptWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 130."""

    def interrupt(*_: object) -> int:
        raise KeyboardInterrupt

    world.make_identity()
    monkeypatch.setattr("mailproof.adopt.adopt.import_into", interrupt)
    result = _run(world, "--yes")
    assert result.exit_code == 130
    assert "interrupted\nto continue from prod, run the same command again: mailproof" in result.stderr


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--plan", "--yes"), "shows only; leave out --yes"),
        (("--output", "out"), "goes with --plan"),
        (("--domain", "no.example"), "no chosen environment has 'no.example'"),
        (("--environment", "none"), "has no such environment"),
    ],
)
def test_fails_on_options_that_do_not_go(world: AdoptWorld, args: tuple[str, ...], message: str) -> None:
    """Exit code 2, before anybody is asked."""
    result = _run(world, *args)
    said = " ".join(result.stderr.replace("│", " ").split())
    assert (result.exit_code, message in said) == (2, True)


def test_an_assembly_of_other_files_is_refused(world: AdoptWorld) -> None:
    """Exit code 2: it would adopt what nobody asked for."""
    assembly = world.synthesise()
    world.write({"name": world.zone}, regions=["us-east-1", "eu-west-1"])
    args = ["--environments", str(world.folder), "--assembly", str(assembly), "--plan"]
    result = CliRunner().invoke(APP, args)
    assert (result.exit_code, "lacks stack 'prod/ses-eu-west-1' of the plan" in result.stderr) == (2, True)
