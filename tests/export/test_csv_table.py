"""Tests of CSV."""

import csv
import io

import pytest

from mailproof.export.collect import RecordList
from mailproof.export.csv_table import COLUMNS, build_csv
from mailproof.export.record import ExportRecord
from mailproof.model.dns_record import RecordType
from mailproof.model.domain import Zone
from mailproof.model.record_kind import DMARC


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_row_has_both_names_and_the_priority_apart(found: RecordList) -> None:
    """Whatever a DNS console asks for stands in a cell of its own."""
    row = next(row for row in _rows(build_csv(found)) if row["type"] == "MX" and row["zone"] == "partner.example")
    assert row == {
        "zone": "partner.example",
        "name": "bounce.eu-west-1.partner.example.",
        "relative_name": "bounce.eu-west-1",
        "type": "MX",
        "priority": "10",
        "value": "feedback-smtp.eu-west-1.amazonses.com.",
        "ttl": "1800",
        "purpose": "MAIL FROM MX",
        "regions": "eu-west-1",
        "domain": "partner.example",
        "environment": "prod",
        "published_by": "another DNS provider",
    }


def test_lines_end_as_rfc_4180_says(found: RecordList) -> None:
    """One header line, one line a record, each with CR LF."""
    lines = build_csv(found).split("\r\n")
    assert lines[0] == ",".join(COLUMNS)
    assert lines[-1] == ""
    assert len(lines) == len(found.records) + 2
    assert not any("\n" in line for line in lines)


def test_a_text_is_not_quoted_for_dns(found: RecordList) -> None:
    """DNS consoles put the quotation marks themselves."""
    values = {row["value"] for row in _rows(build_csv(found)) if row["type"] == "TXT"}
    assert "v=spf1 include:amazonses.com ~all" in values


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_is_a_formula(sign: str) -> None:
    """A spreadsheet runs no cell, whichever column it is in; the sign of the apex alone is none."""
    zone = Zone("example.com")
    record = ExportRecord(
        zone, "example.com", RecordType.TXT, None, f"{sign}1+1", 60, DMARC, f"{sign}env", "example.com", ()
    )
    (row,) = _rows(build_csv(RecordList((record,))))
    assert (row["relative_name"], row["value"], row["environment"]) == ("@", f"'{sign}1+1", f"'{sign}env")
