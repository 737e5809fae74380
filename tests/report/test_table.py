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


def test_no_word_is_broken_at_80_columns() -> None:
    """Regions that say the same share a line; what is wrong comes first, also within a long list of states."""
    states = {"identity": "TEMPORARY_FAILURE", "dkim": "TEMPORARY_FAILURE", "mail_from": "TEMPORARY_FAILURE"}
    regions = ("ap-southeast-2", "ap-southeast-3", "us-east-1")
    long = f"{'a' * 50}.example.org"
    checked = report(
        [
            *(identity("right.example", region, mail_from=None) for region in regions),
            identity(long),
            identity("wrong.example"),
            identity("wrong.example", "eu-west-1", records="wrong", **states),
        ],
        finding("dkim-cname-missing", domain="wrong.example", region="eu-west-1"),
    )
    assert (
        build_table(checked, width=80).partition("\n\n")[0]
        == f"""\
domain         regions          state
wrong.example  eu-west-1        identity TEMPORARY_FAILURE,
                                DKIM TEMPORARY_FAILURE,
                                MAIL FROM TEMPORARY_FAILURE, records wrong
               us-east-1        verified
right.example  ap-southeast-2,  verified, no MAIL FROM
               ap-southeast-3,
               us-east-1
{long}
               us-east-1        verified"""
    )


def test_two_thousand_identities_do_not_scroll_the_errors_away() -> None:
    """The worst are listed, the rest is counted; everything is where nobody reads a screen, or asks for it."""
    checked = report(
        [identity(f"d{number}.example", environment=f"e{number % 2}") for number in range(2000)],
        *(finding("account-in-sandbox", Severity.WARNING, domain=f"d{number}.example") for number in range(100)),
        finding("dkim-pending", domain="d1999.example", environment="e1"),
    )
    text = build_table(checked, width=80, whole=False)
    assert len(text.splitlines()) < 250
    assert text.index("e1: d1999.example  us-east-1  verified; see below") < text.index("e0: d0.example")
    assert "and 1,970 more, the next of them verified (--all lists all)\n\nerror dkim-pending" in text
    assert "and 71 more, the next of them warning (--all lists all)" in text
    assert build_table(checked, width=80).count(" d") > 2000


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
