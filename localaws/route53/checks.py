"""Rules of Route 53 for record sets; the messages are its own where they are known."""

from collections.abc import Iterable, Iterator

import dns.exception
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.tokenizer

from localaws.names import dotted, host_name, is_within
from localaws.route53.index import RecordSet

_CHARACTER_STRING_BYTES = 255
_VALUE_CHARS = 4000
_SINGLE_VALUE_TYPES = frozenset({"CNAME", "SOA"})


def check_record(record: RecordSet, zone_name: str) -> Iterator[str]:
    """Yield what is wrong with one record set, whatever else the zone holds."""
    name, rdtype = host_name(record["Name"]), record["Type"]
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
    if "TTL" not in record:
        yield f"{label} has no TTL"
    if not values:
        yield f"{label} has no resource records"
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


def check_neighbours(name: str, records: Iterable[RecordSet], zone_name: str) -> Iterator[str]:
    """Yield what is wrong with the record sets that one name would hold together (RFC 1034 section 3.6.2)."""
    types = sorted({record["Type"] for record in records})
    if "CNAME" in types and len(types) > 1:
        other = next(rdtype for rdtype in types if rdtype != "CNAME")
        yield (
            f"RRSet of type {other} with DNS name {dotted(name)} is not permitted because a conflicting RRSet of type "
            f"CNAME with the same DNS name already exists in zone {dotted(zone_name)}"
        )
