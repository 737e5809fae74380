"""The hosted zones of all accounts: their name servers, their records, and zones with ids fixed in advance."""

import hashlib
import re
from dataclasses import dataclass
from typing import Any

from mailproof.localaws.errors import ControlError
from mailproof.localaws.names import dotted, host_name
from mailproof.localaws.route53.index import RecordIndex, RecordSet
from mailproof.localaws.store_view import StoreView
from mailproof.localaws.upstream import responses, route53

_ZONE_ID = re.compile(r"Z[A-Z0-9]{1,31}")
_ACCOUNT_ID = re.compile(r"\d{12}")
_NAME_SERVER_TLDS = ("com", "net", "org", "co.uk")
_SERVERS_PER_TLD = 512


@dataclass(frozen=True)
class HostedZone:
    """A hosted zone and who owns it."""

    account: str
    zone_id: str
    name: str
    private: bool


def name_servers(zone_id: str) -> list[str]:
    """
    Return the four name servers of a zone.

    They follow from its id, so that two zones of one name differ in them, as on AWS, and a wrong delegation shows.
    """
    digest = hashlib.sha256(zone_id.encode()).digest()
    return [
        f"ns-{tld_number * _SERVERS_PER_TLD + digest[tld_number] * 2}.awsdns-{digest[tld_number + 4] % 64:02d}.{tld}"
        for tld_number, tld in enumerate(_NAME_SERVER_TLDS)
    ]


def apex_records(zone_id: str, zone_name: str) -> list[RecordSet]:
    """Return the SOA and NS record sets that a new zone has."""
    hosts = [dotted(host) for host in name_servers(zone_id)]
    soa = f"{hosts[0]} awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"
    return [
        {"Name": dotted(zone_name), "Type": "SOA", "TTL": "900", "ResourceRecords": [soa]},
        {"Name": dotted(zone_name), "Type": "NS", "TTL": "172800", "ResourceRecords": hosts},
    ]


def _by_name(entries: dict[tuple[str, str], dict[str, Any]]) -> dict[str, list[HostedZone]]:
    zones: dict[str, list[HostedZone]] = {}
    for (account, zone_id), zone in entries.items():
        held = HostedZone(account, zone_id, host_name(zone["name"]), private=bool(zone.get("private")))
        zones.setdefault(held.name, []).append(held)
    return zones


_zones_by_name = StoreView(route53._zones, _by_name)
_indexes: dict[tuple[str, str], RecordIndex] = {}


def zones_named(name: str) -> list[HostedZone]:
    """Return the zones of that name over all accounts, in the order of their creation."""
    return _zones_by_name.get().get(name, [])


def zone_names() -> list[str]:
    """Return the names of all zones of all accounts."""
    return list(_zones_by_name.get())


def find_zone(account: str, zone_id: str) -> HostedZone | None:
    """Return the zone of that id in that account."""
    zone = route53._zones._data.get((account, zone_id))
    if zone is None:
        return None
    return HostedZone(account, zone_id, host_name(zone["name"]), private=bool(zone.get("private")))


def index_of(zone: HostedZone) -> RecordIndex:
    """Return the index of a zone's records, made again if ministack has replaced its list."""
    key = (zone.account, zone.zone_id)
    stored = route53._records._data
    index = _indexes.get(key)
    if index is None or not index.matches(stored.get(key)):
        index = RecordIndex(stored.setdefault(key, []))
        _indexes[key] = index
    return index


def complete_new_zone(account: str, zone_id: str) -> None:
    """Give a zone that ministack has just made a lower-case name and its own name servers."""
    zone = route53._zones._data[(account, zone_id)]
    name = host_name(zone["name"])
    zone["name"] = dotted(name)
    route53._records._data[(account, zone_id)] = apex_records(zone_id, name)


def seed_zone(account: str, zone_id: str, name: str) -> HostedZone:
    """
    Make a public zone with an id fixed in advance; a zone of that id and name that exists is left as it is.

    Raises:
        ControlError: The account or id is malformed, or the id is taken by a zone of another name.
    """
    if not _ACCOUNT_ID.fullmatch(account):
        raise ControlError(f"account: is not 12 digits, got {account!r}")
    if not _ZONE_ID.fullmatch(zone_id):
        raise ControlError(f"zone_id: is not Z and up to 31 capitals and digits, got {zone_id!r}")
    held = host_name(name)
    existing = find_zone(account, zone_id)
    if existing and existing.name != held:
        raise ControlError(f"zone_id: {zone_id} is already the zone {existing.name}, got {held!r}", status=409)
    if existing is None:
        with responses.request_scope(account, "us-east-1"), route53._lock:
            reference = f"localaws-{zone_id}"
            route53._zones[zone_id] = {
                "id": zone_id,
                "name": dotted(held),
                "caller_reference": reference,
                "comment": "",
                "private": False,
                "vpcs": [],
            }
            route53._records[zone_id] = apex_records(zone_id, held)
            route53._caller_refs[reference] = zone_id
    return HostedZone(account, zone_id, held, private=False)
