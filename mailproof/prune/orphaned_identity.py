"""Orphaned identities with their records, stacks left behind, and the account in which they are searched for."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from mailproof.live.aws.clients import Clients, Target
from mailproof.live.aws.route53 import RecordSet
from mailproof.live.aws.stack_survey import LiveStack
from mailproof.model.roles import bootstrap_role
from mailproof.model.stack_id import StackId
from mailproof.prune.left_stack import LeftStack


@dataclass(frozen=True, slots=True)
class ZoneAccount:
    """
    Account that owns zones of environments, and holds stacks with records alone.

    Attributes:
        target: The account, with the roles that look into it.
        regions: Regions that the environments use there.
        environments: Names in the names of the stacks.
        qualifier: Of the CDK's bootstrap there.
        options: By which a command gets other credentials of it.
    """

    target: Target
    regions: frozenset[str]
    environments: frozenset[str]
    qualifier: str
    options: str = ""

    def owns(self, stack: LiveStack) -> bool:
        """Tell whether a stack may be one of these environments for the zones of this account."""
        possible = StackId.parse(stack.name, stack.region)
        return any((i.zone_account, i.environment in self.environments) == (stack.account, True) for i in possible)

    def deploying(self, region: str) -> Target:
        """Return a region of the account with the role that deletes stacks there."""
        role = bootstrap_role("deploy", self.target.account, region, self.qualifier)
        return replace(self.target, region=region, roles=(role, *self.target.roles))


@dataclass(frozen=True, slots=True)
class Account:
    """
    Account to search.

    Attributes:
        target: The account, in the first region of an environment.
        regions: Regions that the environments use there.
        clients: Its credentials.
        zones: Other accounts, which own zones of its environments.
        zone_of: Makes one of an account that stacks of this one let read, though no file names it any more.
    """

    target: Target
    regions: frozenset[str]
    clients: Clients
    zones: tuple[ZoneAccount, ...] = ()
    zone_of: Callable[[str], ZoneAccount] | None = None


@dataclass(frozen=True, slots=True)
class OrphanedRecord:
    """
    Record of an orphaned identity that can be deleted.

    Attributes:
        target: The account of its hosted zone.
        zone_id: Its hosted zone.
        record: The record set, exactly as Route 53 has it.
    """

    target: Target
    zone_id: str
    record: RecordSet


@dataclass(frozen=True, slots=True)
class OrphanedIdentity:
    """
    Identity that one of our stacks created and retained, with its records.

    Attributes:
        target: Its account and region.
        domain: The identity.
        proof: Which stack created or retained it.
        is_verified: Whether SES would send for it.
        records: Those deleted with it.
        kept: Records that stay, each with the reason.
        is_parked: Whether it is no identity, but a domain that was parked, of which there are records alone.
    """

    target: Target
    domain: str
    proof: str
    is_verified: bool
    records: tuple[OrphanedRecord, ...] = ()
    kept: tuple[str, ...] = ()
    is_parked: bool = False

    @property
    def words(self) -> str:
        """Its kind and name, for people."""
        if self.is_parked:
            return f"parked domain {self.domain!r}"
        return f"identity {self.domain!r} in {self.target.region} of {self.target.account}"


@dataclass(slots=True)
class OrphanedIdentities:
    """
    Result of a search.

    Attributes:
        stacks: Those that can be deleted, in the order in which they are.
        found: Those that can be removed.
        left: Records that a person is to judge.
        notes: What to know, and what is left alone for want of proof.
        unanswered: What could not be asked; none of it is removed.
        closed: The same of accounts of zones, and of what is only named, for want of which nothing else stays.
    """

    stacks: list[LeftStack] = field(default_factory=list)
    found: list[OrphanedIdentity] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
