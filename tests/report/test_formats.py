"""Tests of what holds in every format of reports."""

from dataclasses import replace
from pathlib import Path

import pytest

from mailproof.check.catalogue import CHECK
from mailproof.check.finding import CheckedDomain
from mailproof.check.preflight.catalogue import PREFLIGHT
from mailproof.report.formats import ReportFormat, format_of
from mailproof.report.rule_words import rule_meaning
from tests.report.samples import finding, identity, mixed, report

EXPLAINING = [ReportFormat.HTML, ReportFormat.JSON, ReportFormat.MARKDOWN, ReportFormat.SARIF]


@pytest.mark.parametrize("form", ReportFormat)
def test_every_format_is_written(form: ReportFormat) -> None:
    """Each format's function exists and writes the whole report."""
    assert "ses-unanswered" in form.build(mixed())


@pytest.mark.parametrize("form", EXPLAINING)
@pytest.mark.parametrize("rule", [rule.id for rule in PREFLIGHT])
def test_a_rule_of_preflight_is_explained(form: ReportFormat, rule: str) -> None:
    """As a rule of check is: what it means stands beside its title."""
    meaning = rule_meaning(rule)
    assert meaning
    text = form.build(report(None, finding(rule, domain="example.com")))
    assert meaning.partition("`")[0].partition("'")[0] in text.replace("\\\\", "\\")


def test_every_rule_has_a_meaning() -> None:
    """None is reported by its id alone."""
    assert [rule.id for rule in (*CHECK, *PREFLIGHT) if not rule_meaning(rule.id)] == []


@pytest.mark.parametrize(
    ("name", "form"),
    [("a.html", "html"), ("a.JSON", "json"), ("a.md", "markdown"), ("a.sarif", "sarif"), ("a.txt", "table")],
)
def test_the_ending_of_a_file_chooses_the_format(name: str, form: str) -> None:
    """Any other ending takes the format of standard output."""
    assert format_of(Path(name), ReportFormat.TABLE) == form


@pytest.mark.parametrize("form", [form for form in ReportFormat if form is not ReportFormat.SARIF])
def test_a_domain_without_an_identity_is_told(form: ReportFormat) -> None:
    """With why it has none and how its records are, beside others or alone."""
    alone = CheckedDomain(environment="prod", domain="old.example", kind="parked", records="wrong", path="p", line=1)
    for identities in ([], [identity()]):
        text = form.build(replace(report(identities), domains=[alone]))
        assert all(word in text for word in ("old.example", "parked", "wrong"))
