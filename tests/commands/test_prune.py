"""`mailproof prune`: lists by itself, removes on request."""

import pytest
import typer
from typer.testing import CliRunner, Result

from mailproof.commands.prune import prune
from tests.adopt.world import AdoptWorld

APP = typer.Typer()
APP.command()(prune)


def _run(world: AdoptWorld, *args: str) -> Result:
    return CliRunner().invoke(APP, ["--environments", str(world.folder), *args])


@pytest.fixture
def gone(world: AdoptWorld) -> str:
    """A domain that left the file and its stack."""
    domain = f"gone.{world.zone}"
    world.write({"name": world.zone}, {"name": domain})
    world.deploy_stack("prod/ses-us-east-1")
    world.write()
    world.deploy_stack("prod/ses-us-east-1")
    return domain


def _domains(world: AdoptWorld) -> set[str]:
    return {found["IdentityName"] for found in world.client("sesv2").list_email_identities()["EmailIdentities"]}


def test_it_lists_by_itself(world: AdoptWorld, gone: str) -> None:
    """Identity and records on stdout; nothing is removed."""
    result = _run(world)
    assert result.exit_code == 0
    assert result.stdout.startswith(f"identity {gone!r} in us-east-1 of {world.account}, retained by stack")
    assert len(result.stdout.splitlines()) == 6
    assert gone in _domains(world)


def test_it_removes_on_request(world: AdoptWorld, gone: str) -> None:
    """Without a question; a second run finds nothing."""
    assert _run(world, "--remove", "--yes").exit_code == 0
    assert _domains(world) == {world.zone}
    assert gone not in str(world.records())
    assert _run(world).stdout == f"{world.account}: nothing is left behind\n"


def test_to_remove_somebody_has_to_agree(world: AdoptWorld, gone: str) -> None:
    """There is no terminal to ask on: exit code 2."""
    result = _run(world, "--remove")
    assert (result.exit_code, "give --yes" in result.stderr) == (2, True)
    assert gone in _domains(world)


def test_yes_alone_is_refused(world: AdoptWorld, gone: str) -> None:
    """A person who only lists must not remove by one word too many: exit code 2."""
    result = _run(world, "--yes")
    assert (result.exit_code, "goes with --remove" in result.stderr) == (2, True)
    assert gone in _domains(world)


def test_the_limit_holds_also_with_yes(world: AdoptWorld, gone: str) -> None:
    """Exit code 1 with the switch that lifts it."""
    result = _run(world, "--remove", "--yes", "--max-removals", "0")
    assert (result.exit_code, "--max-removals 1" in result.stderr) == (1, True)
    assert gone in _domains(world)


def test_what_could_not_be_asked_gives_exit_code_3(world: AdoptWorld, gone: str) -> None:
    """Nothing of it is removed."""
    world.aws.add_fault(service="cloudformation", operation="ListStacks", account=world.account, code="AccessDenied")
    result = _run(world, "--remove", "--yes")
    assert (result.exit_code, "could not ask" in result.stderr) == (3, True)
    assert gone in _domains(world)


def test_environments_that_are_not_chosen_still_ask_for_theirs(world: AdoptWorld, gone: str) -> None:
    """What another environment lists is not orphaned, whichever account is looked through."""
    world.write({"name": gone}, name="other")
    result = _run(world, "--environment", "prod", "--remove", "--yes")
    assert (result.exit_code, result.stdout) == (0, f"{world.account}: nothing is left behind\n")
    assert gone in _domains(world)


def test_an_environment_that_is_gone_can_be_named(world: AdoptWorld, gone: str) -> None:
    """Its file is deleted: what it has retained is told, and found with the switch."""
    (world.folder / "prod.yaml").rename(world.folder / "ours.yaml")
    result = _run(world)
    assert (result.exit_code, result.stdout) == (0, f"{world.account}: nothing is left behind\n")
    assert "--environment-gone prod" in result.stderr
    assert _run(world, "--environment-gone", "prod").stdout.startswith(f"identity {gone!r} in us-east-1")


def test_fails_on_a_region_that_is_none(world: AdoptWorld) -> None:
    """Exit code 2."""
    result = _run(world, "--region", "eu-wset-1")
    assert (result.exit_code, "eu-west-1" in result.stderr) == (2, True)
