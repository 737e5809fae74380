"""`mailproof records`: the DNS records of a domain or environment, with live DKIM tokens."""

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from mailproof.change.say import say
from mailproof.commands.options import (
    DEFAULT_ENVIRONMENTS,
    Domains,
    EnvironmentNames,
    Environments,
    Profiles,
    Regions,
)
from mailproof.commands.record_options import Asked, External, Zones, read_records, usage_errors
from mailproof.export.format_name import ExportFormat

if TYPE_CHECKING:
    from mailproof.export.collect import RecordList


class RecordsFormat(StrEnum):
    """How records are printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    ZONE = "zone"
    OCTODNS = "octodns"
    TERRAFORM = "terraform"


FormatOption = Annotated[RecordsFormat, typer.Option("--format", help="How to print them.")]


def records(
    *,
    environments: Environments = DEFAULT_ENVIRONMENTS,
    environment: EnvironmentNames = None,
    domain: Domains = None,
    region: Regions = None,
    zone: Zones = None,
    external: External = False,
    profile: Profiles = None,
    output_format: FormatOption = RecordsFormat.TABLE,
) -> None:
    """
    Print the DNS records that sending domains need, with live DKIM tokens from SES.

    Exit code 0: all of them.
    1: an identity is missing, and so are its DKIM records.
    2: usage or environment file.
    3: SES could not be asked.
    What is known without SES is printed all the same.
    """
    asked = Asked(environments, environment, domain, region, zone, external, profile)
    # A person reads several zones as one text, a program does not.
    found = read_records(asked, ExportFormat.OCTODNS if output_format is RecordsFormat.OCTODNS else None)
    with usage_errors():
        _print(found, output_format)
    raise typer.Exit(found.exit_code)


def _print(found: "RecordList", output_format: RecordsFormat) -> None:
    from mailproof.export.formats import build_text
    from mailproof.export.zone_file import build_zone_files

    if output_format is RecordsFormat.TABLE:
        _print_table(found)
    elif output_format is RecordsFormat.ZONE:
        sys.stdout.write(build_zone_files(found.records))
    else:
        sys.stdout.write(build_text(found, ExportFormat(output_format.value), soa=False))


def _print_table(found: "RecordList") -> None:
    from rich.console import Console

    from mailproof.export.table_view import HINT, print_records

    print_records(found.records, Console(file=sys.stdout))
    if found.records and sys.stdout.isatty():
        say(f"\n{HINT}")
