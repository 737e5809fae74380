"""
Rules of Route 53 for record sets; the messages are its own where they are known.

Source: https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html
"""

from collections.abc import Collection, Iterable, Iterator

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.tokenizer

from mailproof.localaws.names import dotted, host_name, is_within
from mailproof.localaws.route53.index import RecordSet

_CHARACTER_STRING_BYTES = 255
_VALUE_CHARS = 4000
_SINGLE_VALUE_TYPES = frozenset({"CNAME", "SOA"})
_MAX_TTL_S = 2**31 - 1
_MAX_WEIGHT = 255
# Routing policies, and what Route 53 calls a set of each in its messages.
_POLICIES = {
    "Weight": "weighted",
    "Region": "latency",
    "Failover": "failover",
    "GeoLocation": "geolocation",
    "MultiValueAnswer": "multivalue answer",
    "CidrRoutingConfig": "CIDR",
}
_NAME_PROBLEMS = (
    (dns.name.EmptyLabel, "DomainLabelEmpty (Domain label is empty)"),
    (dns.name.LabelTooLong, "DomainLabelTooLong (Domain label is too long)"),
    (dns.name.NameTooLong, "DomainNameTooLong (Domain name is too long)"),
)


def check_parameters(action: str, record: RecordSet) -> Iterator[str]:
    """Yield which parameters of a change contradict each other or are out of range."""
    identifier = record.get("SetIdentifier")
    where = (
        f"Change with [Action={action}, Name={record['Name']}, Type={record['Type']}, "
        f"SetIdentifier={identifier or 'null'}]"
    )
    plain = [member for member in ("TTL", "ResourceRecords") if record.get(member) not in (None, [])]
    kinds = ("AliasTarget" in record) + (len(plain) == 2)  # noqa: PLR2004 - both members
    if kinds != 1 or ("AliasTarget" in record and plain):
        found = "more than one" if "AliasTarget" in record else "none"
        yield (
            "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or "
            f"TrafficPolicyInstanceId], but found {found} in {where}"
        )
    policies = [member for member in _POLICIES if record.get(member) is not None]
    if policies and not identifier:
        yield f"Invalid request: Missing field 'SetIdentifier' in {where}"
    if len(policies) > 1 or (identifier and not policies):
        found = "more than one" if policies else "none"
        known = ", ".join(_POLICIES)
        yield f"Invalid request: Expected exactly one of [{known}], but found {found} in {where}"
    for member, highest in (("TTL", _MAX_TTL_S), ("Weight", _MAX_WEIGHT)):
        value = record.get(member)
        if value is not None and not (str(value).isdecimal() and int(value) <= highest):
            yield f"Invalid request: {member} must be between 0 and {highest}, got {value} in {where}"


def check_name(name: str) -> Iterator[str]:
    """Yield what is wrong with the labels of a name (RFC 1035 section 2.3.4)."""
    try:
        dns.name.from_text(name)
    except tuple(kind for kind, _ in _NAME_PROBLEMS) as err:
        problem = next(text for kind, text in _NAME_PROBLEMS if isinstance(err, kind))
        yield f"FATAL problem: {problem} encountered with '{name}'"
    except dns.exception.DNSException:
        # Route 53 escapes in octal, dnspython in decimal.
        return


def check_record(record: RecordSet, zone_name: str) -> Iterator[str]:
    """Yield what is wrong with one record set, whatever else the zone holds."""
    name, rdtype = host_name(record["Name"]), record["Type"]
    malformed = list(check_name(record["Name"]))
    if malformed:
        yield from malformed
        return
    if not is_within(name, zone_name):
        yield f"RRSet with DNS name {dotted(name)} is not permitted in zone {dotted(zone_name)}"
        return
    if rdtype == "CNAME" and name == zone_name:
        yield f"RRSet of type CNAME with DNS name {dotted(name)} is not permitted at apex in zone {dotted(zone_name)}"
    if "AliasTarget" not in record:
        yield from _check_values(record, name)


def _check_values(record: RecordSet, name: str) -> Iterator[str]:
    rdtype, values = record["Type"], record.get("ResourceRecords") or []
    label = f"RRSet of type {rdtype} with DNS name {dotted(name)}"
    if rdtype in _SINGLE_VALUE_TYPES and len(values) > 1:
        yield f"{label} may hold only one resource record, got {len(values)}"
    if len(set(values)) < len(values):
        yield f"Duplicate Resource Record: '{next(v for v in values if values.count(v) > 1)}'"
    for value in values:
        problem = _find_value_problem(rdtype, value)
        if problem:
            yield f"Invalid Resource Record: 'FATAL problem: {problem} encountered with '{value}''"


def _find_value_problem(rdtype: str, value: str) -> str:
    if len(value) > _VALUE_CHARS:
        return "InvalidLength (Value is too long)"
    if rdtype in {"TXT", "SPF"}:
        return _find_text_problem(value)
    try:
        dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.from_text(rdtype), value)
    except (dns.exception.DNSException, ValueError) as err:
        return f"InvalidValue ({err})"
    return ""


def _find_text_problem(value: str) -> str:
    tokenizer = dns.tokenizer.Tokenizer(value)
    try:
        while not (token := tokenizer.get()).is_eol_or_eof():
            if not token.is_quoted_string():
                return "InvalidCharacterString (Value should be enclosed in quotation marks)"
            if len(token.unescape_to_bytes().value) > _CHARACTER_STRING_BYTES:
                return "CharacterStringTooLong (Value is too long)"
    except dns.exception.DNSException:
        return "InvalidCharacterString (Value should be enclosed in quotation marks)"
    return ""


def check_neighbours(
    name: str, records: Collection[RecordSet], changed: Iterable[RecordSet], zone_name: str
) -> Iterator[str]:
    """
    Yield what is wrong with the record sets that one name would hold together (RFC 1034 section 3.6.2).

    Args:
        name: The name.
        records: All that it would hold.
        changed: Those among them that the batch sets.
        zone_name: Name of the hosted zone.
    """
    for record in changed:
        yield from _check_policy(record, [other for other in records if other["Type"] == record["Type"]])
    types = sorted({record["Type"] for record in records})
    if "CNAME" in types and len(types) > 1:
        other = next(rdtype for rdtype in types if rdtype != "CNAME")
        yield (
            f"RRSet of type {other} with DNS name {dotted(name)} is not permitted because a conflicting RRSet of type "
            f"CNAME with the same DNS name already exists in zone {dotted(zone_name)}"
        )


def _check_policy(record: RecordSet, same_type: Iterable[RecordSet]) -> Iterator[str]:
    """Yield why a record set cannot be beside the others of its name and type."""
    label = f"RRSet with DNS name {dotted(host_name(record['Name']))}, type {record['Type']}"
    others = [other for other in same_type if other is not record]
    policy = _policy_of(record)
    if others and policy is None:
        yield f"{label} cannot be created as other RRSets exist with the same name and type."
        return
    label = f"{label}, SetIdentifier {record.get('SetIdentifier')}"
    if any(_policy_of(other) != policy for other in others):
        reason = (
            "because a non multivalue answer rrset exists with the same name and type."
            if policy == "MultiValueAnswer"
            else f"as a non-{_POLICIES[policy or 'Weight']} set exists with the same name and type."
        )
        yield f"{label} cannot be created {reason}"
    elif policy == "Weight" and any(other.get("TTL") != record.get("TTL") for other in others):
        yield f"{label} cannot be created as weighted sets must contain the same TTL."


def _policy_of(record: RecordSet) -> str | None:
    return next((member for member in _POLICIES if record.get(member) is not None), None)
