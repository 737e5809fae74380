"""One emulator for the whole run; each environment has an account and a zone of its own in it."""

import contextlib
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from mailproof.localaws import LocalAws
from tests.e2e.following import Recipe, read_section
from tests.e2e.project import CommandLine, Project
from tests.e2e.rolling import REGIONS, Rollout
from tests.e2e.warm import WarmCdk

BOOTSTRAPPED = ("us-east-1", "eu-west-1", "eu-central-2")
_numbers = count(1)

Follow = Callable[[str], Recipe]
MakeProject = Callable[[Path], Project]


@pytest.fixture(scope="session")
def command_line(emulator: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    """Start the CDK's command line."""
    with contextlib.closing(WarmCdk()) as warm:
        yield CommandLine(emulator, tmp_path_factory.mktemp("cdk"), warm)


@pytest.fixture(scope="session")
def make_project(command_line: CommandLine) -> MakeProject:
    """Return a function that makes a project in a folder."""

    def make(folder: Path) -> Project:
        number = next(_numbers)
        account = f"1{number:011d}"
        command_line.bootstrap(account, *BOOTSTRAPPED)
        place = (command_line.aws, account, f"ZE2E{number:06d}", f"e2e{number}.example")
        return Project(*place, command_line, f"env{number}", folder)

    return make


@pytest.fixture
def project(make_project: MakeProject, tmp_path: Path) -> Iterator[Project]:
    """An environment with an account and a zone that no other test uses; faults are taken away afterwards."""
    made = make_project(tmp_path)
    yield made
    made.aws.clear_faults()


@pytest.fixture
def follow(command_line: CommandLine, tmp_path: Path) -> Iterator[Follow]:
    """Return a function that begins with a section of docs/day-two.md, which is followed to its end."""
    number = next(_numbers)
    account, zone = f"1111222{number:05d}", f"day{number}.example"
    folder = tmp_path / "environments"
    folder.mkdir()
    project = Project(command_line.aws, account, "Z0123456789EXAMPLE", zone, command_line, "prod", folder)
    recipes: list[Recipe] = []

    def begin(heading: str) -> Recipe:
        text = read_section(heading).replace("111122223333", account).replace("example.com", zone)
        recipes.append(Recipe(project, text, recipes[-1].files if recipes else {}))
        return recipes[-1]

    yield begin
    command_line.aws.clear_faults()
    assert all(recipe.is_done for recipe in recipes)


@pytest.fixture
def zone_account(project: Project) -> str:
    """An account whose bootstrap stacks trust that of the environment."""
    account = project.account.replace("1", "2", 1)
    project.cli.bootstrap(account, *BOOTSTRAPPED, trust=project.account)
    return account


@pytest.fixture(scope="module")
def sites() -> list[Rollout]:
    """The deployed environments, the last in use."""
    return []


@pytest.fixture
def site(
    sites: list[Rollout], make_project: MakeProject, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Rollout]:
    """An environment that is rolled out and verified; a test that could not leave it so leaves it to itself."""
    if not sites:
        sites.append(Rollout(make_project(tmp_path_factory.mktemp("site"))))
        sites[-1].project.stand()
    rollout = sites[-1]
    assert rollout.is_right()
    yield rollout
    rollout.project.aws.clear_faults()
    if not rollout.project.is_verified():
        sites.clear()


@pytest.fixture(scope="module")
def pair(make_project: MakeProject, tmp_path_factory: pytest.TempPathFactory) -> Rollout:
    """An environment of two regions in one wave, one after the other."""
    rollout = {"waves": "all", "concurrency": 1, "gate": {"timeout_minutes": 1}}
    return Rollout(make_project(tmp_path_factory.mktemp("pair")), keys={"regions": REGIONS, "rollout": rollout})
