"""The two sides of a comparison: servers that are asked, and what can be listed."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from mailproof.live.answer import Unanswered
from mailproof.live.resolver import Lookup
from mailproof.zones.contents import Content, Contents, of_answer


class Side(Protocol):
    """Who answers, now or after the delegation."""

    @property
    def listed(self) -> Contents:
        """What it is known to hold; its names are looked at on both sides."""
        ...

    @property
    def is_asked(self) -> bool:
        """Whether it may hold more at a name than is listed."""
        ...

    async def look(self, name: str, rdtype: str) -> Content | Unanswered | None:
        """Return what it answers; None for nothing."""
        ...


@dataclass(frozen=True)
class ListedSide:
    """
    A hosted zone, all of whose record sets are known.

    Attributes:
        listed: Its record sets.
    """

    listed: Contents
    is_asked: bool = field(default=False, init=False)

    async def look(self, name: str, rdtype: str) -> Content | None:
        """Return what it answers, by a wildcard too."""
        source = name if name in self._names else self._wildcard(name)
        return self.listed.get((source, rdtype))

    @cached_property
    def _names(self) -> frozenset[str]:
        """All names that exist: a name exists if one below it does."""
        parts = (name.split(".") for name, _ in self.listed)
        return frozenset(".".join(part[start:]) for part in parts for start in range(len(part)))

    def _wildcard(self, name: str) -> str:
        """Return the wildcard below the closest name that exists (RFC 4592 section 3.3.1)."""
        above = name.partition(".")[2]
        while above and above not in self._names:
            above = above.partition(".")[2]
        return f"*.{above}"


@dataclass(frozen=True)
class AskedSide:
    """
    Servers that are asked.

    Attributes:
        lookup: Asks them.
        listed: What they are known to hold: a zone file, a zone transfer; empty if nothing is.
    """

    lookup: Lookup
    listed: Contents = field(default_factory=dict)
    is_asked: bool = field(default=True, init=False)

    async def look(self, name: str, rdtype: str) -> Content | Unanswered | None:
        """Ask."""
        ask = {"MX": self.lookup.mx, "TXT": self.lookup.txt}.get(rdtype)
        answer = await (ask(name) if ask else self.lookup.names(name, rdtype))
        return answer if isinstance(answer, Unanswered) else of_answer(answer)
