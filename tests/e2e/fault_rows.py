"""
The rows of docs/faults.md: each stands at the test that brings the fault about and holds the row against what is seen.

Run `python -m tests.e2e.fault_rows` to write the page anew.
"""

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "faults.md"
TESTS = ("tests.e2e.test_interruptions", "tests.e2e.test_faults")
GAP = "…"
GOES_ON = "to continue from wave"
RESUME = f"{GOES_ON} 1, run the same command again: mailproof rollout run …"
NOTHING = "nothing of this was deployed"
INTRODUCTION = """\
# When a rollout fails

What `mailproof rollout run` says and leaves when something else fails. Each row is written by the test that brings the
fault about, with the real command line of the CDK on the embedded AWS. After each, every identity and record of before
stands with its values, and the same command converges once the cause is gone. What the CDK and AWS say stands above.

| fault | what you see | what is left | what to do |
|---|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Fault:
    """
    A row, and what its test expects of the command that meets the fault.

    Attributes:
        name: The fault, in words.
        exit_code: Of the command; a negative one is the signal that killed it.
        said: Parts of what it says; `…` stands for what differs from case to case.
        left: What stands afterwards, in words.
        todo: What to do, in words.
    """

    name: str
    exit_code: int
    said: tuple[str, ...]
    left: str
    todo: str

    def row(self) -> str:
        """Write the row of the page."""
        code = f"exit code {self.exit_code}" if self.exit_code >= 0 else "it is gone; the last lines"
        seen = f"{code}: " + ", ".join(map(_show, self.said))
        return f"| {self.name} | {seen} | {self.left} | {self.todo} |"

    def check(self, exit_code: int, text: str) -> None:
        """Hold the row against a run that met the fault: exit code, and every message whole and in order."""
        assert exit_code == self.exit_code, text
        for part in self.said:
            assert _has(text, part), f"{part!r} is not in:\n{text}"


def _show(part: str) -> str:
    return "and the command that goes on" if part.startswith(GOES_ON) else f"`{part}`"


def _has(text: str, part: str) -> bool:
    """Tell whether a line has the pieces of a message in their order."""
    return any(_has_pieces(line, part.split(GAP)) for line in text.splitlines())


def _has_pieces(line: str, pieces: list[str]) -> bool:
    place = 0
    for piece in pieces:
        found = line.find(piece, place)
        if found < 0:
            return False
        place = found + len(piece)
    return True


def meets(*faults: Fault) -> pytest.MarkDecorator:
    """Give a test its row as its argument `fault`, or its rows, in the order in which it meets them, as `faults`."""
    names = " then ".join(fault.name for fault in faults).replace("`", "")
    if len(faults) == 1:
        return pytest.mark.parametrize("fault", faults, ids=[names])
    return pytest.mark.parametrize("faults", [faults], ids=[names])


def faults_of(module: ModuleType) -> Iterator[Fault]:
    """Yield the rows of the tests of a module, in their order."""
    for member in vars(module).values():
        for mark in getattr(member, "pytestmark", ()):
            if mark.name == "parametrize" and mark.args[0] == "fault":
                yield from mark.args[1]
            elif mark.name == "parametrize" and mark.args[0] == "faults":
                yield from mark.args[1][0]


def build_page() -> str:
    """Build the page from the tests."""
    faults = (fault for module in TESTS for fault in faults_of(importlib.import_module(module)))
    return INTRODUCTION + "".join(f"{fault.row()}\n" for fault in faults)


if __name__ == "__main__":
    PAGE.write_text(build_page(), encoding="utf-8")
