"""Imports into stacks: which resource types CloudFormation imports, and by which primary identifiers."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from mailproof.live.answer import NotFound, Unanswered
from mailproof.live.aws.clients import Clients, Target
from mailproof.live.aws.stacks import summarise_template
from mailproof.model.names import fully_qualified
from mailproof.model.resource_types import IDENTITY, RECORD_SET
from mailproof.template.records import TemplateRecord

# The primary identifiers of the registry's schemas. A simple record set has no SetIdentifier.
KNOWN = {IDENTITY: ("EmailIdentity",), RECORD_SET: ("HostedZoneId", "Name", "Type")}
PROBE = {
    "Resources": {
        "Identity": {
            "Type": IDENTITY,
            "DeletionPolicy": "Retain",
            "Properties": {"EmailIdentity": "example.com"},
        },
        "Record": {
            "Type": RECORD_SET,
            "DeletionPolicy": "Retain",
            "Properties": {
                "HostedZoneId": "Z0123456789EXAMPLE",
                "Name": "www.example.com.",
                "Type": "CNAME",
                "TTL": "300",
                "ResourceRecords": ["example.com."],
            },
        },
    }
}


def fetch_identifiers(clients: Clients, target: Target) -> Mapping[str, tuple[str, ...]] | Unanswered:
    """
    Ask CloudFormation which types it imports, and by which properties.

    Not every region takes a new version of a type on the same day, and record sets could not be imported for years.

    Returns:
        Type to properties; a type that is not in it cannot be imported.
    """
    found = clients.ask("cloudformation", target, _ask)
    return Unanswered("NotFound") if isinstance(found, NotFound) else found


def identifier_of(record: TemplateRecord, keys: Iterable[str]) -> dict[str, str]:
    """Return the primary identifier of a record set, by the properties that CloudFormation asks for."""
    values = {"HostedZoneId": record.zone_id, "Name": str(fully_qualified(record.name)), "Type": record.type}
    return {key: values[key] for key in keys if key in values}


def import_entry(logical_id: str, kind: str, identifier: Mapping[str, str]) -> dict[str, Any]:
    """Return what CreateChangeSet is told of a resource to import."""
    return {"ResourceType": kind, "LogicalResourceId": logical_id, "ResourceIdentifier": dict(identifier)}


def _ask(client: Any) -> dict[str, tuple[str, ...]]:
    answer = summarise_template(client, json.dumps(PROBE))
    summaries = answer.get("ResourceIdentifierSummaries")
    if not summaries:  # an older endpoint, or an emulator, that does not say
        return dict(KNOWN)
    return {found["ResourceType"]: _keys(found["ResourceIdentifiers"]) for found in summaries}


def _keys(identifiers: list[str]) -> tuple[str, ...]:
    return tuple(key.strip() for key in identifiers[0].split(","))
