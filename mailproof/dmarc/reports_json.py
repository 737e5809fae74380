"""What aggregate reports say, and the next step, as JSON."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import ConfigDict

from mailproof.check.json_model import with_dialect
from mailproof.dmarc.ramp import Step, Verdict
from mailproof.dmarc.reading import Reading
from mailproof.dmarc.sources import DomainReports, Source, SourceKind
from mailproof.model.dmarc import DmarcStage
from mailproof.report.json_report import StrictModel

VERSION: Literal[1] = 1
ADDRESSES_SHOWN = 20


class JsonAddress(StrictModel):
    """An address from which mail came."""

    address: str
    """IP address."""
    messages: int
    """From there."""


class JsonSource(StrictModel):
    """One sender in the name of a domain."""

    kind: SourceKind
    """What is known of it."""
    name: str
    """A region of ours, the domain that authenticated the mail, or the network that it came from."""
    messages: int
    """In all."""
    dkim_aligned: int
    """Messages for which DKIM passed and aligned."""
    spf_aligned: int
    """The same of SPF."""
    unaligned: int
    """Messages that failed DMARC."""
    networks: list[str]
    """Whose networks the addresses belong to, by parsedmarc's list."""
    address_count: int
    """From how many addresses."""
    addresses: list[JsonAddress]
    """The largest of them."""


class JsonDomainReports(StrictModel):
    """Reports about one domain."""

    domain: str
    """Whose policy they are about."""
    reports: int
    """How many."""
    receivers: list[str]
    """Organisations that sent them."""
    begin: str | None
    """Of the first period, ISO 8601; null without a report."""
    end: str | None
    """Of the last."""
    days: int
    """Covered, in UTC."""
    records: int
    """That the reports have."""
    records_read: int
    """That could be read."""
    messages: int
    """In them."""
    parked: bool
    """Whether a file says that it sends no mail: what of its mail passes then says that it is in use."""
    messages_aligned: int
    """Messages that passed DMARC."""
    sources: list[JsonSource]
    """The largest first."""


class JsonUnread(StrictModel):
    """What could not be read."""

    place: str
    """File, and what is in it."""
    why: str
    """What is wrong."""


class JsonReports(StrictModel):
    """What `mailproof dmarc reports --format json` writes."""

    model_config = ConfigDict(title="mailproof DMARC reports")

    version: Literal[1]
    """Of this format: fields may be added to it, none is changed or removed."""
    reports: int
    """Read, each once."""
    duplicates: int
    """Reports that were there again."""
    records: int
    """That the reports have."""
    records_read: int
    """That could be read."""
    unread: list[JsonUnread]
    """Files, and reports of which records could not be read."""
    domains: list[JsonDomainReports]
    """By name, whether an environment file has them or not."""


class JsonStep(StrictModel):
    """The answer for one domain."""

    domain: str
    """The domain."""
    environment: str
    """Whose file has it."""
    verdict: Verdict
    """Whether the next step may be taken."""
    reasons: list[str]
    """Why."""
    stage: DmarcStage
    """Of the file."""
    next_stage: DmarcStage | None
    """Null behind the last."""
    record_name: str
    """Name of the record."""
    before: str
    """Its text now."""
    after: str
    """Its text at the next stage."""
    small_unaligned: int
    """Messages that are not aligned, of senders too small to count."""
    written: bool
    """Whether the file was changed."""
    evidence: JsonDomainReports
    """The reports that counted."""


class JsonSteps(StrictModel):
    """What `mailproof dmarc next --format json` writes."""

    model_config = ConfigDict(title="mailproof DMARC next steps")

    version: Literal[1]
    """Of this format: fields may be added to it, none is changed or removed."""
    steps: list[JsonStep]
    """In the order of the files."""
    unread: list[JsonUnread]
    """Files, and reports of which records could not be read."""


def build_reports(reading: Reading, domains: Sequence[DomainReports]) -> str:
    """Write what reports say."""
    document = JsonReports(
        version=VERSION,
        reports=len(reading.reports),
        duplicates=reading.duplicates,
        records=reading.declared,
        records_read=reading.read,
        unread=_unread(reading),
        domains=list(map(_domain, domains)),
    )
    return document.model_dump_json(indent=2) + "\n"


def build_steps(reading: Reading, steps: Sequence[Step], written: Sequence[str]) -> str:
    """Write the answers; `written` names the domains whose file was changed."""
    found = [
        JsonStep(
            domain=step.domain,
            environment=step.environment,
            verdict=step.verdict,
            reasons=list(step.reasons),
            stage=step.stage,
            next_stage=step.following,
            record_name=step.name,
            before=step.before,
            after=step.after,
            small_unaligned=step.small,
            written=step.domain in written,
            evidence=_domain(step.evidence),
        )
        for step in steps
    ]
    return JsonSteps(version=VERSION, steps=found, unread=_unread(reading)).model_dump_json(indent=2) + "\n"


def build_reports_schema() -> dict[str, Any]:
    """Return the JSON Schema of `dmarc reports`."""
    return with_dialect(JsonReports.model_json_schema())


def build_steps_schema() -> dict[str, Any]:
    """Return the JSON Schema of `dmarc next`."""
    return with_dialect(JsonSteps.model_json_schema())


def _unread(reading: Reading) -> list[JsonUnread]:
    return [JsonUnread(place=one.place, why=one.why) for one in (*reading.unread, *reading.lost_records)]


def _domain(found: DomainReports) -> JsonDomainReports:
    return JsonDomainReports(
        domain=found.domain,
        reports=len(found.reports),
        receivers=found.receivers,
        begin=iso(min(report.begin for report in found.reports)) if found.reports else None,
        end=iso(max(report.end for report in found.reports)) if found.reports else None,
        days=found.days,
        records=found.declared,
        records_read=found.read,
        messages=found.messages,
        parked=found.is_parked,
        messages_aligned=found.aligned,
        sources=list(map(_source, found.sources)),
    )


def iso(second: int) -> str:
    """Write a time as ISO 8601 in UTC."""
    return datetime.fromtimestamp(second, UTC).isoformat()


def _source(source: Source) -> JsonSource:
    return JsonSource(
        kind=source.kind,
        name=source.name,
        messages=source.messages,
        dkim_aligned=source.dkim,
        spf_aligned=source.spf,
        unaligned=source.unaligned,
        networks=sorted(source.networks),
        address_count=len(source.addresses),
        addresses=[JsonAddress(address=a, messages=n) for a, n in largest_addresses(source, ADDRESSES_SHOWN)],
    )


def largest_addresses(source: Source, limit: int) -> list[tuple[str, int]]:
    """Return the addresses with the most messages."""
    return sorted(source.addresses.items(), key=lambda found: (-found[1], found[0]))[:limit]
