"""Asks a person before anything is changed."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mailproof.change.errors import CommandError
from mailproof.exit_codes import USAGE, WRONG
from mailproof.model.waves import Wave

YES = frozenset({"y", "Y", "yes", "Yes"})


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
        yes: Go on without a question.
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
            CommandError: The answer is no, or nobody can be asked.
        """
        name = waves[0].environment
        if any(wave.approval for wave in waves) and self.approved != name:
            question = f"Environment {name!r} needs approval. Write its name to deploy it: "
            self.confirm(question, f"--approve {name}", "nothing was deployed", frozenset({name}))
        elif not self.yes and self.approved != name:
            numbers = ", ".join(str(wave.number) for wave in waves)
            self.confirm(f"Deploy wave {numbers} of {name!r}? [y/N] ", "--yes", "nothing was deployed")

    def confirm(self, question: str, option: str, otherwise: str, answers: frozenset[str] = YES) -> None:
        """
        Ask a question.

        Args:
            question: What to ask.
            option: What agrees to it on the command line.
            otherwise: What holds if nobody agrees.
            answers: Those that agree.

        Raises:
            CommandError: The answer is another, or nobody can be asked.
        """
        answer = self.ask(question)
        if answer is None:
            raise CommandError(f"there is no terminal to ask on; give {option}", USAGE)
        if answer not in answers:
            raise CommandError(f"not agreed to; {otherwise}", WRONG)
