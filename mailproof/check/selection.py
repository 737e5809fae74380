"""Selection of domains and regions of an environment."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from mailproof.model.domain import Place, SendingDomain
from mailproof.model.environment import Environment


@dataclass(frozen=True, slots=True)
class Selection:
    """
    Domains and regions to look at.

    Attributes:
        domains: Names; empty takes all.
        regions: Regions; empty takes all.
    """

    domains: Collection[str] = ()
    regions: Collection[str] = ()

    @property
    def is_everything(self) -> bool:
        """Whether neither domains nor regions are chosen."""
        return not (self.domains or self.regions)

    def domains_of(self, environment: Environment) -> list[SendingDomain]:
        """Return the domains to look at, in the order of the file: one without regions whichever are asked for."""
        return [
            domain
            for domain in environment.domains
            if (not self.domains or domain.name in self.domains) and (self.regions_of(domain) or not domain.regions)
        ]

    def regions_of(self, domain: SendingDomain) -> list[str]:
        """Return the regions of a domain to look at."""
        return [region for region in domain.regions if not self.regions or region in self.regions]

    def identity_regions_of(self, domain: SendingDomain) -> list[str]:
        """Return those of them in which it has an identity of ours."""
        return [region for region in self.regions_of(domain) if region in domain.identity_regions]

    def places_of(self, domain: SendingDomain) -> Sequence[Place]:
        """Return the places of a domain to look at: regions, or the one None of a domain without any."""
        return self.regions_of(domain) if domain.regions else domain.places

    def zones_of(self, environment: Environment) -> list[str]:
        """Return the zones to look at: all of the file, or those of the domains selected."""
        if not self.domains:
            return list(environment.zones)
        used = {domain.zone.name for domain in self.domains_of(environment)}
        return [name for name in environment.zones if name in used]
