"""Selection of the records to export."""

from dataclasses import dataclass

from mailproof.model.domain import SendingDomain, Zone


@dataclass(frozen=True, slots=True)
class RecordSelection:
    """
    What to export; an empty part narrows nothing.

    Attributes:
        domains: Sending domains.
        regions: AWS regions.
        zones: DNS zones.
        external: Only zones that other DNS providers serve, now or still.
    """

    domains: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    zones: frozenset[str] = frozenset()
    external: bool = False

    def takes_domain(self, domain: SendingDomain) -> bool:
        """Tell whether a domain is asked for."""
        return not self.domains or domain.name in self.domains

    def takes_region(self, region: str | None) -> bool:
        """Tell whether a region is asked for; what serves all regions is, whichever that are."""
        return not self.regions or region is None or region in self.regions

    def takes_zone(self, zone: Zone) -> bool:
        """Tell whether a zone is asked for."""
        return (not self.zones or zone.name in self.zones) and (zone.is_served_elsewhere or not self.external)
