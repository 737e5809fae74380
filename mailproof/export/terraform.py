"""Records as Terraform resources."""

import re
from collections.abc import Sequence
from hashlib import sha256
from itertools import groupby

from mailproof.export.collect import RecordList
from mailproof.export.record import ExportRecord, by_zone
from mailproof.model.dns_record import RecordType
from mailproof.model.domain import Zone
from mailproof.model.txt import quote_txt

NOT_IN_NAME = re.compile(r"[^a-z0-9]+")
HASH_DIGITS = 8
# HCL: a backslash and a quotation mark are escaped, "${" and "%{" would begin a template.
HCL_ESCAPES = (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t"), ("${", "$${"), ("%{", "%%{"))


def build_terraform(found: RecordList) -> str:
    """
    Write records as ``aws_route53_record`` resources.

    The zone of another DNS provider has no hosted zone id here: it becomes a variable, for whoever holds the zone in
    a Route 53 of his own. A resource keeps its name as long as zone, name and type stay.

    Source: Terraform Registry, hashicorp/aws, aws_route53_record
    """
    zones = by_zone(found.records)
    blocks = [_variable(zone) for zone, _ in zones if zone.id is None]
    blocks += [_resource(list(group)) for _, rows in zones for _, group in groupby(rows, key=_set_key)]
    return "# Mail records, written by mailproof\n\n" + "\n".join(blocks)


def hcl_string(text: str) -> str:
    """
    Write a text as a quoted HCL string without interpolation.

    Source: HCL native syntax specification, "Quoted Template Expression"
    """
    for sign, escaped in HCL_ESCAPES:
        text = text.replace(sign, escaped)
    return f'"{text}"'


def resource_name(zone: Zone, name: str, kind: str) -> str:
    """Name a resource: readable, and unique by a hash, since ``a-b.example`` and ``a.b.example`` read the same."""
    digest = sha256(f"{zone.id or zone.name} {name} {kind}".encode()).hexdigest()[:HASH_DIGITS]
    return f"{kind.lower()}_{_slug(name)}_{digest}"


def _slug(name: str) -> str:
    return NOT_IN_NAME.sub("_", name).strip("_")


def _set_key(record: ExportRecord) -> tuple[str, str]:
    return record.name, record.type


def _variable_name(zone: Zone) -> str:
    return f"zone_id_{_slug(zone.name)}_{sha256(zone.name.encode()).hexdigest()[:HASH_DIGITS]}"


def _variable(zone: Zone) -> str:
    return (
        f'variable "{_variable_name(zone)}" {{\n'
        f"  description = {hcl_string(f'Hosted zone id of {zone.name}')}\n"
        f"  type        = string\n}}\n"
    )


def _resource(records: Sequence[ExportRecord]) -> str:
    first = records[0]
    zone_id = hcl_string(first.zone.id) if first.zone.id else f"var.{_variable_name(first.zone)}"
    values = ", ".join(hcl_string(_value(record)) for record in records)
    return (
        f'resource "aws_route53_record" "{resource_name(first.zone, first.name, first.type)}" {{\n'
        f"  zone_id = {zone_id}\n"
        f"  name    = {hcl_string(first.name)}\n"
        f'  type    = "{first.type}"\n'
        f"  ttl     = {min(record.ttl_s for record in records)}\n"
        f"  records = [{values}]\n}}\n"
    )


def _value(record: ExportRecord) -> str:
    if record.type is RecordType.TXT:
        # The provider puts the outer quotation marks itself; strings within one record meet as `""`.
        return quote_txt(record.value)[1:-1].replace('" "', '""')
    return record.data if record.preference is None else f"{record.preference} {record.data}"
