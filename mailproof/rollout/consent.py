"""Asks a person before anything is deployed."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mailproof.rollout.errors import USAGE, WRONG, RolloutError
from mailproof.spec.waves import Wave


def ask_terminal(question: str) -> str | None:
    """Ask on the terminal; None if there is none."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    sys.stderr.write(question)
    sys.stderr.flush()
    return sys.stdin.readline().strip()


@dataclass(frozen=True, slots=True)
class Consent:
    """
    What a person has agreed to on the command line, and how to ask for the rest.

    Attributes:
        yes: Deploy without a question.
        approved: The environment that is approved.
        ask: Returns an answer; None if nobody can be asked.
    """

    yes: bool = False
    approved: str | None = None
    ask: Callable[[str], str | None] = ask_terminal

    def obtain(self, waves: Sequence[Wave]) -> None:
        """
        Ask once for all waves.

        Raises:
            RolloutError: The answer is no, or nobody can be asked.
        """
        name = waves[0].environment
        if any(wave.approval for wave in waves) and self.approved != name:
            self._question(
                f"Environment {name!r} needs approval. Write its name to deploy it: ", {name}, f"--approve {name}"
            )
        elif not self.yes and self.approved != name:
            numbers = ", ".join(str(wave.number) for wave in waves)
            self._question(f"Deploy wave {numbers} of {name!r}? [y/N] ", {"y", "Y", "yes", "Yes"}, "--yes")

    def _question(self, question: str, answers: set[str], option: str) -> None:
        answer = self.ask(question)
        if answer is None:
            raise RolloutError(f"there is no terminal to ask on; give {option}", USAGE)
        if answer not in answers:
            raise RolloutError("not agreed to; nothing was deployed", WRONG)
