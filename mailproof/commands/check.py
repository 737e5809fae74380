"""`mailproof check`: verify every identity and record, and explain exactly what is wrong."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import typer

from mailproof.commands.options import (
    DEFAULT_ENVIRONMENTS,
    DEFAULT_MAX_AGE,
    DNS_TIMEOUT_S,
    DnsTimeout,
    Domains,
    EnvironmentNames,
    Environments,
    HistoryAge,
    HistoryPlace,
    ListAll,
    Mask,
    MaxAge,
    OutputFiles,
    OutputFormat,
    Profiles,
    Receivers,
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

if TYPE_CHECKING:
    from mailproof.model.environment import Environment


def check(
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
    receivers: Receivers = False,
    history: HistoryPlace = None,
    history_keep: HistoryAge = None,
    mask: Mask = False,
    list_all: ListAll = False,
    form: OutputFormat = ReportFormat.TABLE,
    output: OutputFiles = None,
) -> None:
    """
    Say whether mail of every domain authenticates from every region, and exactly why not.

    Exit code: 0 all well, 1 something is wrong, 2 usage or environment file, 3 something could not be asked and nothing
    is wrong.
    """
    check_outputs(output)
    chosen = read_environments(environments, environment)
    selection = read_selection(chosen, domain, region)
    server, profiles = read_resolver(resolver), read_profiles(profile, chosen)

    age = read_max_age(max_age)
    keep_age = None if history_keep is None else read_max_age(history_keep, "--history-keep")

    from mailproof.check.receivers import with_receivers
    from mailproof.check.run import Checker, CheckOptions
    from mailproof.commands.asking_progress import asking_progress
    from mailproof.commands.keeping_runs import KeptRuns, scope_of
    from mailproof.commands.kept import keeping
    from mailproof.live.resolver import Budget
    from mailproof.report.mask import masked

    runs = KeptRuns(history, keep_age, lambda: _make_s3(chosen[0], profiles)) if history else None
    with keeping(state, age) as kept, asking_progress() as progress:
        options = CheckOptions(server, Budget(dns_timeout), profiles, selection, kept, progress.region)
        report = Checker(options).check(chosen)
    report = masked(report) if mask else report
    failure = 0
    if runs:
        report = runs.compare(report, scope_of(chosen, options))
        failure = runs.keep(report)
    write_report(with_receivers(report) if receivers else report, form, output, whole=list_all)
    raise typer.Exit(report.exit_code or failure)


def _make_s3(environment: "Environment", profiles: Mapping[str, str]) -> Any:
    """Return a client of S3 with the credentials of an environment: those read and write the bucket."""
    from mailproof.live.aws.session import AwsSession, profile_of

    return AwsSession(profile_of(profiles, environment.name)).client("s3", environment.regions[0])
