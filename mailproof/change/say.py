"""
Write to the person or program that runs a command: the only place that writes to standard output and standard error.

Nothing of it is obeyed by a terminal or a CI system, whoever wrote the texts in it. A stream that is closed or full
stops no command; the end of the program says so (see `lost_output`).
"""

import os
import shutil
import sys
from io import TextIOWrapper
from typing import TextIO

import typer

from mailproof.model.safe_text import join_lines, visible_lines

STDERR = 2

_lost: list[OSError] = []


def say(*lines: str) -> None:
    """Print lines on standard error, at once; a line end within one is shown, not made."""
    try:
        typer.echo(join_lines(*lines), err=True, nl=False)
    except OSError:
        sys.stderr = _nowhere()  # nobody listens, which is no reason to stop


def show(text: str, *, styled: bool = False) -> None:
    """
    Write data to standard output, at once.

    Args:
        text: Its line ends are meant.
        styled: It holds the colours of a terminal, and the values in it are safe already.
    """
    try:
        typer.echo(text if styled else visible_lines(text), nl=False)
    except OSError as err:
        _lost.append(err)
        sys.stdout = _nowhere()


def show_lines(*lines: str) -> None:
    """Write lines to standard output, at once; a line end within one is shown, not made."""
    show(join_lines(*lines))


def terminal_width() -> int | None:
    """Return how many characters a line of standard output has; None if it is no terminal."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def lost_output() -> OSError | None:
    """Return why standard output did not take everything; None if it did."""
    return _lost[0] if _lost else None


def prepare_streams() -> None:
    """
    Lead standard streams that the caller closed to nowhere, before a file or socket takes their numbers.

    Files and pipes get UTF-8 whatever the locale, as `--output` does; a terminal shows what it can.
    """
    while (number := os.open(os.devnull, os.O_RDWR)) <= STDERR:
        os.set_inheritable(number, True)  # noqa: FBT003 -- its only parameter
    os.close(number)
    sys.stdin, sys.stdout, sys.stderr = (stream or _nowhere() for stream in (sys.stdin, sys.stdout, sys.stderr))
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding=None if sys.stdout.isatty() else "utf-8", errors="replace")


def _nowhere() -> TextIO:
    return open(os.devnull, "r+", encoding="utf-8")  # noqa: PTH123 -- for as long as the program runs
