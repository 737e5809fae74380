"""Identities and record sets of a CloudFormation template."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from mailproof.model.names import host_name, identity_name
from mailproof.model.resource_types import IDENTITY, RECORD_SET, RECORD_SET_GROUP
from mailproof.model.resources import REPLICA_OF

Template: TypeAlias = Mapping[str, Any]
Resource: TypeAlias = Mapping[str, Any]
RecordKey: TypeAlias = tuple[str, str]
"""Name, lower-case and without a trailing dot, and type."""

LIVE_TYPES = frozenset({IDENTITY, RECORD_SET, RECORD_SET_GROUP})
RETAINING = frozenset({"Retain", "RetainExceptOnCreate"})


def live_resources(template: Template) -> dict[str, Resource]:
    """Return the identities, record sets and groups of a template by logical id."""
    return {name: found for name, found in template.get("Resources", {}).items() if found["Type"] in LIVE_TYPES}


def identity_domain(identity: Resource) -> str:
    """Return the name of an identity of a template: the domain lower-case and without a trailing dot, or an address."""
    return identity_name(str(identity.get("Properties", {}).get("EmailIdentity", "")))


def parent_region(identity: Resource) -> str:
    """Return the region whose key an identity of a template is to use as its replica; empty if it has its own."""
    return str(identity.get("Metadata", {}).get(REPLICA_OF, ""))


def is_retained(resource: Resource) -> bool:
    """Tell whether what a resource stands for stays live once it leaves its stack, or the stack is deleted."""
    return resource.get("DeletionPolicy") in RETAINING


def record_sets(resource: Resource) -> Sequence[Mapping[str, Any]]:
    """Return the properties of each record set of a resource, those in a group with the zone of the group."""
    properties = resource.get("Properties", {})
    if resource["Type"] == RECORD_SET:
        return [properties]
    if resource["Type"] != RECORD_SET_GROUP:
        return []
    zone = {key: value for key, value in properties.items() if key.startswith("HostedZone")}
    members = properties.get("RecordSets", [])
    if not isinstance(members, list):
        return [zone]  # `Fn::If` and the like: some that are not known
    return [zone | member for member in members]


def record_keys(template: Template, without: Collection[str] = ()) -> Iterator[RecordKey]:
    """
    Yield the record sets of a template; a name that only CloudFormation knows stands as its expression.

    Args:
        template: Of a stack.
        without: Hosted zones whose record sets are left out.
    """
    for resource in live_resources(template).values():
        for record in record_sets(resource):
            if record.get("HostedZoneId") not in without:
                name = record.get("Name")
                yield host_name(name) if isinstance(name, str) else as_text(name), as_text(record.get("Type"))


def as_text(value: Any) -> str:
    """Return a value itself if it is a text, or the expression that makes it."""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, separators=(",", ":"))
