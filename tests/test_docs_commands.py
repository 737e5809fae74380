"""Every command line of ours on every page has a command and options that exist."""

import re
import shlex
from pathlib import Path

import pytest
import typer.core
import typer.main

from mailproof.cli import app

ROOT = Path(__file__).parents[1]
PAGES = sorted({*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")})
# Up to where the shell takes over.
LINE = re.compile(r"(?:^\s*\$ |run: )mailproof ((?:[^|>#\n\\]|\\\n)+)", re.MULTILINE)


def commands(page: Path) -> list[str]:
    """Return what follows `mailproof` on a page, in its examples of a shell and of workflows."""
    found = re.findall(r"```(?:console|yaml)\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    return [line.replace("\\\n", " ") for block in found for line in LINE.findall(block)]


@pytest.mark.parametrize("page", [page for page in PAGES if commands(page)], ids=lambda page: str(page.stem))
def test_the_command_takes_what_is_written(page: Path) -> None:
    """A word of the command line that does not exist is found, also one of a command below a command."""
    for line in commands(page):
        command, name, arguments = typer.main.get_command(app), "mailproof", shlex.split(line)
        while isinstance(command, typer.core.TyperGroup):
            name, *arguments = arguments
            command = command.commands[name]
        command.make_context(name, arguments)
