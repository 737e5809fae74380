"""The report for a terminal."""

import pytest

from mailproof.check.finding import Severity
from mailproof.commands.output import write_report
from mailproof.report.formats import ReportFormat
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


@pytest.mark.parametrize("term", ["dumb", "xterm-256color", None])
def test_the_caller_alone_says_whether_it_has_colours(term: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the surroundings is asked; whatever they are, the width is the caller's too."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    if term:
        monkeypatch.setenv("TERM", term)
    assert "\x1b" not in build_table(REPORT)
    text = build_table(REPORT, width=100, color=True)
    assert "\x1b[" in text
    assert max(map(len, build_table(REPORT, width=100).splitlines())) in range(81, 101)


@pytest.mark.parametrize(
    ("variables", "expected"),
    [({"TERM": "xterm"}, True), ({"TERM": "dumb"}, False), ({"TERM": "xterm", "NO_COLOR": "1"}, False)],
)
def test_a_terminal_has_the_colours_that_it_shows(
    variables: dict[str, str], *, expected: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`NO_COLOR` and `TERM=dumb` are respected."""
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    write_report(REPORT, ReportFormat.TABLE, [])
    assert ("\x1b[" in capsys.readouterr().out) is expected


def test_the_table_of_nothing_says_so() -> None:
    """Nothing wrong is an answer, too."""
    assert build_table(report([])) == "all well\n"


def test_a_finding_about_all_of_an_environment_has_no_subject() -> None:
    """Wrong credentials, say."""
    text = build_table(report([], finding("preflight-no-credentials", Severity.UNKNOWN)))
    assert "unknown preflight-no-credentials  prod\n" in text
