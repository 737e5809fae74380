"""What stacks hold. `ITEMS` is what everything that places, weighs or builds loops over."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from mailproof.model.address import Address
from mailproof.model.dns_record import DkimPair, DnsRecord
from mailproof.model.domain import SendingDomain
from mailproof.model.environment import Environment
from mailproof.model.policy_host import TAGGED, build_policy_host
from mailproof.model.records import domain_wide_records, regional_records
from mailproof.model.resources import Resources, build_address, build_identity, build_record_sets

DKIM_OUTPUTS = 6  # name and target of three records
# Bytes of a template, apart from names and values: tests/model/test_template_size.py holds them against real ones.
ID_BYTES = 16  # kind and hash; the letters and digits of the domain between them have a limit
READABLE_ID_LIMIT = 120
IDENTITY_BYTES = 210
REPLICA_BYTES = 60
MAIL_FROM_BYTES = 85
RECORD_SET_BYTES = 190
RECORD_BYTES = 66
ATTRIBUTE_BYTES = 64
OUTPUT_BYTES = 100
POLICY_BYTES = 75  # removal policies of a resource
UNKNOWN_DKIM: tuple[DkimPair, ...] = (("", ""),) * 3

DkimSource = Callable[[str], Sequence[DkimPair]]
"""Returns name and target of each CNAME of Easy DKIM of a domain, as a stack writes them."""


class Weight(NamedTuple):
    """
    Share of a stack's quotas in CloudFormation.

    Attributes:
        resources: As CloudFormation counts them.
        outputs: As CloudFormation counts them.
        bytes: Of its template, estimated from above.
    """

    resources: int
    outputs: int
    bytes: int

    def plus(self, other: "Weight") -> "Weight":
        """Add two."""
        return Weight(self.resources + other.resources, self.outputs + other.outputs, self.bytes + other.bytes)


class StackItem(Protocol):
    """Resources that belong together in one stack, of a domain or of a region."""

    @property
    def domain(self) -> SendingDomain | None:
        """The domain that it is for; None if it serves a whole region: it is then in the first stack there."""
        ...

    @property
    def region(self) -> str | None:
        """The region that it serves; None if it serves all of them: it is then in the DNS stack."""
        ...

    @property
    def zone_account(self) -> str | None:
        """The account of its zone, which holds it, if another than the environment's."""
        ...

    @property
    def key(self) -> tuple[str, ...]:
        """Kind and names, which tell it from everything else in its stack: a logical id hangs on nothing else."""
        ...

    def weigh(self, tags_bytes: int = 0) -> Weight:
        """Say what it takes of a stack, each of whose resources has tags of so many bytes, if it takes tags."""
        ...

    def resources(self, dkim: DkimSource) -> Resources:
        """Build its resources; tags and removal policies are added to all that are in a stack."""
        ...


@dataclass(frozen=True, slots=True)
class IdentityItem:
    """
    The SES identity of a domain in one region.

    Attributes:
        domain: The domain.
        region: The region.
    """

    domain: SendingDomain
    region: str

    @property
    def zone_account(self) -> None:
        """None: identities are in the environment's account."""
        return

    @property
    def key(self) -> tuple[str, ...]:
        """Kind and domain."""
        return ("Identity", self.domain.name)

    def weigh(self, tags_bytes: int = 0) -> Weight:
        """Weigh it, with outputs that hand its DKIM tokens to a stack in another account."""
        outputs = DKIM_OUTPUTS if self.domain.zone.account and self.domain.has_tokens_in(self.region) else 0
        id_bytes = _id_bytes(self.domain)
        size = IDENTITY_BYTES + id_bytes + len(self.domain.name) + tags_bytes + outputs * (OUTPUT_BYTES + 2 * id_bytes)
        if signing := self.domain.signing.identity_properties(self.region):
            size += len(json.dumps(signing))
        size += REPLICA_BYTES if self.domain.parent_of(self.region) else 0
        if self.domain.mail_from:
            size += MAIL_FROM_BYTES + len(self.domain.mail_from.name(self.region))
        return Weight(1, outputs, size)

    def resources(self, dkim: DkimSource) -> Resources:  # noqa: ARG002 -- of the protocol
        """Build it."""
        return build_identity(self.domain, self.region)


@dataclass(frozen=True, slots=True)
class AddressItem:
    """
    The identity of an address in one region.

    Attributes:
        domain: The domain that it belongs to.
        region: The region.
        address: The address.
    """

    domain: SendingDomain
    region: str
    address: Address

    @property
    def zone_account(self) -> None:
        """None: identities are in the environment's account."""
        return

    @property
    def key(self) -> tuple[str, ...]:
        """Kind, domain and address."""
        return ("Address", self.domain.name, self.address.name)

    def weigh(self, tags_bytes: int = 0) -> Weight:
        """Weigh it as the identity of a domain, whose settings it has."""
        _, _, size = IdentityItem(self.domain, self.region).weigh(tags_bytes)
        return Weight(1, 0, size + 2 * len(self.address.name))

    def resources(self, dkim: DkimSource) -> Resources:  # noqa: ARG002 -- of the protocol
        """Build it."""
        return build_address(self.address, self.domain, self.region)


@dataclass(frozen=True, slots=True)
class RecordSetsItem:
    """
    The records of a domain in zones of one account that serve one region, or all.

    Attributes:
        domain: The domain.
        region: The region served; None for what serves all regions.
        zone_account: The account of the zones, if another than the environment's.
    """

    domain: SendingDomain
    region: str | None
    zone_account: str | None = None

    @property
    def key(self) -> tuple[str, ...]:
        """Kind and domain; a zone other than the domain's is added to it."""
        return ("Records" if self.region else "SharedRecords", self.domain.name)

    def records(self, dkim: Sequence[DkimPair]) -> list[DnsRecord]:
        """List the records; arguments as for `expected_records`."""
        if self.region is None:
            found = domain_wide_records(self.domain)
        else:
            found = regional_records(self.domain, self.region, dkim)
        return [r for r in found if not r.zone.is_external and r.zone.account == self.zone_account]

    def weigh(self, tags_bytes: int = 0) -> Weight:  # noqa: ARG002 -- record sets take no tags
        """Weigh them."""
        records = self.records(UNKNOWN_DKIM)
        resources = len(records) if self.domain.individual_records else len({record.zone for record in records})
        id_bytes = _id_bytes(self.domain)
        size = resources * (RECORD_SET_BYTES + id_bytes) + sum(_record_bytes(record, id_bytes) for record in records)
        return Weight(resources, 0, size)

    def resources(self, dkim: DkimSource) -> Resources:
        """Build them."""
        tokens = dkim(self.domain.name) if self.region and self.domain.has_tokens_in(self.region) else ()
        return build_record_sets(self.domain, self.records(tokens), self.key[0])


@dataclass(frozen=True, slots=True)
class PolicyHostItem:
    """
    What serves the MTA-STS policy of a domain, beside its record.

    Attributes:
        domain: The domain.
    """

    domain: SendingDomain

    @property
    def region(self) -> None:
        """None: one for all regions."""
        return

    @property
    def zone_account(self) -> str | None:
        """The account of the domain's zone, in which the certificate is proved."""
        return self.domain.zone.account

    @property
    def key(self) -> tuple[str, ...]:
        """Kind and domain."""
        return ("PolicyHost", self.domain.name)

    def weigh(self, tags_bytes: int = 0) -> Weight:
        """Weigh it by what it is built of."""
        built = self.resources(_no_dkim)
        tagged = sum(resource["Type"] in TAGGED for resource in built.values())
        return Weight(len(built), 0, len(json.dumps(built)) + len(built) * POLICY_BYTES + tagged * tags_bytes)

    def resources(self, dkim: DkimSource) -> Resources:  # noqa: ARG002 -- of the protocol
        """Build it."""
        return build_policy_host(self.domain)


def _no_dkim(_: str) -> Sequence[DkimPair]:
    return ()


def _id_bytes(domain: SendingDomain) -> int:
    return ID_BYTES + min(len(domain.name) - domain.name.count("."), READABLE_ID_LIMIT)


def _record_bytes(record: DnsRecord, id_bytes: int) -> int:
    # Attributes of the identity. Read from another stack they take more, of which outputs let only a few through.
    if record.token_number is not None:
        return RECORD_BYTES + 2 * (ATTRIBUTE_BYTES + id_bytes)
    values = sum(len(str(value)) for value in record.values)
    return RECORD_BYTES + len(str(record.name)) + values * 51 // 50  # text is quoted in pieces


def _identities(environment: Environment) -> Iterable[IdentityItem]:
    return (IdentityItem(domain, region) for domain, region in environment.identities())


def _addresses(environment: Environment) -> Iterable[AddressItem]:
    return (AddressItem(domain, region, address) for domain, address, region in environment.addresses())


def _record_sets(environment: Environment) -> Iterator[RecordSetsItem]:
    for domain in environment.domains:
        yield from (RecordSetsItem(domain, None, account) for account in _accounts(domain_wide_records(domain)))
        accounts = _accounts(regional_records(domain, domain.home_region, UNKNOWN_DKIM))
        for region in domain.regions:
            if domain.elsewhere or domain.signing.parent:  # regions need not have the same
                accounts = _accounts(regional_records(domain, region, UNKNOWN_DKIM))
            yield from (RecordSetsItem(domain, region, account) for account in accounts)


def _accounts(records: Iterable[DnsRecord]) -> list[str | None]:
    return list(dict.fromkeys(record.zone.account for record in records if not record.zone.is_external))


def _policy_hosts(environment: Environment) -> Iterable[PolicyHostItem]:
    return (PolicyHostItem(domain) for domain in environment.domains if domain.serves_policy)


ITEMS: tuple[Callable[[Environment], Iterable[StackItem]], ...] = (_identities, _addresses, _record_sets, _policy_hosts)
"""One function per kind of item, which lists those of an environment in the order of the file."""
