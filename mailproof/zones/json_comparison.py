"""A comparison as JSON, and the schema of it."""

from typing import Any, Literal

from pydantic import ConfigDict

from mailproof.check.json_model import with_dialect
from mailproof.live.answer import Answer, Unanswered
from mailproof.report.json_report import StrictModel
from mailproof.zones.comparison import Row, State
from mailproof.zones.contents import Content
from mailproof.zones.outcome import Comparison

VERSION: Literal[1] = 1


class JsonContent(StrictModel):
    """What one side has under a name and type."""

    values: list[str]
    """Hosts without a trailing dot, texts as a receiver reads them; an alias or routing policy of Route 53 in words."""
    ttl: int
    """Seconds."""


class JsonRow(StrictModel):
    """One name and type."""

    name: str
    """Without a trailing dot."""
    type: str
    """DNS type."""
    state: State
    """lost, changed, missing: neither has what mail needs; new, unknown: could not be asked or compared; same."""
    purposes: list[str]
    """What mail of the file needs it for; empty if it does not."""
    needed: list[str]
    """The values that mail of the file needs."""
    live: JsonContent | None
    """What resolvers are answered; null if nothing, or if it could not be asked."""
    next: JsonContent | None
    """What it would be answered, likewise."""
    unanswered: list[str]
    """Why it could not be asked."""


class JsonDelegation(StrictModel):
    """The delegation of the zone."""

    live: list[str]
    """Name servers that resolvers ask."""
    next: list[str]
    """Name servers that it is to ask."""
    is_done: bool
    """Whether it asks them already."""
    ds: list[str]
    """DS records at the parent; with another delegation they make resolvers refuse the zone."""
    ds_unanswered: str
    """Why the parent could not be asked for them; empty if it could."""
    wait_s: int
    """For how long the old servers may still be asked, and their answers kept, seconds."""


class JsonComparison(StrictModel):
    """What `mailproof zone compare --format json` writes."""

    model_config = ConfigDict(title="mailproof zone comparison")

    version: Literal[1]
    """Of this format: fields may be added to it, none is changed or removed."""
    exit_code: int
    """0 all the same, 1 something differs or bars the delegation, 3 something could not be asked."""
    environment: str
    """The environment whose mail is looked at."""
    zone: str
    """The zone."""
    next: str
    """Who is to be asked: a hosted zone, or servers."""
    listing: str
    """What lists all of the live zone; empty if nothing does: then names that nobody knows are not compared."""
    delegation: JsonDelegation
    """How the zone is delegated."""
    records: list[JsonRow]
    """What mail needs first, the worst first within each part."""
    notes: list[str]
    """What else a person should know."""


def build_json(comparison: Comparison) -> str:
    """Write a comparison."""
    found = comparison.delegation
    document = JsonComparison(
        version=VERSION,
        exit_code=comparison.exit_code,
        environment=comparison.environment,
        zone=comparison.zone,
        next=comparison.following,
        listing=comparison.listing,
        delegation=JsonDelegation(
            live=list(found.live),
            next=list(found.following),
            is_done=found.is_done,
            ds=list(found.ds.records) if isinstance(found.ds, Answer) else [],
            ds_unanswered=str(found.ds) if isinstance(found.ds, Unanswered) else "",
            wait_s=comparison.wait_s,
        ),
        records=[_row(row) for row in comparison.rows],
        notes=list(comparison.notes),
    )
    return document.model_dump_json(indent=2) + "\n"


def build_schema() -> dict[str, Any]:
    """Return the JSON Schema of the document."""
    return with_dialect(JsonComparison.model_json_schema())


def _row(row: Row) -> JsonRow:
    return JsonRow(
        name=row.name,
        type=row.type,
        state=row.state,
        purposes=list(row.need.purposes) if row.need else [],
        needed=list(row.need.values) if row.need else [],
        live=_content(row.live),
        next=_content(row.next),
        unanswered=[str(side) for side in (row.live, row.next) if isinstance(side, Unanswered)],
    )


def _content(found: Content | Unanswered | None) -> JsonContent | None:
    return JsonContent(values=list(found.shown), ttl=found.ttl_s) if isinstance(found, Content) else None
