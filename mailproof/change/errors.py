"""End a command that changes something, with what is wrong, what was not started and how to go on."""

import shlex
import sys
from collections.abc import Callable, Sequence
from typing import TypeVar

from mailproof.exit_codes import INTERRUPTED, UNANSWERED, WRONG
from mailproof.model.errors import MailproofError

T = TypeVar("T")


class CommandError(MailproofError):
    """
    A command that changes something stops here.

    Args:
        lines: What is wrong and what to do, one thing per line.
        exit_code: 1 something is wrong, 2 usage, 3 something could not be asked.
    """

    def __init__(self, lines: str | Sequence[str], exit_code: int = WRONG) -> None:
        self._lines = (lines,) if isinstance(lines, str) else tuple(lines)
        self.exit_code = exit_code
        super().__init__("\n".join(self._lines))

    @property
    def lines(self) -> tuple[str, ...]:
        """What a person is told, one thing per line."""
        return self._lines


def stop_if(wrong: Sequence[str], unanswered: Sequence[str], *closing: str) -> None:
    """
    Stop if anything is wrong or could not be asked.

    Args:
        wrong: What is wrong, one thing per line.
        unanswered: What could not be asked, one thing per line.
        closing: Lines after both.

    Raises:
        CommandError: With exit code 1 if something is wrong, else 3.
    """
    if wrong or unanswered:
        raise CommandError([*wrong, *unanswered, *closing], WRONG if wrong else UNANSWERED)


def run_each(items: Sequence[T], run: Callable[[T], None], name: Callable[[T], str], resume: str = "") -> None:
    """
    Run one item after the other; stop at the first failure or interruption.

    Args:
        items: What to run, in order.
        run: Runs one.
        name: Names one for people.
        resume: The command that goes on; empty if the caller names it.

    Raises:
        CommandError: An item failed or was interrupted; it also says what was not started and how to go on.
    """
    for index, item in enumerate(items):
        try:
            run(item)
        except (CommandError, KeyboardInterrupt) as err:
            more = [f"not started: {name(later)}" for later in items[index + 1 :]]
            if resume:
                more.append(f"to continue from {name(item)}, run the same command again: {resume}")
            raise _ended_by(err, more) from err


def same_command() -> str:
    """Return the command line that runs this command again."""
    return shlex.join(["mailproof", *sys.argv[1:]])


def _ended_by(err: CommandError | KeyboardInterrupt, more: Sequence[str]) -> CommandError:
    if isinstance(err, CommandError):
        return CommandError([*err.lines, *more], err.exit_code)
    return CommandError(["interrupted", *more], INTERRUPTED)
