"""Records that others publish: hosts in no zone of ours agree to take DMARC reports."""

import csv
import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from mailproof.export.collect import RecordList, collect_records
from mailproof.export.csv_table import build_csv
from mailproof.export.formats import ExportFormat
from mailproof.export.json_records import build_json
from mailproof.export.selection import RecordSelection
from mailproof.export.table_view import print_records
from tests.export.samples import PROD, FakeReader, environments
from tests.model.reading import GOOD, problems

NAMES = [
    "example.com._report._dmarc.rua.vendor.co.uk.",
    "partner.example._report._dmarc.rua.vendor.co.uk.",
]
TEXT = PROD.replace('"dmarc@example.com"', '"dmarc@example.com", "a@rua.vendor.co.uk"')


def _collect(folder: Path, selected: RecordSelection | None = None) -> RecordList:
    return collect_records(environments(folder, prod=TEXT), selected or RecordSelection(), FakeReader())


def test_they_stand_apart(tmp_path: Path) -> None:
    """None is among those of a zone of ours; table, JSON and CSV mark them, in that order and no other way."""
    found = _collect(tmp_path)
    assert [record.full_name for record in found.others] == NAMES
    assert {record.zone.name for record in found.others} == {"vendor.co.uk"}
    assert not {record.full_name for record in found.records} & set(NAMES)

    text = io.StringIO()
    print_records(found, Console(file=text))
    ours, theirs = text.getvalue().split("vendor.co.uk (for others to publish")
    assert all(name in theirs and name not in ours for name in NAMES)
    assert [record["name"] for record in json.loads(build_json(found))["others"]] == NAMES
    rows = csv.DictReader(io.StringIO(build_csv(found), newline=""))
    assert [row["name"] for row in rows if row["published_by"] == "others"] == NAMES


@pytest.mark.parametrize("form", [ExportFormat.ZONE, ExportFormat.TERRAFORM])
def test_what_programs_apply_has_none_of_them(tmp_path: Path, form: ExportFormat) -> None:
    """A program that applies the records of its zones has no say at others."""
    assert "_report._dmarc.rua" not in form.build_list(_collect(tmp_path))


def test_a_selection_narrows_them(tmp_path: Path) -> None:
    """By domain; whoever asks for a zone asks for none of others."""
    narrowed = _collect(tmp_path, RecordSelection(domains=frozenset({"partner.example"})))
    assert [record.full_name for record in narrowed.others] == NAMES[1:]
    assert _collect(tmp_path, RecordSelection(zones=frozenset({"example.com"}))).others == ()


def test_fails_on_a_host_whose_record_has_no_name() -> None:
    """A name of over 253 bytes cannot be published, by whoever it is."""
    host = ".".join(["a" * 60] * 3 + ["b" * 50, "example"])
    found = problems(f"{GOOD}    dmarc: {{policy: none, reports: ['r@{host}']}}\n")
    assert [problem.partition(", got")[0] for problem in found] == [
        "environments/prod.yaml:7: domains[0].dmarc: needs a record whose name is longer than 253 bytes"
    ]
