"""The names of the export formats; imports nothing, for the command line to start at once."""

from enum import StrEnum


class ExportFormat(StrEnum):
    """A format that other programs read."""

    JSON = "json"
    CSV = "csv"
    ZONE = "zone"
    OCTODNS = "octodns"
    TERRAFORM = "terraform"
