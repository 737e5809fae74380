"""What aggregate reports say, and the next step, for a person."""

from collections.abc import Iterator, Sequence

from mailproof.dmarc.ramp import Step, Verdict
from mailproof.dmarc.reading import Reading
from mailproof.dmarc.reports_json import iso, largest_addresses
from mailproof.dmarc.sources import DomainReports, Source
from mailproof.model import pages
from mailproof.model.dns_record import RecordType, zone_file_line
from mailproof.model.txt import quote_txt
from mailproof.model.wording import counted

COLUMNS = ("messages", "DKIM", "SPF", "neither", "sender")
NUMBERS = 4
ADDRESSES_SHOWN = 3
UNREAD_SHOWN = 50


def build_reports(reading: Reading, domains: Sequence[DomainReports]) -> str:
    """Write what reports say: who sends as each domain, and whether it aligns."""
    parts = [_domain(found) for found in domains]
    parts.append([summary(reading), *_unread(reading)])
    return "\n\n".join("\n".join(lines) for lines in parts) + "\n"


def build_steps(reading: Reading, steps: Sequence[Step], written: Sequence[str]) -> str:
    """Write the answers; `written` names the domains whose file was changed."""
    parts = [list(_step(step, is_written=step.domain in written)) for step in steps]
    parts.append([summary(reading), *_unread(reading)])
    return "\n\n".join("\n".join(lines) for lines in parts) + "\n"


def summary(reading: Reading) -> str:
    """Say in one line how much was read."""
    again = f", {reading.duplicates:,} of them again" if reading.duplicates else ""
    found = len(reading.reports) + reading.duplicates
    return f"{counted(found, 'report')}{again}; {reading.read:,} of {reading.declared:,} records read"


def headline(found: DomainReports) -> str:
    """Say in one line what the reports about a domain are."""
    if not found.reports:
        return f"{found.domain}: no reports"
    begin, end = (iso(second)[:10] for second in (found.reports[0].begin, found.reports[-1].end))
    senders = f"{counted(len(found.reports), 'report')} of {counted(len(found.receivers), 'receiver')}"
    read = f"{found.read:,} of {found.declared:,} records read"
    return f"{found.domain}: {senders}, {begin} to {end}, {counted(found.messages, 'message')}, {read}"


def parking_line(found: DomainReports) -> str:
    """Say that a parked domain is in use, if its mail passes; empty otherwise."""
    if not (found.is_parked and found.aligned):
        return ""
    how_many = f"{found.aligned:,} of {counted(found.messages, 'message')} pass"
    last = f"the last in a report to {iso(found.last_aligned)[:10]}"
    return f"parked in the file, and {how_many}, {last}: somebody sends with its keys; see {pages.PARKED_DOMAINS}"


def describe(source: Source) -> str:
    """Say who a sender is."""
    shown = largest_addresses(source, ADDRESSES_SHOWN)
    more = len(source.addresses) - len(shown)
    places = ", ".join(address for address, _ in shown) + (f" and {more:,} more" if more else "")
    networks = ", ".join(sorted(source.networks)[:2])
    return f"{source.kind}: {source.name} ({places}{'; ' if networks else ''}{networks})"


def _domain(found: DomainReports) -> list[str]:
    rows = [COLUMNS, *map(_row, found.sources)]
    widths = [max(len(row[column]) for row in rows) for column in range(NUMBERS)]
    lines = []
    for row in rows:
        numbers = "  ".join(text.rjust(width) for text, width in zip(row, widths, strict=False))
        lines.append(f"  {numbers}  {row[-1]}")
    in_use = parking_line(found)
    return [headline(found), *([f"  {in_use}"] if in_use else []), *lines]


def _row(source: Source) -> tuple[str, ...]:
    numbers = (source.messages, source.dkim, source.spf, source.unaligned)
    return (*(f"{number:,}" for number in numbers), describe(source))


def _unread(reading: Reading) -> Iterator[str]:
    unread = [*reading.unread, *reading.lost_records]
    for one in unread[:UNREAD_SHOWN]:
        yield f"  {one}"
    if len(unread) > UNREAD_SHOWN:
        yield f"  and {len(unread) - UNREAD_SHOWN:,} more; --format json lists all"


def _step(step: Step, *, is_written: bool) -> Iterator[str]:
    because = ", because" if step.verdict is Verdict.HOLD else ""
    yield f"{step.domain} ({step.environment}): {step.verdict}{because}"
    for reason in step.reasons:
        yield f"  - {reason}"
    if step.verdict is not Verdict.DONE:
        yield f"  {headline(step.evidence)}, {step.evidence.days} days"
    if step.small:
        yield f"  {step.small:,} messages of senders too small to count are not aligned either"
    if step.following:
        yield f"  stage {step.stage} -> {step.following}{': written' if is_written else ''}"
        yield f"  - {_record(step.name, step.before)}"
        yield f"  + {_record(step.name, step.after)}"


def _record(name: str, text: str) -> str:
    return zone_file_line(name, RecordType.TXT, quote_txt(text))
