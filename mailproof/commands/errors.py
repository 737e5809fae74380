"""End a command with what is wrong on standard error and the exit code for it."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from mailproof.change.say import say


@contextmanager
def command_errors() -> Iterator[None]:
    """Print an error of mailproof, one problem per line, and end with its exit code."""
    from mailproof.model.errors import MailproofError

    try:
        yield
    except MailproofError as err:
        say(*err.lines)
        raise typer.Exit(err.exit_code) from err
