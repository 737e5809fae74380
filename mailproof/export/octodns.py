"""Records as the YAML that octoDNS reads."""

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from mailproof.export.record import APEX, ExportRecord
from mailproof.model import pages
from mailproof.model.dns_record import RecordType
from mailproof.model.domain import Zone

DIGITS = re.compile(r"([0-9]+)")
HEAD = """\
---
# Mail records of {zone}, for octoDNS's YamlProvider (escaped_semicolons: true), written by mailproof.
# One source among others: octoDNS deletes every record of a zone that none of its sources has. List this one beside the
# sources of the other records, or sync it through an OwnershipProcessor, as {page} shows.
"""


def build_octodns(zone: Zone, records: Sequence[ExportRecord], *, soa: bool = False) -> str:  # noqa: ARG001 -- of zone files
    """
    Write the records of one zone as octoDNS keeps them, names in its order; never SOA or NS, which it leaves alone.

    Source: octoDNS, octodns.provider.yaml.YamlProvider
    """
    import yaml  # noqa: PLC0415 -- needed by this format alone

    sets = {name: _record_sets(list(group)) for name, group in groupby(records, key=_key)}
    ordered = {name: sets[name] for name in sorted(sets, key=natural_key)}
    body = yaml.safe_dump(ordered, sort_keys=False, default_flow_style=False, width=10_000)
    return HEAD.format(zone=zone.name, page=pages.EXPORT) + body


def natural_key(text: str) -> list[str | int]:
    """Sort digits as numbers, as octoDNS demands of a file."""
    return [int(part) if part.isdigit() else part for part in DIGITS.split(text)]


def _key(record: ExportRecord) -> str:
    return "" if record.name_in_zone == APEX else record.name_in_zone


def _record_sets(records: list[ExportRecord]) -> dict[str, Any] | list[dict[str, Any]]:
    sets = [_record_set(list(group)) for _, group in groupby(records, key=lambda record: record.type)]
    return sets[0] if len(sets) == 1 else sets


def _record_set(records: list[ExportRecord]) -> dict[str, Any]:
    values = [_value(record) for record in records]
    plural: dict[str, Any] = {"value": values[0]} if len(values) == 1 else {"values": values}
    return {"ttl": min(record.ttl_s for record in records), "type": str(records[0].type), **plural}


def _value(record: ExportRecord) -> str | dict[str, Any]:
    if record.type is RecordType.MX:
        return {"exchange": record.data, "preference": record.preference}
    return record.data.replace("\\", "\\\\").replace(";", "\\;") if record.type is RecordType.TXT else record.data
