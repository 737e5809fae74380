"""Identities and record sets in a CloudFormation template, each under the key that AWS knows it by."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

Template: TypeAlias = Mapping[str, Any]
Resource: TypeAlias = Mapping[str, Any]
Key: TypeAlias = tuple[str, ...]
RecordKey: TypeAlias = tuple[str, str]
"""Name, lower-case and without a trailing dot, and type."""

IDENTITY = "AWS::SES::EmailIdentity"
RECORD_SET = "AWS::Route53::RecordSet"
RECORD_SET_GROUP = "AWS::Route53::RecordSetGroup"
LIVE_TYPES = frozenset({IDENTITY, RECORD_SET, RECORD_SET_GROUP})
# In a template DKIM names are attributes of an identity, read directly or as another stack's output, whose name CDK
# makes from the attribute. The role by which the other stack is read may change without the record.
DKIM_NAME = re.compile(r"(Identity[A-Za-z0-9]+?)\W*DkimDNSTokenName([123])")


@dataclass(frozen=True, slots=True)
class LiveThing:
    """
    An identity or a record set.

    Attributes:
        key: Tells it from all others: AWS holds one of a key.
        words: What people know it by: ``identity 'example.com'``.
    """

    key: Key
    words: str


def live_things(template: Template, resource: Resource) -> Iterator[LiveThing]:
    """Yield what a resource stands for: one identity, one record set, or every record set of a group."""
    properties = resource.get("Properties", {})
    if resource["Type"] == IDENTITY:
        name = _text(properties.get("EmailIdentity"))
        yield LiveThing((IDENTITY, name), f"identity {name!r}")
    elif resource["Type"] == RECORD_SET:
        yield _record(template, properties, properties)
    elif resource["Type"] == RECORD_SET_GROUP:
        for record in properties.get("RecordSets", ()):
            yield _record(template, record, properties)


def record_keys(template: Template) -> Iterator[RecordKey]:
    """Yield the record sets of a template; a name that only CloudFormation knows stands as its expression."""
    for resource in live_resources(template).values():
        for thing in live_things(template, resource):
            if thing.key[0] == RECORD_SET:
                _, _, name, kind, _ = thing.key
                yield name, kind


def live_resources(template: Template) -> dict[str, Resource]:
    """Return the identities, record sets and groups of a template by logical id."""
    return {name: found for name, found in template.get("Resources", {}).items() if found["Type"] in LIVE_TYPES}


def _record(template: Template, record: Mapping[str, Any], place: Mapping[str, Any]) -> LiveThing:
    zone = _text(place.get("HostedZoneId") or place.get("HostedZoneName"))
    kind, more = _text(record.get("Type")), _text(record.get("SetIdentifier", ""))
    name, words = _name(template, record.get("Name"))
    return LiveThing((RECORD_SET, zone, name, kind, more), f"{kind} record {words} in zone {zone}")


def _name(template: Template, value: Any) -> tuple[str, str]:
    """Return what tells a record's name from others, and what people know it by."""
    if isinstance(value, str):
        name = value.removesuffix(".").lower()
        return name, repr(name)
    text = _text(value)
    if not (found := DKIM_NAME.search(text)):
        return text, text
    identity, number = found.groups()
    resource = template.get("Resources", {}).get(identity, {})
    owner = resource.get("Properties", {}).get("EmailIdentity", identity)
    return f"{identity}.{number}", f"{number} of DKIM of {owner!r}"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, separators=(",", ":"))
