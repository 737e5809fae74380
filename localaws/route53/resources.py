"""The CloudFormation resources of Route 53 records: single record sets and groups of them."""

import uuid
from typing import Any

from mailproof.localaws.errors import ServiceError
from mailproof.localaws.names import dotted, host_name, route53_name
from mailproof.localaws.route53.changes import Change, apply_changes, describe_clash
from mailproof.localaws.route53.hosted_zones import HostedZone, find_zone, index_of, zones_named
from mailproof.localaws.route53.index import RecordKey, RecordSet, record_key
from mailproof.localaws.upstream import provisioners, responses

Properties = dict[str, Any]
# Physical id and attributes, as ministack's handlers return them.
Created = tuple[str, dict[str, Any]]


def _resolve_zone(props: Properties) -> HostedZone:
    account = responses.get_account_id()
    if zone_id := props.get("HostedZoneId"):
        bare_id = str(zone_id).removeprefix("/hostedzone/")
        zone = find_zone(account, bare_id)
        if zone is None:
            raise ServiceError("NoSuchHostedZone", f"No hosted zone found with ID: {bare_id}", status=404)
        return zone
    if not props.get("HostedZoneName"):
        raise ServiceError("InvalidRequest", "one of HostedZoneId and HostedZoneName is required")
    name = host_name(str(props["HostedZoneName"]))
    owned = [zone for zone in zones_named(name) if zone.account == account]
    if len(owned) != 1:
        count = "No hosted zones" if not owned else "Multiple hosted zones"
        raise ServiceError("InvalidRequest", f"{count} named {dotted(name)} found")
    return owned[0]


def _build_record(props: Properties) -> RecordSet:
    record: RecordSet = provisioners._r53_record_set_build_rs(props)
    return {**record, "Name": route53_name(host_name(record["Name"]))}


def create_record_set(logical_id: str, props: Properties, stack_name: str) -> Created:  # noqa: ARG001 - ministack's signature
    """Create an AWS::Route53::RecordSet."""
    record = _build_record(props)
    apply_changes(_resolve_zone(props), [Change("CREATE", record)])
    return record["Name"], {}


def update_record_set(physical_id: str, old: Properties, new: Properties, stack_name: str) -> Created:
    """
    Update a record set: in place while its name and type stay.

    Otherwise the new one is made and the old one is removed after the update has succeeded, as for a replacement.
    """
    record, previous = _build_record(new), _build_record(old)
    if record_key(record) != record_key(previous):
        created = create_record_set(physical_id, new, stack_name)
        provisioners._delete_predecessor(delete_record_set, physical_id, old)
        return created
    apply_changes(_resolve_zone(new), [Change("UPSERT", record)])
    return record["Name"], {}


def delete_record_set(physical_id: str, props: Properties) -> None:  # noqa: ARG001 - ministack's signature
    """Delete a record set; one that is gone, or whose zone is, counts as deleted."""
    _delete_all([(_zone_or_none(props), _build_record(props))])


def import_record_set(identifier: dict[str, str]) -> Created:
    """Adopt a record set that exists."""
    zone = _resolve_zone(identifier)
    key = (host_name(identifier["Name"]), identifier["Type"], identifier.get("SetIdentifier", ""))
    if index_of(zone).get(key) is None:
        value = "|".join(identifier.values())
        raise ServiceError(
            "NotFound", f"Resource of type 'AWS::Route53::RecordSet' with identifier '{value}' was not found."
        )
    return route53_name(key[0]), {}


def find_record_import_problem(zone_id: str, rdtype: str, name: str) -> str | None:
    """Return why a record set cannot be imported, or nothing."""
    try:
        import_record_set({"HostedZoneId": zone_id, "Type": rdtype, "Name": name})
    except ServiceError as err:
        return err.message
    return None


# Properties of a record set whose drift is read.
RECORD_PROPERTIES = frozenset(
    [
        "AliasTarget",
        "CidrRoutingConfig",
        "Failover",
        "GeoLocation",
        "HealthCheckId",
        "MultiValueAnswer",
        "Name",
        "Region",
        "ResourceRecords",
        "SetIdentifier",
        "TTL",
        "Type",
        "Weight",
    ]
)


def read_record_set(physical_id: str, expected: Properties) -> Properties | None:  # noqa: ARG001 - ministack's signature
    """
    Return the properties of a record set as they are now; None if it is gone, or its zone is.

    Args:
        physical_id: Its name.
        expected: Properties of the template.
    """
    zone = _zone_or_none(expected)
    wanted = _build_record(expected)
    current = index_of(zone).get(record_key(wanted)) if zone else None
    if current is None:
        return None
    # What is written differently and means the same is no drift: case and dot of names, and so on.
    return {
        name: expected[name] if current.get(name) == wanted.get(name) else current.get(name)
        for name in expected
        if name in RECORD_PROPERTIES
    }


Owned = dict[tuple[HostedZone, RecordKey], RecordSet]


def _group_records(props: Properties) -> Owned:
    """Return the record sets of a group by zone and key; each may name a zone of its own."""
    records: Owned = {}
    for member in props.get("RecordSets") or []:
        own_zone = member.get("HostedZoneId") or member.get("HostedZoneName")
        zone = _resolve_zone(member if own_zone else props)
        record = _build_record(member)
        if (zone, record_key(record)) in records:
            raise ServiceError("InvalidChangeBatch", f"[{describe_clash(record)}]")
        records[zone, record_key(record)] = record
    return records


def _apply_by_zone(changes: list[tuple[HostedZone, Change]]) -> None:
    by_zone: dict[HostedZone, list[Change]] = {}
    for zone, change in changes:
        by_zone.setdefault(zone, []).append(change)
    for zone, batch in by_zone.items():
        apply_changes(zone, batch)


def create_record_set_group(logical_id: str, props: Properties, stack_name: str) -> Created:
    """Create an AWS::Route53::RecordSetGroup: one batch, all records or none."""
    _apply_by_zone([(zone, Change("CREATE", record)) for (zone, _), record in _group_records(props).items()])
    physical_id = f"{stack_name}-{logical_id}-{uuid.uuid4().hex[:12].upper()}"
    return physical_id, {"Id": physical_id}


def update_record_set_group(physical_id: str, old: Properties, new: Properties, stack_name: str) -> Created:  # noqa: ARG001 - ministack's signature
    """Update a group in one batch: gone records deleted, kept ones set, new ones created."""
    before, after = _group_records(old), _group_records(new)
    changes: list[tuple[HostedZone, Change]] = []
    for (zone, key), record in before.items():
        current = index_of(zone).get(key)
        if (zone, key) not in after and current is not None:
            changes.append((zone, Change("DELETE", current)))
        elif (zone, key) in after and after[zone, key] != record:
            changes.append((zone, Change("UPSERT", after[zone, key])))
    changes += [(owner[0], Change("CREATE", record)) for owner, record in after.items() if owner not in before]
    _apply_by_zone(changes)
    return physical_id, {"Id": physical_id}


def delete_record_set_group(physical_id: str, props: Properties) -> None:  # noqa: ARG001 - ministack's signature
    """Delete the records of a group, in one batch."""
    zone = _zone_or_none(props)
    _delete_all([(zone, _build_record(member)) for member in props.get("RecordSets") or []])


def _zone_or_none(props: Properties) -> HostedZone | None:
    try:
        return _resolve_zone(props)
    except ServiceError:
        return None


def _delete_all(records: list[tuple[HostedZone | None, RecordSet]]) -> None:
    """Delete what is still there, as it is now: values that somebody changed do not stop the deletion of a stack."""
    existing = [(zone, index_of(zone).get(record_key(record))) for zone, record in records if zone is not None]
    _apply_by_zone([(zone, Change("DELETE", record)) for zone, record in existing if record is not None])


def replace_resource(
    original: Any,
    resource_type: str,
    physical_id: str,
    old: Properties,
    new: Properties,
    *rest: Any,
) -> Created:
    """
    Replace a resource, as ministack's function `original` does, and see that the old one goes.

    ministack takes a replacement under an unchanged physical id for the same resource; the id of a record set is its
    name, which stays when the zone changes.
    """
    created: Created = original(resource_type, physical_id, old, new, *rest)
    if resource_type == "AWS::Route53::RecordSet" and created[0] == physical_id:
        provisioners._delete_predecessor(delete_record_set, physical_id, old)
    return created
