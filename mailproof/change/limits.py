"""Limits of what one run takes away; imports nothing, for the command line to start at once."""

DEFAULT_MAX_REMOVALS = 5
"""Resources or identities; a slip of a whole file is to show."""
