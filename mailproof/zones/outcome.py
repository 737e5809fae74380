"""The outcome of a comparison."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mailproof.exit_codes import UNANSWERED, WRONG
from mailproof.live.answer import Unanswered
from mailproof.zones.comparison import Row, State
from mailproof.zones.contents import Content
from mailproof.zones.delegation import Delegation

DIFFERS = frozenset({State.LOST, State.CHANGED, State.MISSING, State.NEW})


@dataclass(frozen=True, slots=True)
class Comparison:
    """
    The outcome of a comparison.

    Attributes:
        environment: Name of the environment whose mail is looked at.
        zone: Name of the zone.
        following: Who is to be asked: a hosted zone, or servers.
        listing: What lists all of the live zone; empty if nothing does.
        delegation: How the zone is delegated.
        rows: What mail needs first, the worst first within each part.
        records_exit_code: Of the list of records that mail needs: 1 if an identity is missing, 3 if SES could not be
            asked.
        notes: What else a person should know.
    """

    environment: str
    zone: str
    following: str
    listing: str
    delegation: Delegation
    rows: Sequence[Row]
    records_exit_code: int = 0
    notes: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 all the same, 1 something differs or bars the delegation, 3 something could not be asked."""
        states = {row.state for row in self.rows}
        if states & DIFFERS or self.delegation.breaks_dnssec or self.records_exit_code == WRONG:
            return WRONG
        is_open = State.UNKNOWN in states or isinstance(self.delegation.ds, Unanswered) or self.records_exit_code
        return UNANSWERED if is_open else 0

    @property
    def record_ttl_s(self) -> int:
        """The seconds for which resolvers keep what they were answered."""
        return max((content.ttl_s for content in self._live()), default=0)

    @property
    def wait_s(self) -> int:
        """The seconds after the delegation in which old servers may still be asked, and their answers kept."""
        return self.delegation.ns_ttl_s + self.record_ttl_s

    def _live(self) -> Iterator[Content]:
        return (row.live for row in self.rows if isinstance(row.live, Content))
