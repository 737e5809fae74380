"""The Route 53 calls that localaws answers itself, in place of ministack's functions of the same purpose."""

import re
from typing import Any
from xml.etree import ElementTree as ET

from mailproof.localaws.errors import ServiceError
from mailproof.localaws.route53.changes import Change, apply_changes
from mailproof.localaws.route53.checks import check_name
from mailproof.localaws.route53.hosted_zones import complete_new_zone, find_zone, name_servers
from mailproof.localaws.upstream import provisioners, responses, route53

# Status, headers and body, as every ministack handler returns them.
Response = tuple[int, dict[str, str], bytes]

_NAMESPACE = "{https://route53.amazonaws.com/doc/2013-04-01/}"
_LIMIT_PATH = re.compile(r"/2013-04-01/hostedzonelimit/(?P<zone>[^/]+)/(?P<type>[^/]+)")
_RECORDS_LIMIT_TYPE = "MAX_RRSETS_BY_ZONE"
_RECORDS_LIMIT = 10_000
# Those answered here, and those that ministack answers rightly.
OPERATIONS = frozenset(
    [
        "ChangeResourceRecordSets",
        "ChangeTagsForResource",
        "CreateHostedZone",
        "DeleteHostedZone",
        "GetChange",
        "GetHostedZone",
        "GetHostedZoneLimit",
        "ListHostedZones",
        "ListHostedZonesByName",
        "ListResourceRecordSets",
        "ListTagsForResource",
    ]
)
_NEW_ZONE = ("Name", "CallerReference")
_ACTIONS = frozenset({"CREATE", "UPSERT", "DELETE"})

_create_hosted_zone = route53._create_hosted_zone
_get_hosted_zone = route53._get_hosted_zone
_handle_request = route53.handle_request
_list_record_sets = route53._list_resource_record_sets
_create_zone_resource = provisioners._r53_hosted_zone_create
_update_zone_resource = provisioners._r53_hosted_zone_update


def change_record_sets(zone_id: str, body: bytes) -> Response:
    """Answer ChangeResourceRecordSets."""
    zone = find_zone(responses.get_account_id(), zone_id)
    if zone is None:
        return _error("NoSuchHostedZone", f"No hosted zone found with ID: {zone_id}", 404)
    try:
        apply_changes(zone, _parse_changes(body))
    except ServiceError as err:
        return _error(err.code, err.message, err.status)
    change = route53._new_change()
    response: Response = route53._xml_response(
        "ChangeResourceRecordSetsResponse",
        lambda root: route53._build_change_info_el(root, change),
    )
    return response


def _parse_changes(body: bytes) -> list[Change]:
    root = route53._parse_body(body)
    elements = root.findall(f".//{_NAMESPACE}Change") if root is not None else []
    if not elements:
        raise ServiceError("InvalidInput", "the request holds no change")
    changes = []
    for element in elements:
        action = element.findtext(f"{_NAMESPACE}Action", "")
        record = element.find(f"{_NAMESPACE}ResourceRecordSet")
        if action not in _ACTIONS or record is None:
            raise ServiceError("InvalidInput", f"a change needs an action and a record set, got action {action!r}")
        changes.append(Change(action, route53._parse_record_set(record)))
    return changes


def create_hosted_zone(body: bytes, query: dict[str, Any]) -> Response:
    """Answer CreateHostedZone: ministack's zone, with name servers of its own; a caller reference serves once."""
    root = route53._parse_body(body)
    text = {name: (root.findtext(f"{_NAMESPACE}{name}") or "") for name in _NEW_ZONE} if root is not None else {}
    for problem in check_name(text.get("Name", "")):
        return _error("InvalidDomainName", problem, 400)
    if text.get("CallerReference") in route53._caller_refs:
        message = "A hosted zone has already been created with the specified caller reference."
        return _error("HostedZoneAlreadyExists", message, 409)
    before = set(route53._zones)
    response: Response = _create_hosted_zone(body, query)
    for zone_id in set(route53._zones) - before:
        complete_new_zone(responses.get_account_id(), zone_id)
    return _with_name_servers(response)


def get_hosted_zone(zone_id: str) -> Response:
    """Answer GetHostedZone with the name servers that the zone's NS records hold."""
    return _with_name_servers(_get_hosted_zone(zone_id))


def _with_name_servers(response: Response) -> Response:
    status, headers, body = response
    root = ET.fromstring(body)  # noqa: S314 - ministack's own answer
    servers = root.find(f".//{_NAMESPACE}NameServers")
    if servers is None:
        return response
    zone_id = root.findtext(f".//{_NAMESPACE}HostedZone/{_NAMESPACE}Id", "").removeprefix("/hostedzone/")
    servers[:] = []
    for host in name_servers(zone_id):
        ET.SubElement(servers, f"{_NAMESPACE}NameServer").text = host
    name = root.find(f".//{_NAMESPACE}HostedZone/{_NAMESPACE}Name")
    if name is not None:
        name.text = (name.text or "").lower()
    ET.register_namespace("", _NAMESPACE.strip("{}"))
    return status, headers, ET.tostring(root, encoding="utf-8", xml_declaration=True)


def list_record_sets(zone_id: str, query: dict[str, Any]) -> Response:
    """Answer ListResourceRecordSets; the name to start at is compared without case."""
    for later, earlier in (("type", "name"), ("identifier", "type")):
        if query.get(later) and not query.get(earlier):
            return _error("InvalidInput", f"The parameter {later} needs the parameter {earlier}.", 400)
    lowered = {
        key: [text.lower() for text in value] if key == "name" and isinstance(value, list) else value
        for key, value in query.items()
    }
    response: Response = _list_record_sets(zone_id, lowered)
    return response


async def handle_request(
    method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
) -> Response:
    """Answer a request; GetHostedZoneLimit is not known to ministack."""
    if method == "GET" and (match := _LIMIT_PATH.fullmatch(path)):
        return get_hosted_zone_limit(match["zone"], match["type"])
    response: Response = await _handle_request(method, path, headers, body, query)
    return response


def get_hosted_zone_limit(zone_id: str, limit_type: str) -> Response:
    """Answer GetHostedZoneLimit: the initial quota of records, and how many there are."""
    zone = find_zone(responses.get_account_id(), zone_id)
    if zone is None:
        return _error("NoSuchHostedZone", f"No hosted zone found with ID: {zone_id}", 404)
    if limit_type != _RECORDS_LIMIT_TYPE:
        return _error("InvalidInput", f"Type {limit_type} is not known here", 400)
    count = len(route53._records._data.get((zone.account, zone.zone_id), ()))
    root = ET.Element(f"{_NAMESPACE}GetHostedZoneLimitResponse")
    limit = ET.SubElement(root, f"{_NAMESPACE}Limit")
    ET.SubElement(limit, f"{_NAMESPACE}Type").text = limit_type
    ET.SubElement(limit, f"{_NAMESPACE}Value").text = str(_RECORDS_LIMIT)
    ET.SubElement(root, f"{_NAMESPACE}Count").text = str(count)
    ET.register_namespace("", _NAMESPACE.strip("{}"))
    return 200, {"Content-Type": "text/xml"}, ET.tostring(root, encoding="utf-8", xml_declaration=True)


def create_zone_resource(logical_id: str, props: dict[str, Any], stack_name: str) -> tuple[str, dict[str, Any]]:
    """Create an AWS::Route53::HostedZone."""
    zone_id, attributes = _create_zone_resource(logical_id, props, stack_name)
    complete_new_zone(responses.get_account_id(), zone_id)
    route53._zones[zone_id]["private"] = bool(props.get("VPCs"))
    return zone_id, {**attributes, "NameServers": name_servers(zone_id)}


def update_zone_resource(physical_id: str, *args: Any) -> tuple[str, dict[str, Any]]:
    """Update an AWS::Route53::HostedZone."""
    zone_id, attributes = _update_zone_resource(physical_id, *args)
    return zone_id, {**attributes, "NameServers": name_servers(zone_id)}


def _error(code: str, message: str, status: int) -> Response:
    response: Response = route53._error_response(code, message, status)
    return response
