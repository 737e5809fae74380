"""Zones of live DNS: Route 53's of all accounts, other providers', and those of AWS services."""

from dataclasses import dataclass
from typing import Protocol

import dns.exception
import dns.rdatatype
import dns.zone

from mailproof.localaws.dns.escapes import as_route53
from mailproof.localaws.errors import ControlError
from mailproof.localaws.names import ancestors, dotted, host_name, is_within
from mailproof.localaws.route53.hosted_zones import index_of, zone_names, zones_named
from mailproof.localaws.route53.index import RecordIndex, RecordSet


class Zone(Protocol):
    """Records of one zone, by name."""

    name: str

    def at(self, name: str) -> list[RecordSet]:
        """Return the record sets of a name."""

    def exists(self, name: str) -> bool:
        """Tell whether the name exists in the zone."""


@dataclass
class IndexedZone:
    """A zone over an index of its records."""

    name: str
    index: RecordIndex

    def at(self, name: str) -> list[RecordSet]:
        """Return the record sets of a name."""
        return self.index.at(name)

    def exists(self, name: str) -> bool:
        """Tell whether the name exists in the zone."""
        return self.index.exists(name)


@dataclass
class Delegation:
    """Delegation of a zone by its parent, where it differs from the zone's own records."""

    cut: bool = False
    zone_id: str | None = None


_external: dict[str, IndexedZone] = {}
_delegations: dict[str, Delegation] = {}
_built_in: dict[str, Zone] = {}


def zone_for(name: str) -> Zone | None:
    """Return the zone with the longest name that contains `name`."""
    for candidate in ancestors(name):
        zone = _zone_named(candidate)
        if zone is not None:
            return zone
    return None


def _zone_named(name: str) -> Zone | None:
    """
    Return the zone that live DNS has under that name.

    The delegation says which. Without it an external zone wins: it was put there because another provider answers; of
    several public hosted zones the first created does.
    """
    wanted = delegation_of(name).zone_id
    if name in _external and wanted is None:
        return _external[name]
    if name in _built_in:
        return _built_in[name]
    public = [zone for zone in zones_named(name) if not zone.private]
    chosen = next((zone for zone in public if zone.zone_id == wanted), public[0] if public else None)
    return IndexedZone(name, index_of(chosen)) if chosen else None


def names_within(name: str) -> set[tuple[str, str]]:
    """Return name and type of what any zone has at or below a name, whether live DNS asks that zone or another."""
    near = [zone for zone in {*_external, *zone_names()} if is_within(zone, name) or is_within(name, zone)]
    indexes = [_external[zone].index for zone in near if zone in _external]
    indexes += [index_of(hosted) for zone in near for hosted in zones_named(zone) if not hosted.private]
    held = ((host_name(record["Name"]), record["Type"]) for index in indexes for record in list(index.records))
    return {(owner, rdtype) for owner, rdtype in held if is_within(owner, name)}


def is_registered_above(name: str) -> bool:
    """Tell whether some zone has the same top-level domain, whose registry then knows that the name is nobody's."""
    top = name.rpartition(".")[2]
    zones = [*_external, *_built_in, *zone_names()]
    return any(zone.rpartition(".")[2] == top for zone in zones)


def delegation_of(name: str) -> Delegation:
    """Return what is set for the delegation of that zone."""
    return _delegations.get(name, Delegation())


def find_cut(name: str) -> str | None:
    """Return the zone at or above `name` whose delegation is cut."""
    return next((candidate for candidate in ancestors(name) if delegation_of(candidate).cut), None)


def set_delegation(name: str, *, cut: bool = False, zone_id: str | None = None) -> None:
    """
    Set the delegation of a zone.

    Raises:
        ControlError: No zone of that name has the id.
    """
    if zone_id and zone_id not in {zone.zone_id for zone in zones_named(host_name(name))}:
        raise ControlError(f"zone_id: no hosted zone named {host_name(name)} has that id, got {zone_id!r}")
    _delegations[host_name(name)] = Delegation(cut, zone_id)


def restore_delegation(name: str) -> None:
    """Let the delegation of a zone follow its own records again."""
    _delegations.pop(host_name(name), None)


def put_built_in_zone(zone: Zone) -> None:
    """Serve a zone that AWS itself runs."""
    _built_in[zone.name] = zone


def put_external_zone(name: str, text: str) -> None:
    """
    Put another DNS provider's zone there, or replace it.

    Args:
        name: The zone's name, and the origin of relative names in it.
        text: An RFC 1035 master file; SOA and NS are added if it has none.

    Raises:
        ControlError: The text is not a master file.
    """
    held = host_name(name)
    try:
        parsed = dns.zone.from_text(text, origin=dotted(held), relativize=False, check_origin=False)
    except (dns.exception.DNSException, ValueError) as err:
        raise ControlError(f"zone {held}: is not a master file: {err}") from err
    records = [
        {
            "Name": owner.to_text(),
            "Type": dns.rdatatype.to_text(rdataset.rdtype),
            "TTL": str(rdataset.ttl),
            "ResourceRecords": [as_route53(rdata.to_text()) for rdata in rdataset],
        }
        for owner, node in parsed.nodes.items()
        for rdataset in node
    ]
    _external[held] = IndexedZone(held, RecordIndex(_with_apex(held, records)))


def _with_apex(name: str, records: list[RecordSet]) -> list[RecordSet]:
    apex_types = {record["Type"] for record in records if host_name(record["Name"]) == name}
    apex = {
        "SOA": [f"ns1.{name}. hostmaster.{name}. 1 7200 900 1209600 300"],
        "NS": [f"ns1.{name}.", f"ns2.{name}."],
    }
    missing = [
        {"Name": dotted(name), "Type": rdtype, "TTL": "3600", "ResourceRecords": values}
        for rdtype, values in apex.items()
        if rdtype not in apex_types
    ]
    return missing + records
