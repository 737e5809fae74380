"""Build the CloudFormation resources of a sending domain, as plain data."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Literal, TypeAlias, get_args

from mailproof.model.address import Address
from mailproof.model.dns_record import DkimPair, DnsRecord, route53_values
from mailproof.model.domain import SendingDomain
from mailproof.model.logical_ids import logical_id
from mailproof.model.names import Text, fully_qualified
from mailproof.model.resource_types import IDENTITY, RECORD_SET, RECORD_SET_GROUP

Resources: TypeAlias = dict[str, dict[str, Any]]
"""Logical id to resource."""

RecordSets: TypeAlias = Literal["grouped", "individual"]
"""One group of record sets a domain and region, or one record set a record."""

RECORD_SETS = get_args(RecordSets)


REPLICA_OF = "ReplicaOf"
"""Metadata of an identity that is a replica: its parent's region, of which no property tells."""


def identity_id(domain: str) -> str:
    """Return the logical id of a domain's identity."""
    return logical_id("Identity", domain)


def dkim_attributes(domain: str) -> tuple[DkimPair, ...]:
    """
    Return names and targets of a domain's DKIM records as attributes of its identity.

    Never built from a table of hosts: eleven regions have one of their own.
    """
    identity = identity_id(domain)

    def attribute(part: str, number: int) -> Text:
        return {"Fn::GetAtt": [identity, f"DkimDNSToken{part}{number}"]}

    return tuple((attribute("Name", number), attribute("Value", number)) for number in (1, 2, 3))


def build_identity(domain: SendingDomain, region: str) -> Resources:
    """Build the identity of a domain in one region, with how it signs and its MAIL FROM domain."""
    signing = domain.signing.identity_properties(region)
    properties = {"EmailIdentity": domain.name, **signing, **_mail_from_attributes(domain, region)}
    parent = domain.parent_of(region)
    metadata = {"Metadata": {REPLICA_OF: parent}} if parent else {}
    return {identity_id(domain.name): {"Type": IDENTITY, **metadata, "Properties": properties}}


def _mail_from_attributes(domain: SendingDomain, region: str) -> dict[str, Any]:
    if not domain.mail_from:
        return {}
    attributes = {
        "MailFromDomain": domain.mail_from.name(region),
        "BehaviorOnMxFailure": domain.mail_from.on_mx_failure.upper(),
    }
    return {"MailFromAttributes": attributes}


def address_id(address: Address, domain: SendingDomain) -> str:
    """Return the logical id of the identity of an address."""
    return logical_id("Address", domain.name, address.name)


def build_address(address: Address, domain: SendingDomain, region: str) -> Resources:
    """
    Build the identity of an address, with the MAIL FROM domain of its domain: its own settings come before those.

    How it is signed is left open: it inherits that.
    """
    properties = {"EmailIdentity": address.name, **_mail_from_attributes(domain, region)}
    return {address_id(address, domain): {"Type": IDENTITY, "Properties": properties}}


def build_record_sets(domain: SendingDomain, records: Iterable[DnsRecord], kind: str = "Records") -> Resources:
    """
    Build the record sets of a domain.

    Args:
        domain: Says whether they are grouped.
        records: Each becomes one record set; those of one zone become one group, which lands all or none.
        kind: Tells the groups of one domain in one stack apart.
    """
    if domain.individual_records:
        return _individual(domain, records)
    groups: Resources = {}
    for record in records:
        zone = () if record.zone == domain.zone else (record.zone.name,)
        group = groups.setdefault(
            logical_id(kind, domain.name, *zone),
            {"Type": RECORD_SET_GROUP, "Properties": {"HostedZoneId": record.zone.id, "RecordSets": []}},
        )
        group["Properties"]["RecordSets"].append(_record_set(domain, record))
        _wait(group, domain, record)
    return groups


def _individual(domain: SendingDomain, records: Iterable[DnsRecord]) -> Resources:
    resources: Resources = {}
    for record in records:
        # The name of a DKIM record is known at deployment only; any other name belongs to the id, since CloudFormation
        # does not say whether it can change in place.
        if record.token_number is not None:
            record_id = record.kind.record_set_id(domain.name, record.token_number)
        else:
            record_id = record.kind.record_set_id(str(record.name))
        properties = {"HostedZoneId": record.zone.id, **_record_set(domain, record)}
        resources[record_id] = {"Type": RECORD_SET, "Properties": properties}
        _wait(resources[record_id], domain, record)
    return resources


def _wait(resource: dict[str, Any], domain: SendingDomain, record: DnsRecord) -> None:
    """Have a resource made after what one of its records needs."""
    if after := list(record.kind.after(domain)):
        resource["DependsOn"] = after


def _record_set(domain: SendingDomain, record: DnsRecord) -> dict[str, Any]:
    if record.kind.target:
        record = replace(record, values=(record.kind.target(domain.name),))
    return {
        "Name": fully_qualified(record.name),
        "Type": record.type.value,
        "TTL": str(record.ttl_s),
        "ResourceRecords": route53_values(record),
    }
