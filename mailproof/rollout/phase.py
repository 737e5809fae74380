"""Phases of a rollout; imports nothing, for the command line to start at once."""

from enum import StrEnum


class Phase(StrEnum):
    """A part of a rollout that is run alone."""

    DIFF = "diff"
    """Show the changes and ask the guard; nothing is deployed."""
    DEPLOY = "deploy"
    """All but the gate."""
    GATE = "gate"
    """The gate alone."""
