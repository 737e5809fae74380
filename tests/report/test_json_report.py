"""The report as JSON, and its published schema."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from mailproof.check.finding import CheckReport, Severity
from mailproof.report.json_report import build_json
from tests.report.samples import finding, identity, report

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
