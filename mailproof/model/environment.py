"""Environment, resolved: one account and the domains that send from it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from mailproof.model.address import Address
from mailproof.model.domain import SendingDomain, Zone
from mailproof.model.own_key import Keys
from mailproof.model.rollout import Rollout
from mailproof.model.stack_id import StackId
from mailproof.model.watch import Watch


@dataclass(frozen=True, slots=True)
class Source:
    """
    The place of something in an environment file.

    Attributes:
        path: The file, as it should be shown.
        line: Counted from 1.
        key: Key path such as ``domains[2]``.
    """

    path: str
    line: int | None
    key: str

    def __str__(self) -> str:
        """Show it as ``domains[2] of environments/prod.yaml:14``."""
        return f"{self.key} of {self.path}:{self.line}"


@dataclass(frozen=True, slots=True)
class Environment:
    """
    One environment.

    Attributes:
        name: The stem of its file.
        account: AWS account id of the identities.
        regions: Of every domain that names none, in the order of the file.
        dns_region: Where the stacks of records that serve all regions live.
        retain: Whether identities and records survive their stack.
        tags: Of every resource that takes tags.
        zones: Zone name to zone.
        stacks: Stacks per region, over which domains without a stack of their own spread.
        domains: In the order of the file, those that are parked last.
        rollout: How it is rolled out.
        watch: What checks it again and again; None if nothing does.
        left_keys: Own DKIM keys of domains that its key file still has, and the environment no more.
        deployed_as: Its name in the names of its stacks, if that was another when they were made; else empty.
        path: Its file, as it should be shown.
        stacks_line: Where `stacks` stands there; None if it does not.
        sources: Domain name to its place in the file.
        zone_sources: Zone name to its place in the file.
    """

    name: str
    account: str
    regions: tuple[str, ...]
    dns_region: str
    retain: bool
    tags: dict[str, str]
    zones: dict[str, Zone]
    stacks: int
    domains: tuple[SendingDomain, ...]
    rollout: Rollout = field(default_factory=Rollout)
    watch: Watch | None = None
    left_keys: Keys = field(default_factory=dict)
    deployed_as: str = ""
    path: str = field(default="", compare=False)
    stacks_line: int | None = field(default=None, compare=False)
    sources: dict[str, Source] = field(default_factory=dict, compare=False)
    zone_sources: dict[str, Source] = field(default_factory=dict, compare=False)

    @property
    def deployed_name(self) -> str:
        """Its name in the names of its stacks."""
        return self.deployed_as or self.name

    def account_of(self, stack: StackId) -> str:
        """Return the account that one of its stacks is deployed to."""
        return stack.zone_account or self.account

    def place_of(self, stack: StackId) -> tuple[str, str, str]:
        """Return account, region and name of one of its stacks, by which AWS knows it."""
        return self.account_of(stack), stack.region, stack.stack_name

    def identities(self) -> Iterator[tuple[SendingDomain, str]]:
        """Yield every identity, as a domain and a region, in the order of the file."""
        return ((domain, region) for domain in self.domains for region in domain.identity_regions)

    def addresses(self) -> Iterator[tuple[SendingDomain, Address, str]]:
        """Yield every address with an identity of its own, with its domain and each region of its."""
        return (
            (domain, address, region)
            for domain in self.domains
            for address in domain.addresses
            for region in address.regions
        )

    def places(self) -> Iterator[tuple[SendingDomain, str | None]]:
        """Yield every domain with every region of its, and once with None if it has none: all that has records."""
        return ((domain, place) for domain in self.domains for place in domain.places)

    def all_regions(self) -> tuple[str, ...]:
        """Return every region that some domain sends from, the environment's own first; the home region if none."""
        used = dict.fromkeys(region for domain in self.domains for region in domain.regions)
        used = used or dict.fromkeys(self.regions[:1])
        return tuple(region for region in dict.fromkeys((*self.regions, *used)) if region in used)
