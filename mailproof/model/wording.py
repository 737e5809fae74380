"""Wording of messages that name many things."""

from collections.abc import Sequence

SHOWN = 5


def shorten(words: Sequence[str]) -> str:
    """List a few, and say how many more there are."""
    more = f" and {len(words) - SHOWN} more" if len(words) > SHOWN else ""
    return f"{', '.join(words[:SHOWN])}{more}"


def counted(number: int, word: str) -> str:
    """Write a number and what is counted: ``1 report``, ``1,000 reports``."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"
