"""Wording of messages that name many things."""

from collections.abc import Sequence

SHOWN = 5


def shorten(words: Sequence[str]) -> str:
    """List a few, and say how many more there are."""
    more = f" and {len(words) - SHOWN} more" if len(words) > SHOWN else ""
    return f"{', '.join(words[:SHOWN])}{more}"
