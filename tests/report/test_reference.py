"""The generated pages: the reference of the rules, and the schemas."""

from pathlib import Path

import pytest

from mailproof.report.reference import main

ROOT = Path(__file__).parents[2]


def test_generated_pages_are_current(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reference of the rules and the schema: `python -m mailproof.report.reference` writes them."""
    monkeypatch.chdir(ROOT)
    assert main(["--check"]) == 0


def test_pages_are_written_and_found_out_of_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that is not there is out of date; writing it mends that."""
    monkeypatch.chdir(tmp_path)
    assert main(["--check"]) == 1
    assert main([]) == 0
    assert main(["--check"]) == 0
