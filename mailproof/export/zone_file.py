"""Records as a zone file."""

import re
from collections.abc import Sequence

from mailproof.export.collect import RecordList
from mailproof.export.record import ExportRecord, absolute, by_zone
from mailproof.model.dns_record import DEFAULT_TTL_S, RecordType
from mailproof.model.domain import Zone
from mailproof.model.txt import quote_txt

ESCAPE = re.compile(r'\\(\\|"|[0-7]{3})')
# RFC 2606: "invalid" exists nowhere, so that nobody takes these for the real servers of the zone.
PLACEHOLDER_SOA = "invalid. hostmaster.invalid. 1 7200 900 1209600 300"
PLACEHOLDER_NS = "invalid."
STANDALONE_NOTE = """\
; SOA and NS are placeholders, so that a name server loads this file as it stands.
; Leave them out where the zone exists already: --no-soa.
"""


def build_zone_file(zone: Zone, records: Sequence[ExportRecord], *, soa: bool) -> str:
    """
    Write the records of one zone as a master file.

    Args:
        zone: The zone.
        records: Its records, sorted.
        soa: Put placeholders of SOA and NS in front, without which no name server loads it as a zone of its own.

    Source: RFC 1035 section 5
    """
    head = f"; Mail records of {zone.name}, written by mailproof\n{STANDALONE_NOTE if soa else ''}"
    lines = [f"@ IN SOA {PLACEHOLDER_SOA}", f"@ IN NS {PLACEHOLDER_NS}"] if soa else []
    lines += [f"{name} {ttl} IN {kind} {data}" for name, ttl, kind, data in _aligned(records)]
    return f"{head}$ORIGIN {absolute(zone.name)}\n$TTL {DEFAULT_TTL_S}\n" + "".join(f"{line}\n" for line in lines)


def build_zone_files(found: RecordList) -> str:
    """Write records of several zones one below the other, each zone with its own ``$ORIGIN`` and without SOA."""
    return "\n".join(build_zone_file(zone, group, soa=False) for zone, group in by_zone(found.records))


def rdata(record: ExportRecord) -> str:
    """Write the data of a record as a zone file holds it: hosts with their dot, texts quoted."""
    if record.type is RecordType.TXT:
        return ESCAPE.sub(_decimal, quote_txt(record.value))
    return record.data if record.preference is None else f"{record.preference} {record.data}"


def _decimal(match: re.Match[str]) -> str:
    # Route 53 escapes a byte in octal, a master file in decimal.
    sign = match.group(1)
    return match.group() if sign in {"\\", '"'} else f"\\{int(sign, 8):03d}"


def _aligned(records: Sequence[ExportRecord]) -> list[tuple[str, str, str, str]]:
    width = max((len(record.name_in_zone) for record in records), default=0)
    return [
        (record.name_in_zone.ljust(width), str(record.ttl_s), record.type.ljust(len("CNAME")), rdata(record))
        for record in records
    ]
