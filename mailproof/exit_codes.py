"""Exit codes of every command."""

WRONG = 1
"""Something is wrong, or a person declined."""
USAGE = 2
"""Usage or environment file: nothing was asked, nothing changed."""
UNANSWERED = 3
"""Something could not be asked, and nothing is known to be wrong."""
INTERRUPTED = 130
"""Ctrl-C: what a shell makes of SIGINT, 128 + 2."""
