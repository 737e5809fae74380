"""Options and reading of reports, shared by `mailproof dmarc reports` and `mailproof dmarc next`."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from mailproof.change.say import say
from mailproof.commands.progress import progress

if TYPE_CHECKING:
    from mailproof.dmarc.reading import Reading
    from mailproof.dmarc.sources import Ours
    from mailproof.model.environment import Environment

Paths: TypeAlias = Annotated[
    list[Path],
    typer.Argument(metavar="FILE|FOLDER|MBOX...", help="Reports: XML, gzip, zip, mails, mailboxes, folders of them."),
]
Offline: TypeAlias = Annotated[
    bool, typer.Option("--offline", help="Do not ask SES for DKIM tokens: regions follow from MAIL FROM names alone.")
]


def read_files(paths: Sequence[Path]) -> "Reading":
    """Read reports."""
    from mailproof.dmarc.reading import read_reports
    from mailproof.dmarc.report_files import find_files

    with progress("Reading reports", sum(isinstance(found, Path) for found in find_files(paths))) as done:
        return read_reports(paths, done)


def know_ours(
    environments: "Sequence[Environment]", reading: "Reading", profiles: dict[str, str], *, offline: bool
) -> "Ours":
    """Ask SES for the DKIM tokens of the domains that reports are about; say what it does not tell."""
    from mailproof.dmarc.sources import known_as_ours
    from mailproof.model.names import is_within

    about = {report.domain for report in reading.reports}
    listed = [domain.name for environment in environments for domain in environment.domains]
    domains = frozenset(name for name in listed if any(is_within(name, above) for above in about))
    if offline or not domains:
        return known_as_ours(environments)
    return ask_tokens(environments, domains, profiles)


def ask_tokens(environments: "Sequence[Environment]", domains: Collection[str], profiles: dict[str, str]) -> "Ours":
    """Ask SES for the DKIM tokens of domains; say what it does not tell."""
    from mailproof.dmarc.sources import known_as_ours
    from mailproof.export.collect import collect_records, identities_to_ask
    from mailproof.export.dkim_reader import SesDkimReader
    from mailproof.export.selection import RecordSelection
    from mailproof.model.record_kind import DKIM

    selection = RecordSelection(domains=frozenset(domains))
    with progress("Asking SES", len(identities_to_ask(environments, selection))) as done:
        found = collect_records(environments, selection, SesDkimReader(profiles), done)
    for gap in found.gaps:
        say(f"{gap}; its mail is told by MAIL FROM names alone")
    tokens: dict[tuple[str, str], list[str]] = {}
    for record in found.records:
        if record.kind is DKIM:
            for region in record.regions or [""]:  # a key of one's own serves all of them
                tokens.setdefault((record.domain, region), []).append(record.name.partition(".")[0])
    return known_as_ours(environments, tokens)
