"""Lines that fit a terminal."""

import pytest

from mailproof.check.finding import Severity
from mailproof.check.receivers import with_receivers
from mailproof.history.life import Episode, Life
from mailproof.history.life import build_table as build_life
from mailproof.probe.report import ProbedRow, ProbeReport
from mailproof.probe.report import build_table as build_probe
from mailproof.report.fitting import fit_lines, fit_rows, wrap
from mailproof.report.table import build_table
from tests.report.samples import finding, mixed, report

COMMAND = "mailproof check --environment prod --domain example.com --region eu-west-1 --all"


@pytest.mark.parametrize("width", [60, 80])
def test_a_report_has_its_words_whole_at_any_width(width: int) -> None:
    """No line is longer than the terminal but for what is copied whole, and no word is broken."""
    checked = with_receivers(mixed())
    text = build_table(checked, width=width)
    words = {word.strip(",") for word in build_table(checked, width=1000).split()}
    assert {word.strip(",") for word in text.partition("\n\n")[2].split()} <= words
    for line in text.splitlines():
        assert len(line) <= width or "`" in line or len(line.split()) <= 2  # a label and a name that is as long


def test_what_is_copied_is_not_broken() -> None:
    """A command or a record stays on its line, wherever that ends; a text about it is broken between words."""
    fix = "Publish the record at the DNS host of example.com, then look again: "
    record = '_dmarc.example.com. 1800 IN TXT "v=DMARC1; p=none; rua=mailto:dmarc@example.com"'
    for whole in (f"`{record}`", COMMAND):
        lines = list(fit_lines([f"  fix      {fix}{whole}"], 60))
        assert whole in [line.strip() for line in lines]
        assert all(line.startswith("           ") for line in lines[1:])
    assert build_table(report([], finding(fix=f"{fix}`{record}`")), width=60).count(record) == 1


def test_a_control_character_is_shown_before_lines_are_broken() -> None:
    """A line end in a text of somebody else makes no line."""
    assert list(fit_lines(["subject  a\nb \x1b[31m"], 80)) == ["subject  a\\u000ab \\u001b[31m"]


def test_a_table_that_is_too_wide_becomes_sentences() -> None:
    """One word per column is the least that a row says."""
    rows = [("example.com", "eu-west-1")]
    assert list(fit_rows(("domain", "region"), rows, 22, " ".join)) == ["domain       region", "example.com  eu-west-1"]
    assert list(fit_rows(("domain", "region"), rows, 15, " ".join)) == ["example.com", "  eu-west-1"]
    assert wrap("", 10) == [""]


def test_a_life_has_its_words_whole() -> None:
    """Names and times of `mailproof history`, also where no table has room."""
    moment, name = "2026-11-29T17:07:36+00:00", "6gbrjpgwjskckoa6a5zn6fwqkn67xbtw._domainkey.example.com"
    episode = Episode(
        rule="dkim-cname-missing",
        environment="prod",
        domain="example.com",
        region="eu-west-1",
        name=name,
        type="CNAME",
        severity="error",
        first_seen=moment,
        last_seen=moment,
        gone=None,
        state="still there",
    )
    life = Life(version=1, runs=1, first_run=moment, last_run=moment, now=[], episodes=[episode])
    for width in (60, 80, None):
        text = build_life(life, width)
        assert name in text
        assert text.count(moment) == 4


def test_what_is_wrong_of_two_thousand_messages_comes_first() -> None:
    """The worst are listed at a terminal, the rest is counted; everything is where nobody reads a screen."""
    rows = [
        ProbedRow(
            environment="prod",
            domain=f"d{number}.example",
            region="ap-southeast-2",
            sender=f"mailproof-probe@d{number}.example",
            records="right",
            message="refused" if number == 1999 else "right",
            verdicts={"dkim": "pass", "spf": "pass", "dmarc": "pass"},
        )
        for number in range(2000)
    ]
    found = [finding("message-refused", name=f"mailproof-probe@d{n}.example", region="us-east-1") for n in range(40)]
    probed = ProbeReport(
        token="t",
        sent_at="2026-11-29T17:07:36+00:00",
        recipient="you@example.org",
        messages=rows,
        findings=[finding("message-not-seen", Severity.UNKNOWN, name="x"), *found],
    )
    text = build_probe(probed, width=80, whole=False)
    assert text.startswith("d1999.example ap-southeast-2: by records right, by message refused, its receiver\n")
    assert "and 1,970 more, the next of them right (--all lists all)" in text
    assert "and 11 more, the next of them error (--all lists all)" in text
    assert text.endswith("2000 messages to you@example.org (t): 1999 right, 1 not\n")
    assert max(len(line) for line in text.splitlines() if "source" not in line) <= 80
    assert len(build_probe(probed).splitlines()) > 2000
