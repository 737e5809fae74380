"""What ends a rollout."""

from collections.abc import Sequence

from mailproof.exit_codes import INTERRUPTED, WRONG
from mailproof.spec.errors import MailproofError


class RolloutError(MailproofError):
    """
    The rollout stops here.

    Args:
        lines: What is wrong and what to do, one thing a line.
        exit_code: 1 something is wrong, 2 usage, 3 something could not be asked.
    """

    def __init__(self, lines: str | Sequence[str], exit_code: int = WRONG) -> None:
        self.lines = (lines,) if isinstance(lines, str) else tuple(lines)
        self.exit_code = exit_code
        super().__init__("\n".join(self.lines))


def ended_by(err: RolloutError | KeyboardInterrupt, more: Sequence[str]) -> RolloutError:
    """Return what ended a run, with what was not done and how to go on."""
    if isinstance(err, RolloutError):
        return RolloutError([*err.lines, *more], err.exit_code)
    return RolloutError(["interrupted", *more], INTERRUPTED)
