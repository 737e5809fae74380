"""One DNS record as it is exported: absolute and relative name, value and preference apart."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from mailproof.model.dns_record import RecordType
from mailproof.model.domain import Zone
from mailproof.model.names import fully_qualified
from mailproof.model.record_kind import RecordKind

APEX = "@"


@dataclass(frozen=True, slots=True)
class ExportRecord:
    """
    One value of a record set of one zone.

    Attributes:
        zone: The zone that holds it.
        name: Owner name, without a trailing dot.
        type: Its type.
        preference: Of an MX; None for other types.
        value: CNAME, MX: the host without a trailing dot. TXT: the text as a receiver reads it.
        ttl_s: Time to live, seconds.
        kind: What it is for.
        environment: The environment that asks for it.
        domain: The sending domain that needs it.
        regions: The regions that it serves; empty if it serves all of them.
    """

    zone: Zone
    name: str
    type: RecordType
    preference: int | None
    value: str
    ttl_s: int
    kind: RecordKind
    environment: str
    domain: str
    regions: tuple[str, ...]

    @property
    def sort_key(self) -> tuple[str, str, str, str, str]:
        """The order of every export: zone, name, type, value."""
        return self.zone.name, self.zone.id or "", self.name, self.type, self.value

    @property
    def full_name(self) -> str:
        """The name with its trailing dot, which no DNS host completes."""
        return absolute(self.name)

    @property
    def name_in_zone(self) -> str:
        """The name without the zone, as most DNS consoles ask for it; ``@`` for the zone itself."""
        return APEX if self.name == self.zone.name else self.name.removesuffix(f".{self.zone.name}")

    @property
    def data(self) -> str:
        """The value without the preference: a host with its trailing dot, or a text without quotation marks."""
        return self.value if self.type is RecordType.TXT else absolute(self.value)

    @property
    def region_label(self) -> str:
        """The regions that it serves, as a person reads them."""
        return ", ".join(self.regions) or "all"


def absolute(name: str) -> str:
    """Return a name with its trailing dot, as text."""
    return str(fully_qualified(name))


def by_zone(records: Iterable[ExportRecord]) -> list[tuple[Zone, list[ExportRecord]]]:
    """Split sorted records by zone; two hosted zones of one name stay apart."""
    return [(zone, list(group)) for zone, group in groupby(records, key=lambda record: record.zone)]
