"""Every command line of every page is run by a test or marked, and every command of ours has what is written."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer.core
import typer.main

from mailproof.cli import app
from tests.docs_lines import ELSEWHERE, FROM_REGISTRIES, PAGES, ROOT, read_lines

OURS = "mailproof "
# Up to where the shell takes over.
RUN_IN_WORKFLOW = re.compile(r"run: mailproof ((?:[^|>#\n\\]|\\\n)+)")


def test_every_line_is_run_or_marked() -> None:
    """A line that no test runs has to say that it needs a real account."""
    left = [
        f"{line.page.name}: {line.text}"
        for line in read_lines()
        if not (line.is_marked or line.test or line.is_run_here or line.is_followed)
        and not line.text.startswith(FROM_REGISTRIES)
    ]
    assert left == []


def test_a_line_that_is_marked_is_run_by_none() -> None:
    """A mark is no way around a test."""
    assert [line.text for line in read_lines() if line.is_marked and line.test] == []


@pytest.mark.parametrize("test", sorted({*ELSEWHERE.values()}))
def test_the_test_that_is_named_exists(test: str) -> None:
    """And each beginning is one of a line."""
    path, _, name = test.partition("::")
    assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8")
    texts = [line.text for line in read_lines()]
    assert [begin for begin in ELSEWHERE if not any(text.startswith(begin) for text in texts)] == []


@pytest.fixture(scope="module")
def root() -> Any:
    """The whole command, which takes longer to make than to read a line with."""
    return typer.main.get_command(app)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.stem))
def test_the_command_takes_what_is_written(page: Path, root: Any) -> None:
    """A word of the command line that does not exist is found, also one of a command below a command."""
    lines = [line.text.removeprefix(OURS) for line in read_lines() if line.page == page and line.text.startswith(OURS)]
    lines += RUN_IN_WORKFLOW.findall(page.read_text(encoding="utf-8"))
    for line in lines:
        command, name, arguments = root, "mailproof", shlex.split(line.replace("\\\n", " "))
        while arguments and isinstance(command, typer.core.TyperGroup):
            name, *arguments = arguments
            command = command.commands[name]
        if not isinstance(command, typer.core.TyperGroup):
            command.make_context(name, arguments)
