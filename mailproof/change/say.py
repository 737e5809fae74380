"""Progress of a command, for the person who runs it."""

import sys


def say(text: str) -> None:
    """Print a line on standard error, at once."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
