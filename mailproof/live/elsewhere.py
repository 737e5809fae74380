"""Other names at which a record may stand by mistake, and what is there."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from mailproof.live.answer import DnsAnswer
from mailproof.live.resolver import Lookup
from mailproof.model.domain import SendingDomain, Zone
from mailproof.model.environment import Environment

DOUBLING_ZONES_LIMIT = 16  # behind each absent name that many are tried


class Place(StrEnum):
    """How a record came to another name."""

    DOUBLED = "doubled"
    """Something stands behind the name that a DNS host, or a person, appended."""
    WRONG_LEVEL = "wrong-level"
    """It was entered for a name above."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """
    A name at which a wanted record may stand by mistake.

    Attributes:
        place: How it would have come there.
        name: The name.
        answer: What is there, of the record's type.
    """

    place: Place
    name: str
    answer: DnsAnswer


@dataclass(frozen=True, slots=True)
class DomainLook:
    """
    A look at the records of one domain.

    Attributes:
        lookup: Answers.
        domain: The domain.
        zones: Names of the zones that may be found behind a name by mistake, the domain's own first.
        environment: Whose file has the domain; None outside a check.
    """

    lookup: Lookup
    domain: SendingDomain
    zones: tuple[str, ...]
    environment: Environment | None = None

    def deployed_by(self, zone: Zone) -> Environment | None:
        """Return the environment whose stacks hold records in a zone; None if other servers are asked."""
        return None if zone.is_served_elsewhere else self.environment

    async def elsewhere(
        self, name: str, ask: Callable[[str], Awaitable[DnsAnswer]], levels: Iterable[str] = ()
    ) -> tuple[Elsewhere, ...]:
        """
        Ask for a record at the names where it stands by mistake.

        Args:
            name: Its name, at which it is absent.
            ask: Asks for its type.
            levels: Names above for which it may have been entered.
        """
        places = [(Place.DOUBLED, where) for where in doubled_names(name, self.zones)]
        places += [(Place.WRONG_LEVEL, where) for where in levels if where != name]
        answers = await asyncio.gather(*(ask(where) for _, where in places))
        return tuple(Elsewhere(*place, answer) for place, answer in zip(places, answers, strict=True))


def look_at(
    lookup: Lookup, domain: SendingDomain, zones: Iterable[str] = (), environment: Environment | None = None
) -> DomainLook:
    """Begin a look at a domain, given all zones of the files and the environment whose file has it."""
    known = dict.fromkeys((domain.zone.name, *zones))
    return DomainLook(lookup, domain, tuple(known)[:DOUBLING_ZONES_LIMIT], environment)


def doubled_names(name: str, zones: Sequence[str]) -> list[str]:
    """
    List what a name becomes where something is appended to it: a zone, or its last label once more.

    Source: RFC 1035 section 5.1
    """
    return list(dict.fromkeys(f"{name}.{behind}" for behind in (*zones, name.rpartition(".")[2])))
