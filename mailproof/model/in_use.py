"""Identities and records that any environment file asks for: none of them is ever removed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mailproof.model.dns_record import DnsRecord, RecordType
from mailproof.model.domain import SendingDomain, Zone
from mailproof.model.environment import Environment
from mailproof.model.names import longest_containing
from mailproof.model.records import all_records, with_mail_from_records


@dataclass(frozen=True, slots=True)
class InUse:
    """
    Everything that some environment file asks for.

    Attributes:
        identities: Account, region and domain or address.
        records: Name and type, by `keys_of`, those included that others publish: of a MAIL FROM name (``records:
            elsewhere``), and of DMARC behind an alias. Those of DKIM are not among them: their names hold a token of
            one identity alone.
        zones: Zone name to zone and the account that owns it; of a name that is there twice, every one. That of an
            external zone says nothing.
    """

    identities: frozenset[tuple[str, str, str]]
    records: frozenset[tuple[str, str]]
    zones: dict[str, dict[Zone, str]]

    def zones_of(self, domain: str) -> dict[Zone, str]:
        """Return the zones that may hold the records of a domain, with their accounts."""
        return self.zones.get(longest_containing(domain, self.zones) or "", {})


def keys_of(record: DnsRecord) -> Iterator[tuple[str, str]]:
    """
    Yield name and type of a record that a file asks for, and of what is in its place until it is there.

    Nothing stands beside a CNAME (RFC 1034 section 3.6.2), so that one is exchanged for the other.
    """
    others = (RecordType.TXT, RecordType.MX) if record.type is RecordType.CNAME else (RecordType.CNAME,)
    yield from ((str(record.name), rdtype.value) for rdtype in (record.type, *others))


def collect_in_use(environments: Iterable[Environment]) -> InUse:
    """Collect it; give it all environments, whichever of them is looked at."""
    identities: set[tuple[str, str, str]] = set()
    records: set[tuple[str, str]] = set()
    zones: dict[str, dict[Zone, str]] = {}
    for environment in environments:
        identities |= {(environment.account, region, domain.name) for domain, region in environment.identities()}
        identities |= {(environment.account, region, address.name) for _, address, region in environment.addresses()}
        for domain in environment.domains:
            records |= {key for record in all_records(domain) for key in keys_of(record)}
            records.update(published_by_others(domain))
        for zone in environment.zones.values():
            zones.setdefault(zone.name, {})[zone] = zone.account or environment.account
    return InUse(frozenset(identities), frozenset(records), zones)


def published_by_others(domain: SendingDomain) -> Iterator[tuple[str, str]]:
    """Yield name and type of records that mail of a domain needs, and another domain has."""
    if domain.dmarc_alias:
        yield domain.dmarc_alias, RecordType.TXT.value
    if domain.mail_from and not domain.mail_from.is_published:
        needed = {*all_records(with_mail_from_records(domain))}.difference(all_records(domain))
        yield from ((str(record.name), record.type.value) for record in needed)
