"""Record sets that a template asks for, with their names and values resolved."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mailproof.adopt.intrinsics import Resolver
from mailproof.adopt.record_sets import host_name, zone_id_of
from mailproof.cloudformation.resources import (
    RECORD_SET,
    RECORD_SET_GROUP,
    RecordKey,
    Resource,
    Template,
    live_resources,
)


@dataclass(frozen=True, slots=True)
class TemplateRecord:
    """
    A record set of a template.

    Attributes:
        logical_id: Of its resource.
        is_grouped: Whether the resource is a group.
        zone_id: Hosted zone id; empty if the template names the zone otherwise.
        name: Lower-case, without a trailing dot.
        type: Its type.
        ttl_s: Time to live, seconds.
        values: In Route 53's form; empty if they are not known.
    """

    logical_id: str
    is_grouped: bool
    zone_id: str
    name: str
    type: str
    ttl_s: int
    values: tuple[str, ...]

    @property
    def key(self) -> RecordKey:
        """Under which a zone holds it."""
        return self.name, self.type

    @property
    def words(self) -> str:
        """What people know it by."""
        return f"{self.type} record {self.name!r}"


def template_records(template: Template, region: str, resolver: Resolver) -> Iterator[TemplateRecord]:
    """Yield the record sets whose name is known; a DKIM record of an identity that does not exist has none."""
    for logical_id, resource in live_resources(template).items():
        properties = resource.get("Properties", {})
        for member in _members(resource):
            name = resolver.resolve(member.get("Name"), template, region)
            values = [resolver.resolve(value, template, region) for value in member.get("ResourceRecords", ())]
            if name is not None:
                yield _record(logical_id, name, member, properties, values)


def _members(resource: Resource) -> Sequence[Mapping[str, Any]]:
    properties = resource.get("Properties", {})
    if resource["Type"] == RECORD_SET:
        return [properties]
    return properties.get("RecordSets", []) if resource["Type"] == RECORD_SET_GROUP else []


def _record(
    logical_id: str, name: str, member: Mapping[str, Any], properties: Mapping[str, Any], values: list[str | None]
) -> TemplateRecord:
    zone = member.get("HostedZoneId") or properties.get("HostedZoneId")
    ttl = member.get("TTL", "")
    return TemplateRecord(
        logical_id=logical_id,
        is_grouped=member is not properties,
        zone_id=zone_id_of(zone),
        name=host_name(name),
        type=str(member.get("Type")),
        ttl_s=int(ttl) if str(ttl).isdecimal() else 0,
        values=() if None in values else tuple(filter(None, values)),
    )
