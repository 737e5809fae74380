"""Tests of what reports say of changes since the last run."""

import json
from dataclasses import replace

import pytest

from mailproof.check.changes import Known, Scope, with_changes
from mailproof.check.finding import CheckReport, Finding
from mailproof.report.formats import ReportFormat
from mailproof.report.headline import summary
from mailproof.report.matrix import build_matrix
from tests.report.samples import finding, identity, report

TUESDAY, MONDAY = "2026-11-24T08:30:00+00:00", "2026-11-30T08:30:00+00:00"
LONG_BEFORE = "2026-11-01T08:30:00+00:00"
OLD = finding(domain="a.example", region="us-east-1", first_seen=TUESDAY)
OLDER = finding("dmarc-missing", domain="b.example", first_seen=LONG_BEFORE)
GONE = finding("mail-from-mx-missing", domain="a.example", region="us-east-1", first_seen=TUESDAY)
IDENTITIES = [identity(domain) for domain in ("a.example", "b.example", "c.example")]


def _compared(*found: Finding, before: tuple[Finding, ...] = (OLD, OLDER, GONE)) -> CheckReport:
    made = replace(report(IDENTITIES, *found), checked_at=MONDAY)
    return with_changes(made, Known(TUESDAY, before), Scope(["prod"]))


def _summary(made: CheckReport) -> str:
    return summary(made, build_matrix(made))


def test_who_decides_reads_since_when() -> None:
    """One day if it is one, else the first."""
    assert _summary(_compared(OLD)) == (
        "2 of 3 identities can send authenticated mail; 1 cannot since Tuesday, 24 November 2026."
    )
    assert _summary(_compared(OLD, OLDER)).endswith("2 cannot, the first since Sunday, 1 November 2026.")
    assert _summary(report(IDENTITIES, OLD)).endswith("1 cannot.")
    first = with_changes(report(IDENTITIES, OLD), None, Scope(["prod"]))
    assert _summary(first).endswith("1 cannot.")


@pytest.mark.parametrize("form", [ReportFormat.MARKDOWN, ReportFormat.HTML, ReportFormat.TABLE])
def test_new_gone_and_still_there_are_counted(form: ReportFormat) -> None:
    """In the same words everywhere."""
    text = form.build(_compared(OLD, OLDER, finding("dmarc-missing", domain="c.example")))
    words = "Since the last run, Tuesday, 24 November 2026, 08:30 UTC: 1 finding new, 1 gone, 2 still there."
    assert words in text
    if form is not ReportFormat.TABLE:
        assert "No DMARC record: c.example" in text
        assert "MAIL FROM MX missing: a.example, us-east-1" in text


def test_sarif_has_the_baseline() -> None:
    """Each result is new or unchanged; without a last run that is not said."""
    made = _compared(OLD, finding("dmarc-missing", domain="c.example"))
    results = json.loads(ReportFormat.SARIF.build(made))["runs"][0]["results"]
    assert [result["baselineState"] for result in results] == ["unchanged", "new"]
    assert results[0]["properties"]["firstSeen"] == TUESDAY
    assert "baselineState" not in ReportFormat.SARIF.build(report(None, OLD))
