"""
The errors of mailproof.

::

    MailproofError
    ├── InvalidValue            one value that cannot be what it should be
    └── EnvironmentFileError    all problems of all environment files, with file, line and key
"""

import reprlib
from collections.abc import Sequence
from dataclasses import dataclass

from mailproof.exit_codes import USAGE

SHOWN_LIMIT = 120  # characters of a value found


class MailproofError(Exception):
    """Base class of every error that mailproof raises deliberately; a command that it ends exits with `exit_code`."""

    exit_code = USAGE

    @property
    def lines(self) -> tuple[str, ...]:
        """What a person is told, one thing per line."""
        return (str(self),)


class InvalidValue(MailproofError):  # noqa: N818 -- reads as what it says: "invalid value: …"
    """
    A value is not what it should be.

    Args:
        what: What is wrong, lower-case, no full stop.
        got: The value found.
        todo: What to write instead; empty where that is plain from ``what``.
    """

    def __init__(self, what: str, got: object, todo: str = "") -> None:
        self.what = what
        self.got = got
        self.todo = todo
        super().__init__(describe(what, got, todo))


@dataclass(frozen=True, slots=True)
class Problem:
    """
    One thing wrong in an environment file.

    Attributes:
        path: The file, as it should be shown.
        line: Line, counted from 1; None if it concerns the whole file.
        key: Key path such as ``domains[2].regions[1]``; empty for the whole file.
        what: What is wrong, got and to do, as :func:`describe` writes it.
    """

    path: str
    line: int | None
    key: str
    what: str

    def __str__(self) -> str:
        """Show it as ``file:line: key: what is wrong, got …; what to do``."""
        where = self.path if self.line is None else f"{self.path}:{self.line}"
        return ": ".join(part for part in (where, self.key, self.what) if part)


class EnvironmentFileError(MailproofError):
    """
    The environment files cannot be used.

    Args:
        problems: Every problem of every file, at least one.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.lines))

    @property
    def lines(self) -> tuple[str, ...]:
        """What a person is told, one problem per line."""
        return tuple(map(str, self.problems))


class NoValue:
    """Stands for "there is no value to show" in :func:`describe`."""


def describe(what: str, got: object = NoValue, todo: str = "") -> str:
    """Join what is wrong, the value found and what to do into the one form that every message has."""
    found = "" if got is NoValue else f", got {_show(got)}"
    return f"{what}{found}{f'; {todo}' if todo else ''}"


def _show(value: object) -> str:
    """Show a value on one line, cut where it would fill a screen, however long or deep it is."""
    shown = reprlib.Repr()
    shown.maxstring = shown.maxother = SHOWN_LIMIT
    text = shown.repr(value)
    return text if len(text) <= SHOWN_LIMIT else f"{text[: SHOWN_LIMIT - 1]}…"
