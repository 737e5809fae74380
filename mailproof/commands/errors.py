"""End a command with what is wrong on standard error and the exit code for it."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from mailproof.change.say import say
from mailproof.exit_codes import INTERRUPTED


@contextmanager
def command_errors() -> Iterator[None]:
    """Print an error of mailproof, one problem per line, or how to go on after an interrupt; end with its exit code."""
    from mailproof.change.errors import same_command
    from mailproof.model.errors import MailproofError

    try:
        yield
    except MailproofError as err:
        say(*err.lines)
        raise typer.Exit(err.exit_code) from err
    except KeyboardInterrupt as err:
        say(f"to continue, run the same command again: {same_command()}")
        raise typer.Exit(INTERRUPTED) from err
