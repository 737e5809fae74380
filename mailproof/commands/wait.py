"""`mailproof wait`: a gate that opens when everything asked for is verified."""

from datetime import UTC, datetime
from time import sleep
from typing import TYPE_CHECKING, Annotated

import typer

from mailproof.change.say import say
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

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mailproof.check.finding import CheckReport
    from mailproof.check.run import Checker
    from mailproof.check.selection import Selection
    from mailproof.check.wait import Unverified
    from mailproof.model.environment import Environment

TIMEOUT_MINUTES = 60.0
LONGEST_TIMEOUT_MINUTES = 10_000.0  # SES gives up after 72 hours
LINES_LIMIT = 20


def wait(
    *,
    environments: Environments = DEFAULT_ENVIRONMENTS,
    environment: EnvironmentNames = None,
    domain: Domains = None,
    region: Regions = None,
    timeout: Annotated[
        float, typer.Option(min=0, max=LONGEST_TIMEOUT_MINUTES, metavar="MINUTES", help="When to give up.")
    ] = TIMEOUT_MINUTES,
    restart: Annotated[
        bool,
        typer.Option("--restart", help="Restart DKIM or MAIL FROM set-up where SES gave up and the records are right."),
    ] = False,
    probe: Annotated[
        bool,
        typer.Option("--probe", help="Then send a message of every domain and region to the mailbox simulator of SES."),
    ] = False,
    re_arm: Annotated[bool, typer.Option("--re-arm", hidden=True)] = False,
    resolver: ResolverAddress = None,
    dns_timeout: DnsTimeout = DNS_TIMEOUT_S,
    profile: Profiles = None,
    state: StateFile = None,
    max_age: MaxAge = DEFAULT_MAX_AGE,
    list_all: ListAll = False,
    form: OutputFormat = ReportFormat.TABLE,
    output: OutputFiles = None,
) -> None:
    """
    Wait until every identity is verified and every record right.

    Says on stderr what is still missing and since when, and writes the last report to stdout. Killed and started again,
    it goes on. `--probe` sends without a question. Exit code: 0 all well, 1 something is wrong or the time is up, 2
    usage or environment file, 3 the time is up and all that is missing could not be asked.
    """
    check_outputs(output)
    chosen = read_environments(environments, environment)
    selection = read_selection(chosen, domain, region)
    server, profiles = read_resolver(resolver), read_profiles(profile, chosen)

    age = read_max_age(max_age)

    from mailproof.check.restart import Restarter
    from mailproof.check.run import Checker, CheckOptions
    from mailproof.check.wait import Clock, Wait
    from mailproof.commands.asking_progress import AskingProgress, LinesNowAndThen
    from mailproof.commands.kept import keeping
    from mailproof.live.resolver import Budget

    with keeping(state, age, within_run=True) as kept:
        progress = AskingProgress(LinesNowAndThen(say).show)
        checker = Checker(CheckOptions(server, Budget(dns_timeout), profiles, selection, kept, progress.region))
        restarter = Restarter(lambda name, *of: checker.session(name).client(*of), say)
        waiting = Wait(
            chosen,
            selection,
            check=lambda found, part: checker.check([found], part),
            tell=tell_missing,
            restart=restarter.restart if restart or re_arm else None,
            clock=Clock(lambda: datetime.now(UTC), sleep),
        )
        report = waiting.run(timeout * 60)
    code = waiting.exit_code
    if probe and code == 0:
        report = _with_messages(report, checker, chosen, selection)
        code = report.exit_code
    write_report(report, form, output, whole=list_all)
    raise typer.Exit(code)


def _with_messages(
    report: "CheckReport", checker: "Checker", environments: "Sequence[Environment]", selection: "Selection"
) -> "CheckReport":
    """Send messages to the simulator; return the report with what is found of them."""
    from mailproof.probe.plan import SIMULATOR, new_token, plan_probes
    from mailproof.probe.run import Run

    with command_errors():
        run = Run(checker, new_token(), SIMULATOR, say)
        probed = run.run(plan_probes(environments, selection, found=report.findings), report)
    return probed.added_to(report)


def tell_missing(missing: "Sequence[Unverified]", next_s: float | None) -> None:
    """Print what is still missing, and since when."""
    now = datetime.now(UTC)
    for item in missing[:LINES_LIMIT]:
        identity, minutes = item.identity, int((now - item.since).total_seconds() // 60)
        since = f"since {item.since.astimezone():%H:%M:%S} ({minutes} min)"
        where = " ".join(filter(None, (identity.environment, identity.domain, identity.region)))
        say(f"{where}: {item.what} {since}")
    if len(missing) > LINES_LIMIT:
        say(f"... and {len(missing) - LINES_LIMIT} more")
    if next_s is not None:
        say(f"{len(missing)} not verified, next look in {next_s:.0f} s")
