"""What is left of domains that no environment file lists any more, and the account in which it is looked for."""

from dataclasses import dataclass, field

from mailproof.live.aws.clients import Clients, Target
from mailproof.live.aws.route53 import RecordSet


@dataclass(frozen=True, slots=True)
class Account:
    """
    An account to look through.

    Attributes:
        place: The account, in the first region of an environment.
        regions: Regions that the environments use there.
        clients: Its credentials.
    """

    place: Target
    regions: frozenset[str]
    clients: Clients


@dataclass(frozen=True, slots=True)
class LeftRecord:
    """
    A record of a leftover that can go.

    Attributes:
        zone_id: Its hosted zone.
        record: The record set, exactly as Route 53 has it.
    """

    zone_id: str
    record: RecordSet


@dataclass(frozen=True, slots=True)
class OrphanedIdentity:
    """
    An identity that a stack of ours made and has let go, with its records.

    Attributes:
        place: Its account and region.
        domain: The identity.
        proof: What shows that it is ours.
        is_verified: Whether SES would send for it.
        records: What goes with it.
        kept: Records that stay, each with the reason.
    """

    place: Target
    domain: str
    proof: str
    is_verified: bool
    records: tuple[LeftRecord, ...] = ()
    kept: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """What people know it by."""
        return f"identity {self.domain!r} in {self.place.region} of {self.place.account}"


@dataclass(slots=True)
class OrphanedIdentities:
    """
    What is left behind.

    Attributes:
        found: What can go.
        notes: What to know, and what is left alone for want of proof.
        unanswered: What could not be asked; of this nothing goes.
    """

    found: list[OrphanedIdentity] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
