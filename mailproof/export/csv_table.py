"""Records as CSV, for a spreadsheet or a DNS console that imports one."""

import csv
import io
from collections.abc import Iterator

from mailproof.export.collect import RecordList
from mailproof.export.record import ExportRecord

COLUMNS = (
    "zone",
    "name",
    "relative_name",
    "type",
    "priority",
    "value",
    "ttl",
    "purpose",
    "regions",
    "domain",
    "environment",
)
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


def build_csv(found: RecordList) -> str:
    """
    Write records as CSV: full name with its dot, name in the zone, MX priority apart, texts without quotation marks.

    Source: RFC 4180
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows(map(_row, found.records))
    return text.getvalue()


def _row(record: ExportRecord) -> tuple[str, ...]:
    return (
        record.zone.name,
        record.full_name,
        record.name_in_zone,
        record.type,
        "" if record.preference is None else str(record.preference),
        record.data,
        str(record.ttl_s),
        *_guarded(record.kind.label, record.region_label, record.domain, record.environment),
    )


def _guarded(*texts: str) -> Iterator[str]:
    # A spreadsheet runs a cell that begins so. The cells of the record itself stay as DNS has them.
    return (f"'{text}" if text.startswith(FORMULA_SIGNS) else text for text in texts)
