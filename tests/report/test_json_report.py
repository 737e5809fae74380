"""The report as JSON, and its published schema."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from mailproof.check.finding import CheckReport, Severity
from mailproof.report.json_report import build_json
from tests.report.samples import CHECKED_AT, finding, identity, report

ROOT = Path(__file__).parents[2]
REPORT = report(
    [identity(), identity(region="eu-west-1", dkim="PENDING")],
    finding("dkim-pending", domain="example.com"),
    finding("account-in-sandbox", Severity.WARNING),
)
EMPTY = report([])


@pytest.mark.parametrize("sample", [REPORT, EMPTY], ids=["findings", "empty"])
def test_the_report_keeps_to_its_published_schema(sample: CheckReport) -> None:
    """docs/schemas/check.json is what other programs rely on."""
    schema = json.loads((ROOT / "docs/schemas/check.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(json.loads(build_json(sample)))


def test_the_report_counts() -> None:
    """Version and summary come first."""
    found = json.loads(build_json(REPORT))
    times = ["checked_at", "asked_from", "asked_until"]
    parts = ["identities", "domains", "policies", "accounts", "zones", "findings", "meanings", "receivers", "changes"]
    assert list(found) == ["version", *times, "summary", *parts]
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


def test_the_report_says_when_ses_was_asked() -> None:
    """The oldest and the newest answer, and each identity's own; one without an answer has none."""
    times = ("2026-11-23T08:30:00+00:00", "2026-11-24T08:30:01+00:00", None)
    found = json.loads(build_json(report([identity(asked_at=time) for time in times])))
    assert (found["asked_from"], found["asked_until"]) == times[:2]
    assert [one["asked_at"] for one in found["identities"]] == list(times)
    assert (json.loads(build_json(EMPTY))["asked_from"], found["checked_at"]) == (None, CHECKED_AT)
