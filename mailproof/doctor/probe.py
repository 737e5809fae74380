"""What was looked at, and what was found."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """What was found."""

    OK = "ok"
    NOTE = "note"
    """Works, or is not needed here; worth knowing."""
    MISSING = "missing"
    UNKNOWN = "unknown"
    """Could not be asked: it may be there or not."""


@dataclass(frozen=True, slots=True)
class Probe:
    """
    One thing that was looked at.

    Attributes:
        subject: What it is.
        state: Whether it is there.
        observed: What was found.
        fix: How to get it; empty if nothing is to be done.
    """

    subject: str
    state: State
    observed: str
    fix: str = ""
