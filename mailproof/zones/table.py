"""A comparison for a person: what would be lost, and what comes next."""

from collections import Counter
from collections.abc import Iterator, Sequence

from mailproof.live.answer import Answer, Unanswered
from mailproof.zones.comparison import Row, State
from mailproof.zones.contents import Content
from mailproof.zones.outcome import Comparison

NOTHING = "nothing"
SPANS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


def build_table(comparison: Comparison) -> str:
    """Write a comparison."""
    mail = [row for row in comparison.rows if row.need]
    others = [row for row in comparison.rows if not row.need]
    parts = (
        _sides(comparison),
        _part(f"What mail of {comparison.environment} needs", mail),
        _part("Everything else that is known", others),
        _coverage(comparison),
        *([list(comparison.notes)] if comparison.notes else []),
        _dnssec(comparison),
        _next(comparison),
    )
    return "\n\n".join("\n".join(lines) for lines in parts if lines) + "\n"


def _sides(comparison: Comparison) -> list[str]:
    found = comparison.delegation
    asked = ", ".join(found.live) or (f"the servers of {found.above}" if found.above else "nobody")
    return [f"{comparison.zone}", f"  live: {asked}", f"  next: {comparison.following}"]


def _part(title: str, rows: Sequence[Row]) -> list[str]:
    counts = Counter(row.state for row in rows)
    words = ", ".join(f"{counts[state]} {state}" for state in State if counts[state]) or "none"
    return [f"{title}: {words}", *(line for row in rows if row.state is not State.SAME for line in _row(row))]


def _row(row: Row) -> Iterator[str]:
    purposes = f"  ({', '.join(row.need.purposes)})" if row.need else ""
    yield f"  {row.state:<8}{row.type:<6}{row.name}{purposes}"
    for side, found in (("live", row.live), ("next", row.next)):
        yield f"          {side}: {_shown(found)}"
    if row.state is State.MISSING and row.need:
        yield f"          needs: {', '.join(row.need.values)}"


def _shown(found: Content | Unanswered | None) -> str:
    if isinstance(found, Unanswered):
        return f"could not ask: {found}"
    return f"{', '.join(found.shown)}  (TTL {found.ttl_s} s)" if found else NOTHING


def _coverage(comparison: Comparison) -> list[str]:
    if comparison.listing:
        return [f"Complete: {comparison.listing} lists the live zone."]
    return [
        "Not complete: nobody lists the live zone. Compared are the names of the hosted zone and of the file, the zone",
        "itself, www and *; what the live zone holds at other names cannot be seen, and would be lost. Export the zone",
        "at its provider and give the file by --zone-file; if it is another hosted zone, its id by --old-hosted-zone.",
    ]


def _dnssec(comparison: Comparison) -> list[str]:
    found = comparison.delegation
    if isinstance(found.ds, Unanswered):
        return [f"DNSSEC: could not ask for the DS record at the parent: {found.ds}"]
    if not found.breaks_dnssec or not isinstance(found.ds, Answer):
        return []
    return [
        f"DNSSEC: the parent has a DS record for the keys of the live zone ({', '.join(found.ds.records)}).",
        "Resolvers that validate would refuse what the next servers answer, and mail would fail. Before the delegation",
        f"let the registrar remove it and wait {_span(found.ds.ttl_s)}, its TTL; sign the zone again afterwards.",
    ]


def _next(comparison: Comparison) -> list[str]:
    found = comparison.delegation
    if found.is_done:
        return [f"Resolvers ask {comparison.following} already."]
    kept = f"NS {_span(found.ns_ttl_s)}, records up to {_span(comparison.record_ttl_s)}"
    return [
        f"Delegation: when nothing is lost or missing, set at the registrar (or in {found.above or 'the zone above'}):",
        *(f"  {server}" for server in found.following),
        f"Resolvers keep the old servers and their answers for up to {_span(comparison.wait_s)} ({kept}).",
        "Until then, keep the old zone as it is and change no record that mail needs. To go back, set the old servers.",
        f"Then: mailproof wait --environment {comparison.environment}",
    ]


def _span(seconds: int) -> str:
    """Write a time in its two largest units."""
    words = []
    for unit, size in SPANS:
        count, seconds = divmod(seconds, size)
        if count:
            words.append(f"{count} {unit}{'s' if count > 1 else ''}")
    return " ".join(words[:2]) or "0 seconds"
