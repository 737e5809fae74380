"""Route 53: every call that is made to it, record sets as it lists them, and when two of them say the same."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from mailproof.live.aws.members import UnreadableAnswer, optional, required
from mailproof.model.domain import parse_zone_id
from mailproof.model.names import host_name
from mailproof.template.contents import RecordKey

RecordSets: TypeAlias = dict[RecordKey, tuple["RecordSet", ...]]
"""What a zone holds; more than one under a key only with a routing policy."""

BARRING_TYPES = ("TXT", "MX", "A", "AAAA", "CAA", "HTTPS", "NAPTR", "PTR", "SPF", "SRV", "SSHFP", "SVCB", "TLSA")
"""Types of a hosted zone beside which no CNAME can be; a delegation is left out, which begins a zone of its own."""

SIMPLE_MEMBERS = frozenset({"Name", "Type", "TTL", "ResourceRecords"})
ESCAPE = re.compile(r"\\([0-7]{3}|.)")
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True, slots=True)
class HostedZone:
    """
    A hosted zone.

    Attributes:
        name: Lower-case, without a trailing dot.
        name_servers: Those that it should be delegated to; a private zone has none.

    Source: https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetHostedZone.html
    """

    name: str
    name_servers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RecordSet:
    """
    A record set.

    Attributes:
        name: Lower-case, without a trailing dot.
        type: Its type.
        ttl_s: Time to live, seconds; 0 for an alias, which has none.
        values: As Route 53 holds them.
        extras: What makes it more than name, type, values: ``AliasTarget``, ``SetIdentifier`` and the like.
        listed: As Route 53 lists it: what deletes it has to say exactly this.
    """

    name: str
    type: str
    ttl_s: int
    values: tuple[str, ...]
    extras: tuple[str, ...] = ()
    listed: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @property
    def words(self) -> str:
        """What people know it by."""
        return f"{self.type} record {self.name!r}"

    @property
    def shown(self) -> str:
        """Its values, or what it is an alias of."""
        alias = self.listed.get("AliasTarget", {}).get("DNSName", "something")
        return ", ".join(self.values) or f"alias of {alias}"


def parse_record_set(listed: Mapping[str, Any]) -> RecordSet:
    """Read a record set of ListResourceRecordSets."""
    return RecordSet(
        name=host_name(unescape(required(listed, "Name", str))),
        type=required(listed, "Type", str),
        ttl_s=int(listed.get("TTL", 0)),
        values=tuple(required(record, "Value", str) for record in optional(listed, "ResourceRecords", list, ())),
        extras=tuple(sorted(listed.keys() - SIMPLE_MEMBERS)),
        listed=listed,
    )


def fetch_record_sets(client: Any, zone_id: str) -> RecordSets:
    """List all record sets of a zone."""
    found: dict[RecordKey, list[RecordSet]] = {}
    is_truncated = True
    for page in client.get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone_id):
        is_truncated = required(page, "IsTruncated", bool)
        for record in map(parse_record_set, required(page, "ResourceRecordSets", list)):
            found.setdefault((record.name, record.type), []).append(record)
    if is_truncated:
        raise UnreadableAnswer("says that more follows, and not where")
    return {key: tuple(records) for key, records in found.items()}


def fetch_hosted_zone(client: Any, zone_id: str) -> HostedZone:
    """Read a zone."""
    answer = client.get_hosted_zone(Id=zone_id)
    name = host_name(unescape(required(answer, "HostedZone.Name", str)))
    is_private = optional(answer, "HostedZone.Config.PrivateZone", bool, default=False)
    servers = () if is_private else required(answer, "DelegationSet.NameServers", list)
    return HostedZone(name, tuple(map(host_name, servers)))


def list_public_zones(client: Any) -> tuple[tuple[str, str], ...]:
    """Return name and id of every public hosted zone of the account."""
    return tuple(
        (host_name(unescape(required(zone, "Name", str))), parse_zone_id(required(zone, "Id", str)))
        for page in client.get_paginator("list_hosted_zones").paginate()
        for zone in required(page, "HostedZones", list)
        if not optional(zone, "Config.PrivateZone", bool, default=False)
    )


def fetch_record_limit(client: Any, zone_id: str) -> tuple[int, int]:
    """Return how many record sets a zone has, and how many it may have."""
    answer = client.get_hosted_zone_limit(HostedZoneId=zone_id, Type="MAX_RRSETS_BY_ZONE")
    return required(answer, "Count", int), required(answer, "Limit.Value", int)


def change_record_sets(client: Any, zone_id: str, batch: Mapping[str, Any]) -> None:
    """Apply a batch of changes, wholly or not at all."""
    required(client.change_resource_record_sets(HostedZoneId=zone_id, ChangeBatch=batch), "ChangeInfo.Id", str)


def unescape(text: str) -> str:
    r"""
    Resolve escapes: ``\052`` is an asterisk, three octal digits.

    Source: Route 53 DeveloperGuide, "DNS domain name format"
    """
    return ESCAPE.sub(lambda found: chr(int(found[1], 8)) if found[1].isdecimal() else found[1], text)


def same_values(rdtype: str, first: Sequence[str], second: Sequence[str]) -> bool:
    """Tell whether two lists of values mean the same to DNS: order, case of hosts and a trailing dot do not count."""
    return sorted(_meaning(rdtype, value) for value in first) == sorted(_meaning(rdtype, value) for value in second)


def _meaning(rdtype: str, value: str) -> tuple[str, ...]:
    if rdtype == "TXT":
        return ("".join(unescape(string) for string in QUOTED.findall(value)),)
    return tuple(host_name(part) for part in value.split())
