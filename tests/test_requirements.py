"""Requirements: every file that is installed is known by its hash, and all lists agree."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LISTS = ("requirements.txt", "requirements-app.txt", "requirements-command.txt")
PIN = re.compile(r"(?P<name>[a-z0-9-]+)==(?P<version>[^ ]+)( ; [^\\]+)?((?: \\\n    --hash=sha256:[0-9a-f]{64})+)")
INSTALL = re.compile(r"\$\(INSTALL\) (.*)")


def pins(name: str) -> dict[str, str]:
    """Return the versions that a list pins."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return {found["name"]: found["version"] for found in PIN.finditer(text)}


def declared(*groups: str) -> set[str]:
    """Return the names that the package needs, and those of extras and groups."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    tables = project["dependency-groups"] | project["project"]["optional-dependencies"]
    texts = [*project["project"]["dependencies"], *(text for group in groups for text in tables[group])]
    names = {re.split(r"[^A-Za-z0-9.-]", text)[0].lower() for text in texts}
    return names - {project["project"]["name"]}  # an extra may ask for another one


@pytest.mark.parametrize("name", LISTS)
def test_every_line_is_a_pin_with_its_hashes(name: str) -> None:
    """No address of an index or a file, no option, nothing without a hash."""
    text = "".join(
        line for line in (ROOT / name).read_text(encoding="utf-8").splitlines(keepends=True) if line[0] != "#"
    )
    assert PIN.sub("", text).split() == []


def test_the_lists_agree() -> None:
    """What the command and the app need is pinned as it was tested."""
    everything = pins("requirements.txt").items()
    assert pins("requirements-command.txt").items() < pins("requirements-app.txt").items() < everything


def test_a_repository_of_its_own_is_given_what_was_tested() -> None:
    """`mailproof init` writes the same versions, of the command, the CDK and pytest, and of nothing else of ours."""
    lines = (ROOT / "mailproof/scaffold/requirements.txt").read_text(encoding="utf-8").splitlines()
    given = dict(line.partition(" ;")[0].split("==") for line in lines)
    assert given.items() <= pins("requirements.txt").items()
    assert declared("cdk", "own") <= given.keys()
    assert given.keys() & (declared("dev", "try") - declared("cdk", "own")) == set()


def test_the_lists_are_those_of_the_project() -> None:
    """Each has what pyproject.toml asks for; what runs beside credentials has no tool of ours and no CDK."""
    assert declared("build") <= pins("requirements-command.txt").keys()
    assert declared("build", "cdk") <= pins("requirements-app.txt").keys()
    assert declared("build", "cdk", "dev", "try") <= pins("requirements.txt").keys()
    tools = declared("cdk", "dev", "try") - declared("build")
    assert tools & pins("requirements-command.txt").keys() == set()


def test_make_installs_what_is_pinned() -> None:
    """With hashes, or without asking for anything, and never by an isolated build."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert all("--require-hashes" in line or "--no-deps" in line for line in INSTALL.findall(makefile))
    assert len(INSTALL.findall(makefile)) == 2
    lists = re.findall(r"\$\(call COUNTED,(.*),(.*)\)", makefile)
    assert {name for _, name in lists} == {"requirements-app.txt", "requirements.txt"}
    assert all("--no-build-isolation" in options or name == "requirements-app.txt" for options, name in lists)
