"""What ends a command that changes something."""

from collections.abc import Sequence

from mailproof.exit_codes import INTERRUPTED, WRONG
from mailproof.model.errors import MailproofError


class CommandError(MailproofError):
    """
    A command that changes something stops here.

    Args:
        lines: What is wrong and what to do, one thing a line.
        exit_code: 1 something is wrong, 2 usage, 3 something could not be asked.
    """

    def __init__(self, lines: str | Sequence[str], exit_code: int = WRONG) -> None:
        self.lines = (lines,) if isinstance(lines, str) else tuple(lines)
        self.exit_code = exit_code
        super().__init__("\n".join(self.lines))


def ended_by(err: CommandError | KeyboardInterrupt, more: Sequence[str]) -> CommandError:
    """Return what ended a run, with what was not done and how to go on."""
    if isinstance(err, CommandError):
        return CommandError([*err.lines, *more], err.exit_code)
    return CommandError(["interrupted", *more], INTERRUPTED)
