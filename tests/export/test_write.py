"""Tests of where exports go."""

from pathlib import Path

import pytest

from mailproof.export.collect import RecordList
from mailproof.export.formats import FILE_FORMATS, ExportFormat
from mailproof.export.write import write_export
from mailproof.model.errors import InvalidValue


@pytest.mark.parametrize(
    ("kind", "output", "files"),
    [
        ("zone", "new", ["new/example.com.zone", "new/partner.example.zone", "new/xn--bcher-kva.example.zone"]),
        ("octodns", "new", ["new/example.com.yaml", "new/partner.example.yaml", "new/xn--bcher-kva.example.yaml"]),
        ("csv", "new/all.csv", ["new/all.csv"]),
        ("json", ".", ["records.json"]),
        ("terraform", "mail.tf", ["mail.tf"]),
    ],
    ids=["zone", "octodns", "csv", "folder", "terraform"],
)
def test_files_are_named_by_format(found: RecordList, tmp_path: Path, kind: str, output: str, files: list[str]) -> None:
    """A format of one zone per file makes a folder, the others a file; an existing folder is taken as one."""
    written = write_export(found, ExportFormat[kind.upper()], tmp_path / output, soa=True)
    assert sorted(path.relative_to(tmp_path).as_posix() for path in written) == files
    assert all(path.stat().st_size for path in written)
    assert not list(tmp_path.rglob("*.partial"))


def test_fails_if_one_file_should_hold_several_zones(found: RecordList, tmp_path: Path) -> None:
    """Nothing is written then."""
    output = tmp_path / "all.zone"
    with pytest.raises(InvalidValue, match="holds one zone per file, and these are 3;"):
        write_export(found, ExportFormat.ZONE, output, soa=True)
    assert not output.exists()


def test_a_csv_keeps_its_line_ends(found: RecordList, tmp_path: Path) -> None:
    """CR LF stays CR LF on every system."""
    write_export(found, ExportFormat.CSV, tmp_path / "all.csv", soa=True)
    data = (tmp_path / "all.csv").read_bytes()
    assert data.count(b"\r\n") == data.count(b"\n") == len(found.records) + 1


def test_the_same_records_make_the_same_files(found: RecordList, tmp_path: Path) -> None:
    """No date, no random part: a file changes only if a record does."""
    for kind in FILE_FORMATS:
        first = write_export(found, kind, tmp_path / "a" / kind, soa=True)
        second = write_export(found, kind, tmp_path / "b" / kind, soa=True)
        assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
