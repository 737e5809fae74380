"""`mailproof preflight`: find what would block a deployment. Reads only."""

from pathlib import Path
from typing import Annotated

import typer

from mailproof.commands.errors import command_errors
from mailproof.commands.options import (
    DEFAULT_ENVIRONMENTS,
    DEFAULT_MAX_AGE,
    DNS_TIMEOUT_S,
    DnsTimeout,
    Domains,
    EnvironmentNames,
    Environments,
    ListAll,
    MaxAge,
    OutputFiles,
    OutputFormat,
    Profiles,
    Regions,
    ResolverAddress,
    StateFile,
)
from mailproof.commands.output import check_outputs, write_report
from mailproof.commands.parse_options import (
    read_environments,
    read_max_age,
    read_profiles,
    read_resolver,
    read_selection,
)
from mailproof.report.formats import ReportFormat


def preflight(
    *,
    environments: Environments = DEFAULT_ENVIRONMENTS,
    environment: EnvironmentNames = None,
    domain: Domains = None,
    region: Regions = None,
    resolver: ResolverAddress = None,
    dns_timeout: DnsTimeout = DNS_TIMEOUT_S,
    profile: Profiles = None,
    state: StateFile = None,
    max_age: MaxAge = DEFAULT_MAX_AGE,
    list_all: ListAll = False,
    form: OutputFormat = ReportFormat.TABLE,
    output: OutputFiles = None,
    assembly: Annotated[
        Path | None,
        typer.Option("--assembly", metavar="DIR", help="Cloud assembly that will be deployed; else cdk.json is read."),
    ] = None,
    compared: Annotated[bool, typer.Option("--compared", hidden=True)] = False,
) -> None:
    """
    Say before a deployment what stands in its way. Changes nothing.

    Looks at credentials, bootstrap, SES in every region, identities and records that exist already and whose they are,
    quotas, delegation, MAIL FROM names in use, address identities and SPF of the domains themselves. Exit codes as of
    `check`.
    """
    check_outputs(output)
    everything = read_environments(environments, None)
    chosen = read_environments(environments, environment)
    selection = read_selection(chosen, domain, region)
    server, profiles, age = read_resolver(resolver), read_profiles(profile, chosen), read_max_age(max_age)

    from mailproof.change.programs import read_bootstraps
    from mailproof.check.preflight.run import preflight as look
    from mailproof.check.run import CheckOptions
    from mailproof.commands.kept import keeping
    from mailproof.live.resolver import Budget
    from mailproof.template.cloud_assembly import read_all

    with command_errors():
        bootstraps = read_bootstraps(read_all(assembly) if assembly else None)
    with keeping(state, age) as kept:
        options = CheckOptions(server, Budget(dns_timeout), profiles, selection, kept)
        report = look(chosen, options, everything, bootstraps, is_compared=compared)
    write_report(report, form, output, whole=list_all)
    raise typer.Exit(report.exit_code)
