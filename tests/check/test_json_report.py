"""The report as JSON, its schema and its tables."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from mailproof.check.finding import CheckReport, Severity
from mailproof.report.json_report import build_json
from mailproof.report.reference import SCHEMA, main
from mailproof.report.table import build_table
from tests.check.test_wait import DONE, PENDING, finding

ROOT = Path(__file__).parents[2]
REPORT = CheckReport(
    checked_at="2026-05-01T12:00:00+00:00",
    identities=[DONE, PENDING],
    findings=[finding("dkim-pending"), finding("account-in-sandbox", Severity.WARNING, domain=None)],
)
EMPTY = CheckReport(checked_at="2026-05-01T12:00:00+00:00", identities=[], findings=[])


@pytest.mark.parametrize("report", [REPORT, EMPTY], ids=["findings", "empty"])
def test_the_report_keeps_to_its_published_schema(report: CheckReport) -> None:
    """docs/schemas/check.json is what other programs rely on."""
    schema = json.loads((ROOT / SCHEMA).read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(json.loads(build_json(report)))


def test_the_report_counts() -> None:
    """Version and summary come first."""
    found = json.loads(build_json(REPORT))
    assert list(found) == ["version", "checked_at", "summary", "identities", "findings"]
    assert found["version"] == 1
    assert found["summary"] == {
        "exit_code": 1,
        "environments": 1,
        "domains": 1,
        "identities": 2,
        "error": 1,
        "unknown": 0,
        "warning": 1,
        "info": 0,
    }
    assert found["findings"][1]["domain"] is None


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


def test_the_table_shows_every_part() -> None:
    """What is wrong, on what, and what to do; plain text where there is no terminal."""
    text = build_table(REPORT)
    for part in ("example.com", "PENDING", "error dkim-pending", "fix", "2 identities checked: 1 error, 1 warning"):
        assert part in text
    assert "\x1b" not in text
    assert "\x1b[" in build_table(REPORT, width=80, color=True)


def test_the_table_of_nothing_says_so() -> None:
    """Nothing wrong is an answer, too."""
    assert build_table(EMPTY) == "all well\n"
