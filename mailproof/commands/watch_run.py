"""`mailproof watch run`: check once, keep the run, and tell what is new."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailproof.change.say import say, show
from mailproof.commands.errors import command_errors
from mailproof.commands.options import (
    DEFAULT_ENVIRONMENTS,
    DNS_TIMEOUT_S,
    DnsTimeout,
    Environments,
    Mask,
    Profiles,
    ResolverAddress,
)
from mailproof.commands.output import check_outputs
from mailproof.commands.parse_options import read_environments, read_profiles, read_resolver, read_selection
from mailproof.report.formats import ReportFormat

if TYPE_CHECKING:
    from mailproof.check.finding import CheckReport


def run(
    *,
    environments: Environments = DEFAULT_ENVIRONMENTS,
    environment: Annotated[str, typer.Option("--environment", metavar="NAME", help="The environment to check.")],
    history: Annotated[
        str,
        typer.Option("--history", metavar="FOLDER|s3://BUCKET/PREFIX", help="Where runs are kept."),
    ],
    report: Annotated[
        str | None,
        typer.Option("--report", metavar="FILE|s3://BUCKET/KEY", help="Where the page of the newest run goes."),
    ] = None,
    topic: Annotated[
        str | None, typer.Option("--topic", metavar="ARN", help="SNS topic that is told what is new, and what is gone.")
    ] = None,
    resolver: ResolverAddress = None,
    dns_timeout: DnsTimeout = DNS_TIMEOUT_S,
    profile: Profiles = None,
    mask: Mask = False,
) -> None:
    """
    Check an environment once, keep the run, and tell a topic what is new and what is gone.

    The bucket and the topic are written with the credentials that this process has; SES is asked by --profile. Prints a
    line per severity, `MAILPROOF_FINDINGS error 3`, of which a metric can be made.

    Exit code 0: checked, kept and reported, whatever was found.
    2: usage or environment file.
    3: the run could not be kept or reported.
    """
    from mailproof.model.watch import TOPIC
    from mailproof.watch.deliver import read_place

    if topic is not None and not TOPIC.fullmatch(topic):
        raise typer.BadParameter(f"is not the ARN of an SNS topic, got {topic!r}", param_hint="--topic")
    is_object = bool(report and report.startswith("s3://"))
    if report and is_object and not read_place(report):
        raise typer.BadParameter(f"is not s3://BUCKET/KEY, got {report!r}", param_hint="--report")
    check_outputs([Path(report)] if report and not is_object else None)
    chosen = read_environments(environments, [environment])
    server, profiles = read_resolver(resolver), read_profiles(profile, chosen)

    from mailproof.check.run import Checker, CheckOptions
    from mailproof.commands.keeping_runs import KeptRuns, scope_of
    from mailproof.live.aws.session import AwsSession
    from mailproof.live.resolver import Budget
    from mailproof.report.mask import masked
    from mailproof.watch.deliver import publish
    from mailproof.watch.notice import build_notice, count_lines

    own = AwsSession(None)
    runs = KeptRuns(history, None, lambda: own.client("s3"))
    options = CheckOptions(server, Budget(dns_timeout), profiles, read_selection(chosen, None, None))
    checked = Checker(options).check(chosen)
    found = runs.compare(masked(checked) if mask else checked, scope_of(chosen, options))
    show("".join(f"{line}\n" for line in count_lines(found)))
    notice = build_notice(found, environment)
    say(*(notice[1].splitlines() if notice else ["nothing new"]))
    # What is kept counts as told: so it is told first.
    with command_errors():
        _hand_over(own, found, report, is_object=is_object)
        if topic and notice:
            publish(own, topic, *notice)
    raise typer.Exit(runs.keep(found))


def _hand_over(own: Any, found: "CheckReport", report: str | None, *, is_object: bool) -> None:
    from mailproof.output_file import write_file
    from mailproof.watch.deliver import put_page

    if report is None:
        return
    page = ReportFormat.HTML.build(found)
    if is_object:
        put_page(own, report, page)
    else:
        write_file(Path(report), page)
