"""`mailproof probe`: send a message from every domain and region, and say how each arrives."""

import os
from contextlib import suppress
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailproof.change.say import say, show, show_lines, terminal_width
from mailproof.commands.errors import command_errors
from mailproof.commands.options import (
    DEFAULT_ENVIRONMENTS,
    DNS_TIMEOUT_S,
    DnsTimeout,
    Domains,
    EnvironmentNames,
    Environments,
    ListAll,
    Mask,
    Profiles,
    Regions,
    ResolverAddress,
)
from mailproof.commands.output import check_outputs
from mailproof.commands.parse_options import read_environments, read_profiles, read_resolver, read_selection
from mailproof.exit_codes import USAGE
from mailproof.output_file import write_file
from mailproof.report.formats import ReportFormat, format_of, known_suffixes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mailproof.check.finding import CheckReport
    from mailproof.check.run import Checker
    from mailproof.model.environment import Environment
    from mailproof.probe.inboxes import Inbox
    from mailproof.probe.report import ProbeReport

PASSWORD = "MAILPROOF_IMAP_PASSWORD"  # noqa: S105 -- names a variable
KEYRING_SERVICE = "mailproof"
TIMEOUT_S = 300.0
LONGEST_TIMEOUT_S = 86_400.0
OTHERS = [suffix for suffix in known_suffixes() if suffix != ".json"]
DEFAULT_SENDER = "mailproof-probe"


class ProbeFormat(StrEnum):
    """How the report is written."""

    TABLE = "table"
    JSON = "json"


def probe(
    *,
    environments: Environments = DEFAULT_ENVIRONMENTS,
    environment: EnvironmentNames = None,
    domain: Domains = None,
    region: Regions = None,
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="ADDRESS", help="An inbox of yours. Without it: the mailbox simulator of SES."),
    ] = None,
    sender: Annotated[
        str, typer.Option("--from", metavar="NAME", help="Local part of the address in From.")
    ] = DEFAULT_SENDER,
    imap: Annotated[
        str | None,
        typer.Option(
            "--imap",
            metavar="HOST[:PORT]/USER",
            help=f"Look for them on this IMAP server; the password is in {PASSWORD} or in the keyring.",
        ),
    ] = None,
    folder: Annotated[
        list[str] | None,
        typer.Option("--folder", metavar="NAME", help="IMAP folder to search; may be repeated. [default: INBOX]"),
    ] = None,
    maildir: Annotated[
        Path | None, typer.Option("--maildir", metavar="FOLDER", help="Look for them in this Maildir.")
    ] = None,
    s3: Annotated[
        str | None,
        typer.Option("--s3", metavar="BUCKET/PREFIX", help="Look for them where a receipt rule of SES puts them."),
    ] = None,
    timeout: Annotated[
        float, typer.Option(min=0, max=LONGEST_TIMEOUT_S, metavar="SECONDS", help="When to give up looking.")
    ] = TIMEOUT_S,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be sent, and send nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Send without a question.")] = False,
    resolver: ResolverAddress = None,
    dns_timeout: DnsTimeout = DNS_TIMEOUT_S,
    profile: Profiles = None,
    mask: Mask = False,
    list_all: ListAll = False,
    form: Annotated[
        ProbeFormat, typer.Option("--format", help="How the report is written to stdout.")
    ] = ProbeFormat.TABLE,
    output: Annotated[
        list[Path] | None,
        typer.Option(
            "--output",
            metavar="FILE",
            help="Write it to this file as well; may be repeated. Its ending says the format: .json the same as "
            f"`--format json`, {', '.join(OTHERS)} the report of `mailproof check` with what was found of messages.",
        ),
    ] = None,
) -> None:
    """
    Send a small message from every domain and region, wait for it, and say how it arrives beside what records say.

    Shows what it will send and asks once. By itself it sends to the mailbox simulator of SES, which says whether SES
    takes mail on, and nothing more. With an inbox it says which key has signed, which MAIL FROM was used and what the
    receiver makes of it. Nothing in the inbox is deleted, moved or marked.

    Exit code 0: all messages are right, or accepted where none is waited for.
    1: one is refused or arrives wrong, or you declined.
    2: usage or environment file.
    3: one was not seen in time, or something could not be asked, and nothing is wrong.
    """
    check_outputs(output)
    chosen = read_environments(environments, environment)
    selection = read_selection(chosen, domain, region)
    server, profiles = read_resolver(resolver), read_profiles(profile, chosen)
    places = [option for option in (imap, maildir, s3) if option]
    if len(places) > 1 or bool(places) != bool(to):
        raise typer.BadParameter(
            "goes with one of --imap, --maildir and --s3, and each of these with it", param_hint="--to"
        )

    from mailproof.change.consent import Consent
    from mailproof.check.run import Checker, CheckOptions
    from mailproof.commands.asking_progress import asking_progress
    from mailproof.live.resolver import Budget
    from mailproof.probe.plan import SIMULATOR, new_token, plan_probes
    from mailproof.probe.run import Run, Waiting
    from mailproof.report.mask import mask as hide
    from mailproof.report.mask import masked

    with command_errors():
        checker = Checker(CheckOptions(server, Budget(dns_timeout), profiles, selection))
        inbox = None if dry_run else _open_inbox(checker, chosen[0], imap, folder, maildir, s3)
        with asking_progress() as progress:
            options = CheckOptions(server, Budget(dns_timeout), profiles, selection, progress=progress.region)
            checked = Checker(options).check(chosen)
        probes = plan_probes(chosen, selection, sender, checked.findings)
        recipient, token = to or SIMULATOR, new_token()
        if not probes:
            say("nothing to send: no identity of these domains in these regions; a parked domain sends no mail")
            return
        counted = f"{len(probes)} message{'' if len(probes) == 1 else 's'}"
        if dry_run:
            lines = [f"{each.sender} from {each.region} ({each.environment.name})" for each in probes]
            show_lines(*(hide(line, kept=(DEFAULT_SENDER,)) if mask else line for line in lines))
            say(f"{counted} would go to {hide(recipient) if mask else recipient}; nothing was sent")
            return
        regions = len({(each.environment.name, each.region) for each in probes})
        question = f"Send {counted} from {regions} region{'' if regions == 1 else 's'} to {recipient}?"
        Consent(yes=yes).obtain(question, otherwise="nothing was sent")
        report = Run(checker, token, recipient, say).run(probes, checked, Waiting(inbox, timeout))
    if mask:
        report, checked = masked(report, kept=(DEFAULT_SENDER,)), masked(checked, kept=(DEFAULT_SENDER,))
    raise typer.Exit(_write(report, checked, form, output or (), whole=list_all))


def _write(
    report: "ProbeReport", checked: "CheckReport", form: ProbeFormat, outputs: "Sequence[Path]", *, whole: bool
) -> int:
    """Write a report to stdout and to files; return the exit code."""
    from mailproof.probe.report import build_json, build_table

    code = report.exit_code
    width = terminal_width()
    is_whole = whole or width is None
    show(build_json(report) if form is ProbeFormat.JSON else build_table(report, width=width, whole=is_whole))
    for path in outputs:
        of_file = format_of(path, ReportFormat.JSON)
        is_own = of_file is ReportFormat.JSON
        try:
            write_file(path, build_json(report) if is_own else of_file.build(report.added_to(checked)))
        except OSError as err:
            say(f"{path}: cannot be written ({err.strerror})")
            code = code or USAGE
    return code


def _open_inbox(  # noqa: PLR0917 -- the options, as they are
    checker: "Checker",
    environment: "Environment",
    imap: str | None,
    folders: list[str] | None,
    maildir: Path | None,
    s3: str | None,
) -> "Inbox | None":
    from datetime import UTC, datetime

    from mailproof.probe.inboxes import S3, Imap, Maildir

    if maildir:
        return Maildir(maildir)
    if imap:
        host, slash, user = imap.partition("/")
        if not (host and slash and user):
            raise typer.BadParameter(f"is not HOST/USER, got {imap!r}", param_hint="--imap")
        return Imap(host, user, _read_password(host, user), folders or ["INBOX"])
    if s3:
        bucket, _, prefix = s3.removeprefix("s3://").partition("/")
        session = checker.session(environment.name)
        return S3(lambda: session.client("s3", environment.regions[0]), bucket, prefix, datetime.now(UTC))
    return None


def _read_password(host: str, user: str) -> str:
    if password := os.environ.get(PASSWORD):
        return password
    kept: str | None = None
    with suppress(ModuleNotFoundError):
        kept = import_module("keyring").get_password(KEYRING_SERVICE, f"{user}@{host}")
    if kept is None:
        words = f"set {PASSWORD}, or keep it with `keyring set {KEYRING_SERVICE} {user}@{host}`"
        raise typer.BadParameter(f"there is no password for it: {words}", param_hint="--imap")
    return kept
