"""Tests of the table that people copy from."""

import io

import pytest
from rich.console import Console

from mailproof.export.collect import RecordList
from mailproof.export.record import ExportRecord
from mailproof.export.table_view import print_records
from mailproof.model.dns_record import RecordType
from mailproof.model.domain import Zone
from mailproof.model.record_kind import DMARC


def _printed(found: RecordList, *, terminal: bool, width: int) -> str:
    file = io.StringIO()
    print_records(found, Console(file=file, force_terminal=terminal, width=width, color_system=None))
    return file.getvalue()


@pytest.mark.parametrize(
    ("terminal", "width"), [(False, 80), (True, 80), (True, 40), (True, 300)], ids=["pipe", "80", "40", "300"]
)
def test_names_and_values_are_whole(found: RecordList, terminal: bool, width: int) -> None:  # noqa: FBT001 -- a parameter of the test
    """Whatever the width, each stands on one line without an ellipsis, to be copied."""
    lines = _printed(found, terminal=terminal, width=width).splitlines()
    for record in found.records:
        assert any(f" {record.data}" in line for line in lines)
        assert any(f" {record.full_name}" in line for line in lines)
    assert not any("…" in line for line in lines)


def test_without_a_terminal_a_record_is_one_line(found: RecordList) -> None:
    """So that grep and a file see all of it."""
    lines = _printed(found, terminal=False, width=80).splitlines()
    mx = next(line for line in lines if "bounce.example.com." in line and line.startswith("MX"))
    assert mx.split() == [
        "MX",
        "bounce",
        "bounce.example.com.",
        "10",
        "feedback-smtp.us-east-1.amazonses.com.",
        "1800",
        "MAIL",
        "FROM",
        "MX",
        "all",
    ]


def test_a_zone_says_who_serves_it(found: RecordList) -> None:
    """A person with a foreign DNS console finds the zone."""
    text = _printed(found, terminal=False, width=80)
    assert "partner.example (another DNS provider)" in text
    assert "example.com (Route 53, Z0EXAMPLE)" in text


def test_square_brackets_are_not_markup() -> None:
    """A value is shown as it is, though Rich would read colours out of it."""
    record = ExportRecord(
        Zone("e.test"), "x.e.test", RecordType.TXT, None, "[red]v[/red]", 60, DMARC, "prod", "e.test", ()
    )
    assert "[red]v[/red]" in _printed(RecordList((record,)), terminal=False, width=80)
