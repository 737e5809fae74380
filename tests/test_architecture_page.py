"""The page about the architecture lists what the code has."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from mailproof.check.catalogue import SECTIONS
from mailproof.environments import load_environments
from mailproof.export.formats import ExportFormat
from mailproof.model.placement import plan_stacks
from mailproof.model.record_kind import KINDS
from mailproof.report.formats import ReportFormat

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
PACKAGES = ("mailproof", "constructs_lib", "stacks", "localaws")
INDENT = 2


def _tree() -> Iterator[str]:
    """Yield every folder and file of the tree at the head of the page."""
    above: list[str] = []
    for line in PAGE.split("```")[1].strip().splitlines():
        entries = re.findall(r"\S+/(?=\s|$)", line) if line.startswith("tests/") else line.split()[:1]
        del above[(len(line) - len(line.lstrip())) // INDENT :]
        yield from ("".join((*above, entry)).rstrip("/") for entry in entries)
        above.append(entries[0])


def _code(section: str) -> list[str]:
    """Return what a paragraph that begins with some words has as code."""
    (found,) = re.findall(rf"{re.escape(section)} ((?:`[^`]+`(?:, )?)+)\.", PAGE)
    return re.findall(r"`([^`]+)`", found)


def test_everything_in_the_tree_exists() -> None:
    """No line of it is left from a package that was moved."""
    assert [name for name in _tree() if not (ROOT / name).exists()] == []


def test_every_package_is_in_the_tree() -> None:
    """A package that is added gets its line."""
    packages = {
        path.parent.relative_to(ROOT).as_posix() for name in PACKAGES for path in (ROOT / name).rglob("__init__.py")
    }
    assert packages - set(_tree()) == set()


def test_every_path_that_is_named_exists() -> None:
    """Files by their name, folders by the slash at their end."""
    named = set(re.findall(r"`((?:mailproof|constructs_lib|stacks|localaws|tests)/[\w./-]*)`", PAGE))
    assert "mailproof/model/record_kind.py" in named
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_imports_are_those_that_are_enforced() -> None:
    """Every order of layers is on the page, and no other."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    orders = [contract["layers"] for contract in settings["contracts"] if contract["type"] == "layers"]
    enforced = [" → ".join(order).replace("mailproof.", "") for order in orders]
    section = PAGE.partition("## Imports point one way")[2].partition("\n## ")[0]
    assert sorted(re.findall(r"^- .*: `(.*)`$", section, re.MULTILINE)) == sorted(enforced)


def test_nothing_is_imported_by_the_name_of_its_folder() -> None:
    """What stands at the top is a package of `mailproof`; by the folder's name it would be loaded twice."""
    own = re.compile(
        r"^\s*(?:from|import) (?:stacks|constructs_lib|localaws)\b(?=.*\bimport\b|\s*(?:#.*)?$|\.)", re.MULTILINE
    )
    folders = (*PACKAGES, "tests", "bench", "examples")
    sources = [ROOT / "app.py", *(path for name in folders for path in (ROOT / name).rglob("*.py"))]
    assert [str(path) for path in sources if own.search(path.read_text(encoding="utf-8"))] == []


def test_names_in_the_code_are_those_on_the_page() -> None:
    """A kind, a kind of item, a format or a part of the catalogue that is added is listed too, in its order."""
    folders = (ROOT / "environments", ROOT / "examples" / "receiving")
    plans = [plan for folder in folders for found in load_environments(folder) for plan in plan_stacks(found)]
    assert _code("Of `KINDS`:") == [kind.id for kind in KINDS]
    assert sorted(_code("Of `ITEMS`:")) == sorted({type(item).__name__ for plan in plans for item in plan.items})
    assert _code("Of reports:") == list(ReportFormat)
    assert _code("Of records:") == list(ExportFormat)
    rules = PAGE.partition("### A rule\n")[2].partition("\n### ")[0]
    assert re.findall(r"^- (.*)$", rules, re.MULTILINE) == list(SECTIONS)
