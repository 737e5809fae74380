"""Identities and records that any environment file asks for: none of them is ever removed."""

from collections.abc import Iterable
from dataclasses import dataclass

from mailproof.model.domain import Zone
from mailproof.model.environment import Environment
from mailproof.model.names import longest_containing
from mailproof.model.records import all_records


@dataclass(frozen=True, slots=True)
class InUse:
    """
    Everything that some environment file asks for.

    Attributes:
        identities: Account, region and domain or address.
        records: Name and type. Those of DKIM are not among them: their names hold a token of one identity alone.
        zones: Zone name to zone and the account that owns it; of a name that is there twice, every one. That of an
            external zone says nothing.
    """

    identities: frozenset[tuple[str, str, str]]
    records: frozenset[tuple[str, str]]
    zones: dict[str, dict[Zone, str]]

    def zones_of(self, domain: str) -> dict[Zone, str]:
        """Return the zones that may hold the records of a domain, with their accounts."""
        return self.zones.get(longest_containing(domain, self.zones) or "", {})


def collect_in_use(environments: Iterable[Environment]) -> InUse:
    """Collect it; give it all environments, whichever of them is looked at."""
    identities: set[tuple[str, str, str]] = set()
    records: set[tuple[str, str]] = set()
    zones: dict[str, dict[Zone, str]] = {}
    for environment in environments:
        identities |= {(environment.account, region, domain.name) for domain, region in environment.identities()}
        identities |= {(environment.account, region, address.name) for _, address, region in environment.addresses()}
        for domain in environment.domains:
            records |= {(str(record.name), record.type.value) for record in all_records(domain)}
        for zone in environment.zones.values():
            zones.setdefault(zone.name, {})[zone] = zone.account or environment.account
    return InUse(frozenset(identities), frozenset(records), zones)
