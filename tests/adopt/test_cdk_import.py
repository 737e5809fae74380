"""Running `cdk import` stack by stack."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from mailproof.adopt.cdk_import import Importer
from mailproof.adopt.import_files import write_import_files
from mailproof.adopt.import_plan_result import ImportPlan
from mailproof.change.errors import CommandError
from mailproof.change.programs import Programs
from tests.adopt.world import NAME, AdoptWorld


@dataclass(frozen=True)
class _Cdk(Programs):
    """Stands for the CDK's command line: it ends as told, and imports nothing."""

    codes: list[int] = field(default_factory=list)
    runs: list[tuple[str, ...]] = field(default_factory=list)

    def run_cdk(self, *arguments: str) -> int:
        """Note the run."""
        self.runs.append(arguments)
        return self.codes.pop(0)


def _run(world: AdoptWorld, folder: Path, cdk: _Cdk) -> ImportPlan:
    world.write(regions=["us-east-1", "eu-west-1"])
    for region in ("us-east-1", "eu-west-1"):
        world.make_identity(region=region)
    plan = world.plan()
    imports = write_import_files(world.synthesise(), folder, NAME, plan.adoptions)
    Importer(cdk, world.clients(), "work").run(imports, plan.adoptions)
    return plan


def _error(world: AdoptWorld, folder: Path, cdk: Any) -> CommandError:
    with pytest.raises(CommandError) as caught:
        _run(world, folder, cdk)
    return caught.value


def test_the_first_failure_ends_it_and_names_the_rest(world: AdoptWorld, tmp_path: Path) -> None:
    """Exit code 1; the command has the mapping, and the profile that was given."""
    cdk = _Cdk("cdk", codes=[1])
    err = _error(world, tmp_path / "out", cdk)
    assert err.exit_code == 1
    assert err.lines == (
        "prod/ses-us-east-1: cdk import ended with exit code 1; see above",
        "not started: prod/ses-eu-west-1",
    )
    [run] = cdk.runs
    mapping = str(tmp_path / "out" / "prod-ses-us-east-1.json")
    assert run[:2] == ("import", "prod/ses-us-east-1")
    assert ("--resource-mapping", mapping, "--force") == run[4:7]
    assert run[-2:] == ("--profile", "work")


def test_an_import_that_says_that_all_is_well_is_not_believed(world: AdoptWorld, tmp_path: Path) -> None:
    """The CDK ends well when it has skipped everything; the stack is looked at."""
    err = _error(world, tmp_path / "out", _Cdk("cdk", codes=[0]))
    assert "cdk import ended well, yet the stack lacks Identity" in err.lines[0]


def test_a_stack_that_cannot_be_looked_at_is_no_success(world: AdoptWorld, tmp_path: Path) -> None:
    """Exit code 3."""

    class Blind(_Cdk):
        def run_cdk(self, *arguments: str) -> int:
            world.aws.add_fault(service="cloudformation", account=world.account, code="AccessDenied")
            return super().run_cdk(*arguments)

    err = _error(world, tmp_path / "out", Blind("cdk", codes=[0]))
    assert (err.exit_code, "could not ask what it holds now" in err.lines[0]) == (3, True)
