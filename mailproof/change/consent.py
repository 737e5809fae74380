"""Ask a person before anything is changed."""

import sys
from collections.abc import Callable
from dataclasses import dataclass

from mailproof.change.errors import CommandError, same_command
from mailproof.exit_codes import USAGE, WRONG
from mailproof.model.safe_text import visible

YES = frozenset({"y", "Y", "yes", "Yes"})


def is_terminal() -> bool:
    """Tell whether a person can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask_terminal(question: str) -> str | None:
    """Ask on the terminal; None if there is none."""
    if not is_terminal():
        return None
    sys.stderr.write(visible(question))
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

    def obtain(self, question: str, *, otherwise: str, option: str = "--yes") -> None:
        """
        Ask whether to go on, unless that is agreed to already.

        Args:
            question: What to ask; `[y/N]` is added.
            otherwise: What holds if nobody agrees.
            option: What agrees to it on the command line.

        Raises:
            CommandError: The answer is no, or nobody can be asked.
        """
        if not self.yes:
            self._confirm(f"{question} [y/N] ", YES, otherwise, option)

    def obtain_approval(self, environment: str) -> None:
        """
        Ask for the name of an environment that needs approval, unless it is approved already; a yes is not enough.

        Raises:
            CommandError: The answer is another, or nobody can be asked.
        """
        if self.approved != environment:
            question = f"Environment {environment!r} needs approval. Write its name to deploy it: "
            self._confirm(question, frozenset({environment}), "nothing was deployed", f"--approve {environment}")

    def _confirm(self, question: str, answers: frozenset[str], otherwise: str, option: str) -> None:
        answer = self.ask(question)
        if answer is None:
            agreeing, _, _ = option.partition(",")  # an alternative may follow, in words
            raise CommandError(f"there is no terminal to ask on; give {option}: {same_command()} {agreeing}", USAGE)
        if answer not in answers:
            raise CommandError(f"declined; {otherwise}", WRONG)
