"""`mailproof records`: the DNS records of a domain or environment, with live DKIM tokens."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from mailproof.change.say import say, show
from mailproof.commands.options import (
    DEFAULT_ENVIRONMENTS,
    DNS_TIMEOUT_S,
    DnsTimeout,
    Domains,
    EnvironmentNames,
    Environments,
    Profiles,
    Regions,
    ResolverAddress,
)
from mailproof.commands.record_options import Asked, External, Zones, read_records, say_others, usage_errors
from mailproof.export.formats import ExportFormat

if TYPE_CHECKING:
    from mailproof.export.collect import RecordList


FormatOption = Annotated[ExportFormat, typer.Option("--format", help="How to print them.")]


def records(
    *,
    environments: Environments = DEFAULT_ENVIRONMENTS,
    environment: EnvironmentNames = None,
    domain: Domains = None,
    region: Regions = None,
    zone: Zones = None,
    external: External = False,
    resolver: ResolverAddress = None,
    dns_timeout: DnsTimeout = DNS_TIMEOUT_S,
    profile: Profiles = None,
    output_format: FormatOption = ExportFormat.TABLE,
) -> None:
    """
    Print the DNS records that sending domains need, with live DKIM tokens from SES.

    Exit code 0: all of them.
    1: an identity is missing, and so are its DKIM records.
    2: usage or environment file.
    3: SES could not be asked.
    What is known without SES is printed all the same.
    """
    asked = Asked(environments, environment, domain, region, zone, external, profile, resolver, dns_timeout)
    # A person reads several zones as one text, a program does not.
    is_text = output_format is ExportFormat.TABLE or output_format.list_builder
    found = read_records(asked, None if is_text else output_format)
    say_others(found, output_format)
    with usage_errors():
        _print(found, output_format)
    raise typer.Exit(found.exit_code)


def _print(found: "RecordList", output_format: ExportFormat) -> None:
    from mailproof.export.files import build_text

    if output_format is ExportFormat.TABLE:
        _print_table(found)
    elif output_format.list_builder:
        show(output_format.build_list(found))
    else:
        show(build_text(found, output_format, soa=False))


def _print_table(found: "RecordList") -> None:
    from rich.console import Console

    from mailproof.export.table_view import HINT, print_records

    console = Console(file=sys.stdout)
    with console.capture() as printed:
        print_records(found, console)
    show(printed.get(), styled=console.is_terminal)
    if found.records and sys.stdout.isatty():
        say("", *HINT.splitlines())
