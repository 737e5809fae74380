"""Compare two sides of a zone, record by record."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from mailproof.export.record import ExportRecord
from mailproof.live.answer import Mx, Txt, Unanswered, escaped
from mailproof.model.dns_record import RecordType
from mailproof.template.contents import RecordKey
from mailproof.zones.contents import Content, shown_record
from mailproof.zones.sides import Side

COMMON_TYPES = ("A", "AAAA", "CAA", "CNAME", "MX", "NS", "SRV", "TXT")
"""Asked at every name that is known."""
NOT_COMPARED = frozenset({"NS", "SOA", "CNAME"})
"""At the zone itself: the first two are each provider's own, the last cannot be."""
BESIDE_THE_APEX = ("www", "*")
"""Names that most zones have."""


class State(StrEnum):
    """What would become of a record by the delegation."""

    LOST = "lost"
    """It is live, and the other servers have nothing in its place."""
    CHANGED = "changed"
    """The other servers have another value."""
    MISSING = "missing"
    """Mail needs it, and neither has it."""
    NEW = "new"
    """It is not live; the other servers have it."""
    UNKNOWN = "unknown"
    """A side could not be asked, or has an alias whose answer Route 53's API does not tell."""
    SAME = "same"
    """Both have it alike."""


@dataclass(frozen=True, slots=True)
class Need:
    """
    What mail of the file needs under one name and type.

    Attributes:
        purposes: Ids of the record kinds.
        values: In the form of `Content`.
    """

    purposes: tuple[str, ...]
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """
    One name and type.

    Attributes:
        name: The name.
        type: The type.
        state: What would become of it.
        need: What mail of the file needs there; None if nothing.
        live: What resolvers are answered.
        next: What it would be answered.
    """

    name: str
    type: str
    state: State
    need: Need | None
    live: Content | Unanswered | None
    next: Content | Unanswered | None


def needs_of(records: Iterable[ExportRecord]) -> dict[RecordKey, Need]:
    """Put the records of a file together, by name and type."""
    found: dict[RecordKey, list[ExportRecord]] = {}
    for record in records:
        found.setdefault((record.name, record.type.value), []).append(record)
    return {
        key: Need(tuple(dict.fromkeys(r.kind.id for r in rows)), tuple(sorted(map(_value, rows))))
        for key, rows in found.items()
    }


def _value(record: ExportRecord) -> str:
    if record.type is RecordType.TXT:
        return shown_record(Txt((escaped(record.value.encode()),)))
    return shown_record(record.value if record.preference is None else Mx(record.preference, record.value))


async def compare_sides(zone: str, needs: Mapping[RecordKey, Need], live: Side, following: Side) -> list[Row]:
    """
    Compare all that is known to be in a zone.

    Args:
        zone: Its name.
        needs: What mail needs.
        live: Who is asked.
        following: Who would be asked.

    Returns:
        What mail needs first, the worst first within each part.
    """
    keys = [*needs, *sorted(_keys(zone, needs, live, following) - needs.keys())]

    async def compare(key: RecordKey) -> Row | None:
        found, other = await asyncio.gather(live.look(*key), following.look(*key))
        state = _judge(found, other, key in needs)
        return Row(*key, state, needs.get(key), found, other) if state else None

    rows = [row for row in await asyncio.gather(*map(compare, keys)) if row]
    order = list(State)
    return sorted(rows, key=lambda row: (row.need is None, order.index(row.state)))


def _keys(zone: str, needs: Mapping[RecordKey, Need], live: Side, following: Side) -> set[RecordKey]:
    """Return what to look at: all that a side lists and, where one is asked, common types at every name known."""
    listed = {key for side in (live, following) for key in _above_cuts(zone, side)}
    known = {name for name, _ in (*needs, *listed)} | {zone, *(f"{label}.{zone}" for label in BESIDE_THE_APEX)}
    asked = {(name, rdtype) for name in known for rdtype in COMMON_TYPES}
    keys = listed | (asked if live.is_asked or following.is_asked else set())
    return {(name, rdtype) for name, rdtype in keys if name != zone or rdtype not in NOT_COMPARED}


def _above_cuts(zone: str, side: Side) -> Iterable[RecordKey]:
    """Yield what a side lists, but what lies below a name that is delegated: glue, which others answer for."""
    cuts = {name for name, rdtype in side.listed if rdtype == "NS" and name != zone}
    for name, rdtype in side.listed:
        parts = name.split(".")
        is_below = not cuts.isdisjoint(".".join(parts[start:]) for start in range(1, len(parts)))
        if not is_below and (name not in cuts or rdtype in {"NS", "DS"}):
            yield name, rdtype


def _judge(
    live: Content | Unanswered | None,
    following: Content | Unanswered | None,
    is_needed: bool,  # noqa: FBT001
) -> State | None:
    """Return what would become of a record; None where there is none and none is needed."""
    if isinstance(live, Unanswered) or isinstance(following, Unanswered):
        return State.UNKNOWN
    if live and following:
        agrees = live.agrees(following)
        return State.UNKNOWN if agrees is None else State.SAME if agrees else State.CHANGED
    if live or following:
        return State.LOST if live else State.NEW
    return State.MISSING if is_needed else None
