"""A lookup that does not ask for names in zones that are judged as a whole."""

from mailproof.live.answer import MxAnswer, NameAnswer, TxtAnswer
from mailproof.live.record_facts import SUPPRESSED
from mailproof.live.resolver import Lookup
from mailproof.model.names import longest_containing


class SuppressingLookup:
    """
    Answers `SUPPRESSED` for names in some zones, and asks for all others.

    Args:
        lookup: Asked for the others.
        zones: All zones of the file: a name belongs to the longest that contains it.
        suppressed: Those that are judged as a whole.
    """

    def __init__(self, lookup: Lookup, zones: frozenset[str], suppressed: frozenset[str]) -> None:
        self._lookup = lookup
        self._zones = dict.fromkeys(zones)
        self._suppressed = suppressed

    async def names(self, name: str, rdtype: str, *, checking_disabled: bool = False) -> NameAnswer:
        """Ask for A, AAAA, CNAME or NS records."""
        if self._is_suppressed(name):
            return SUPPRESSED
        return await self._lookup.names(name, rdtype, checking_disabled=checking_disabled)

    async def mx(self, name: str) -> MxAnswer:
        """Ask for MX records."""
        return SUPPRESSED if self._is_suppressed(name) else await self._lookup.mx(name)

    async def txt(self, name: str) -> TxtAnswer:
        """Ask for TXT records."""
        return SUPPRESSED if self._is_suppressed(name) else await self._lookup.txt(name)

    def _is_suppressed(self, name: str) -> bool:
        return longest_containing(name, self._zones) in self._suppressed
