"""Records as CSV, for a spreadsheet or a DNS console that imports one."""

import csv
import io

from mailproof.export.collect import RecordList
from mailproof.export.record import APEX, ExportRecord

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
    "published_by",
)
STACK, PROVIDER, OTHERS = "stack", "another DNS provider", "others"
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


def build_csv(found: RecordList) -> str:
    """
    Write records as CSV: full name with its dot, name in the zone, MX priority apart, texts without quotation marks.

    Source: RFC 4180
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    rows = [(*_row(record), STACK if record.zone.id else PROVIDER) for record in found.records]
    rows += [(*_row(record), OTHERS) for record in found.others]
    writer.writerows(tuple(map(_guarded, row)) for row in rows)
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
        record.kind.label,
        record.region_label,
        record.domain,
        record.environment,
    )


def _guarded(text: str) -> str:
    """Keep a spreadsheet from running a cell; the apex alone is written ``@``, which is no formula."""
    return f"'{text}" if text.startswith(FORMULA_SIGNS) and text != APEX else text
