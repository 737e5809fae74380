"""The report for a terminal."""

from mailproof.check.finding import Severity
from mailproof.report.table import build_table
from tests.report.samples import finding, identity, report

REPORT = report(
    [identity(), identity(region="eu-west-1", dkim="PENDING")],
    finding("dkim-pending", domain="example.com"),
    finding("account-in-sandbox", Severity.WARNING),
    finding("dns-unanswered", Severity.UNKNOWN),
)


def test_the_table_shows_every_part() -> None:
    """What is wrong, on what, and what to do; plain text where there is no terminal."""
    text = build_table(REPORT)
    for part in ("example.com", "PENDING", "error dkim-pending", "fix"):
        assert part in text
    assert text.endswith("2 identities checked: 1 error, 1 question unanswered, 1 warning\n")
    assert "\x1b" not in text
    assert "\x1b[" in build_table(REPORT, width=80, color=True)


def test_the_table_of_nothing_says_so() -> None:
    """Nothing wrong is an answer, too."""
    assert build_table(report([])) == "all well\n"


def test_a_finding_about_all_of_an_environment_has_no_subject() -> None:
    """Wrong credentials, say."""
    text = build_table(report([], finding("preflight-no-credentials", Severity.UNKNOWN)))
    assert "unknown preflight-no-credentials  prod\n" in text
