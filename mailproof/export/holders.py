"""The zones that really hold the records of external zones: names are entered there, relative to them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from mailproof.export.collect import RecordList
from mailproof.live.answer import Answer, Unanswered, is_timeout
from mailproof.live.asking import asking
from mailproof.live.resolver import Budget, Lookup
from mailproof.live.transport import Server
from mailproof.live.zone_reader import read_zone
from mailproof.model.domain import Zone
from mailproof.model.environment import Environment
from mailproof.model.names import longest_containing, names_between

Item = TypeVar("Item")
Found = TypeVar("Found")
AT_ONCE = 32  # that are asked about; no more are where all of them were silent
NOT_ASKED = Unanswered("not asked", "too many others do not answer")


@dataclass(frozen=True, slots=True)
class Holders:
    """
    What live DNS says of the zones that the files call external.

    Attributes:
        zones: Zone of the files to the zone above it that holds its names, if it is not a zone of its own.
        unknown: Zone of the files to why that is not known: its names are relative to it then.
        cuts: Names below the zones that are delegated, and so zones of their own.
        known: Zones of the files by name, which may be of Route 53.
    """

    zones: Mapping[str, str] = field(default_factory=dict)
    unknown: Mapping[str, Unanswered] = field(default_factory=dict)
    cuts: frozenset[str] = frozenset()
    known: Mapping[str, Zone] = field(default_factory=dict)

    def zone_of(self, zone: Zone, name: str) -> Zone:
        """Return the zone that holds a name, given the one that the file says does."""
        if not zone.is_external:
            return zone
        holder = longest_containing(name, {**dict.fromkeys(self.cuts), self.zones.get(zone.name, zone.name): None})
        return zone if holder in {None, zone.name} else self.known.get(str(holder), Zone(str(holder)))

    def place(self, found: RecordList) -> RecordList:
        """Put each record into the zone that holds it."""
        placed = (replace(record, zone=self.zone_of(record.zone, record.name)) for record in found.records)
        return replace(found, records=tuple(sorted(placed, key=lambda record: record.sort_key)))

    def notes(self) -> Iterator[str]:
        """Say where the files and live DNS differ, a line each."""
        for name, holder in self.zones.items():
            yield f"{name} is part of zone {holder}: names are relative to that"
        for cut in sorted(self.cuts):
            yield f"{cut} is a zone of its own, at other servers: names in it are relative to that"
        for name, why in self.unknown.items():
            yield f"{name}: whether it is a zone of its own is not known ({why}); names are relative to it"


async def find_holders(
    lookup: Lookup, names: Mapping[Zone, Sequence[str]], environments: Iterable[Environment]
) -> Holders:
    """
    Ask DNS which zones hold the names of external zones.

    Args:
        lookup: Answers.
        names: Names of records by the zone that the files say holds them.
        environments: Whose zones may hold them instead.
    """
    external = [zone for zone in names if zone.is_external]
    above = dict(zip(external, await _in_batches(external, lambda zone: _zone_above(lookup, zone)), strict=True))
    held = {zone: holder for zone, holder in above.items() if not isinstance(holder, Unanswered)}
    between = dict.fromkeys(name for zone in held for owner in names[zone] for name in names_between(owner, zone.name))
    answers = zip(between, await _in_batches(list(between), lambda name: lookup.names(name, "NS")), strict=True)
    cuts = (name for name, answer in answers if isinstance(answer, Answer) and answer.alias is None)
    return Holders(
        zones={zone.name: holder for zone, holder in held.items() if holder},
        unknown={zone.name: why for zone, why in above.items() if isinstance(why, Unanswered)},
        cuts=frozenset(cuts),
        known={zone.name: zone for environment in environments for zone in environment.zones.values()},
    )


def ask_for_holders(
    names: Mapping[Zone, Sequence[str]], environments: Iterable[Environment], resolver: Server | None, timeout_s: float
) -> Holders:
    """Ask DNS which zones hold the names of external zones; nothing is asked where there is none."""
    if not any(zone.is_external for zone in names):
        return Holders()

    async def ask() -> Holders:
        with asking(resolver, Budget(timeout_s)) as (lookup, _):
            return await find_holders(lookup, names, environments)

    return asyncio.run(ask())


async def _zone_above(lookup: Lookup, zone: Zone) -> str | Unanswered | None:
    """Return the zone above that holds the names of a zone; None if it is one of its own, or not registered yet."""
    facts = await read_zone(lookup, None, zone)
    if isinstance(facts.servers, Unanswered) and isinstance(facts.unchecked, Unanswered):
        return facts.servers
    return facts.above


async def _in_batches(items: Sequence[Item], ask: Callable[[Item], Awaitable[Found]]) -> list[Found | Unanswered]:
    """Ask about many, some at a time; a resolver that answers nothing is not waited for again and again."""
    found: list[Found | Unanswered] = []
    for start in range(0, len(items), AT_ONCE):
        batch = items[start : start + AT_ONCE]
        is_silent = bool(found) and all(is_timeout(one) or one is NOT_ASKED for one in found[-AT_ONCE:])
        found += [NOT_ASKED] * len(batch) if is_silent else await asyncio.gather(*map(ask, batch))
    return found
