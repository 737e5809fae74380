"""`mailproof export`: whole zones for other DNS tools."""

from pathlib import Path
from typing import Annotated

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
from mailproof.export.formats import FILE_FORMATS, ExportFormat


def _of_files(form: ExportFormat) -> ExportFormat:
    """Refuse a format that only a person reads."""
    if form not in FILE_FORMATS:
        words = f"{form} is for the screen: `mailproof records` prints it; choose {', '.join(FILE_FORMATS)}"
        raise typer.BadParameter(words)
    return form


FormatArgument = Annotated[
    ExportFormat, typer.Argument(metavar="FORMAT", callback=_of_files, help=f"{', '.join(FILE_FORMATS)}.")
]
OutputOption = Annotated[
    Path | None,
    typer.Option(
        "--output",
        metavar="FILE|DIR",
        help="Where to write, instead of stdout. zone and octodns make one file per zone: name a folder.",
        show_default=False,
    ),
]
PartialOption = Annotated[bool, typer.Option("--partial", help="Write even if DKIM records are missing.")]
SoaOption = Annotated[
    bool,
    typer.Option(
        "--soa/--no-soa", help="zone: begin with placeholders of SOA and NS, so that the file loads by itself."
    ),
]


def export(
    *,
    output_format: FormatArgument,
    output: OutputOption = None,
    environments: Environments = DEFAULT_ENVIRONMENTS,
    environment: EnvironmentNames = None,
    domain: Domains = None,
    region: Regions = None,
    zone: Zones = None,
    external: External = False,
    resolver: ResolverAddress = None,
    dns_timeout: DnsTimeout = DNS_TIMEOUT_S,
    profile: Profiles = None,
    partial: PartialOption = False,
    soa: SoaOption = True,
) -> None:
    """
    Export zones of mail records as a zone file, octoDNS YAML, Terraform, CSV or JSON.

    Exit code 0: complete.
    1: an identity is missing, and so are its DKIM records.
    2: usage or environment file.
    3: SES could not be asked.
    After 1 and 3, --output writes nothing unless --partial is given.
    """
    asked = Asked(environments, environment, domain, region, zone, external, profile, resolver, dns_timeout)
    found = read_records(asked, None if output else output_format)
    say_others(found, output_format)
    with usage_errors():
        from mailproof.export.files import build_text
        from mailproof.export.write import write_export

        if output is None:
            show(build_text(found, output_format, soa=soa))
        elif found.is_partial and not partial:
            say(f"nothing is written to {output}: DKIM records are missing; --partial writes what is known")
        else:
            for path in write_export(found, output_format, output, soa=soa):
                say(f"wrote {path}")
    raise typer.Exit(found.exit_code)
