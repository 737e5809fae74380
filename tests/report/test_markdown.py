"""Tests of markdown for GitHub."""

import pytest

from mailproof.check.finding import Severity
from mailproof.report.markdown import JOB_SUMMARY_LIMIT_BYTES, build_markdown
from mailproof.report.markdown_text import code, plain
from tests.report.samples import finding, identity, large, mixed, report


def test_the_verdict_comes_first() -> None:
    """Who reads one line knows how it stands."""
    lines = build_markdown(mixed()).splitlines()
    assert lines[0] == "## ❌ Mail is not fully authenticated"
    assert lines[2] == "3 of 7 identities can send authenticated mail; 1 of them with a warning; 4 cannot."
    assert build_markdown(report()).startswith("## ✅ Mail authenticates everywhere it is asked for\n")
    unanswered = report(None, finding(severity=Severity.UNKNOWN, domain="example.com", region="us-east-1"))
    assert build_markdown(unanswered).startswith("## ❔ Not everything could be asked\n")


def test_the_table_has_domains_and_regions() -> None:
    """Domains with something wrong come first; what is not asked for is a dash."""
    lines = build_markdown(mixed()).splitlines()
    start = lines.index("| Environment | Domain | `us-east-1` | `eu-west-1` | `ap-southeast-2` |")
    assert lines[start + 1 : start + 4] == [
        "| --- | --- | :-: | :-: | :-: |",
        "| prod | `example.com` ❌ | ❌ | ❌ 3 | — |",
        "| prod | `partner.example` ❌ | ❌ | ❌ | — |",
    ]


def test_findings_come_worst_first_with_their_fix() -> None:
    """Errors, what could not be asked, warnings, notes; each finding names its record and its source."""
    text = build_markdown(mixed())
    headings = [line for line in text.splitlines() if line.startswith("### ")]
    assert headings == [
        "### ❌ Errors (5 findings)",
        "### ❔ Could not ask (1 finding)",
        "### ⚠️ Warnings (2 findings)",
        "### Notes (1 finding)",
    ]
    assert "- `prod`, `example.com`, `TXT _dmarc.example.com`: expected `a DMARC record`, observed `none`\n" in text
    assert text.count("**Fix:** Publish the record at the DNS host of example.com.") == 1
    assert (
        "**Fix:** Publish a record, with p=none and reports to begin with. "
        "([RFC 9989 section 4.10.1](https://www.rfc-editor.org/rfc/rfc9989.html#section-4.10.1))"
    ) in text


@pytest.mark.parametrize("limit_bytes", [4_000, 20_000, 65_536, JOB_SUMMARY_LIMIT_BYTES])
def test_the_text_is_bounded_and_says_what_is_cut(limit_bytes: int) -> None:
    """1,240 findings of 1,000 domains fit any limit, with a count of what is left out."""
    text = build_markdown(large(), limit_bytes=limit_bytes)
    assert len(text.encode()) <= limit_bytes
    assert "more domains." in text
    assert " more" in text.rpartition("### ")[2]


def test_findings_that_fit_are_all_there() -> None:
    """Nothing is cut without need."""
    assert "…" not in build_markdown(mixed())


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("a|b", "`a\\|b`"),
        ("a`b", "``a`b``"),
        ("`", "`` ` ``"),
        ("a\n| b |\r\n<b>", "`a \\| b \\| <b>`"),
        ("", ""),
        ("v=spf1 include:amazonses.com ~all", "`v=spf1 include:amazonses.com ~all`"),
    ],
)
def test_a_value_is_a_code_span(value: str, written: str) -> None:
    """It ends no code, no table cell and no line."""
    assert code(value) == written


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("<img src=x>", "\\<img src=x\\>"),
        ("[a](b) *c* _d_ `e` #1", "\\[a\\](b) \\*c\\* \\_d\\_ \\`e\\` \\#1"),
        ("ask @octocat, not a@b.test", "ask @<!-- -->octocat, not a@b.test"),
        ("a\nb\x1b[31m", "a b \\[31m"),
    ],
)
def test_a_text_is_no_markup(text: str, written: str) -> None:
    """It is read as it is, and notifies nobody."""
    assert plain(text) == written


def test_hostile_values_stay_in_their_place() -> None:
    """A DNS answer adds no line, no heading and no row."""
    evil = "x`\n\n# pwned\n| a | b |\n<script>"
    made = report([identity("example.com")], finding(domain="example.com", observed=evil, fix=evil, name=evil))
    lines = build_markdown(made).splitlines()
    assert not any(line.lstrip().startswith(("# pwned", "| a", "<script")) for line in lines)
    assert sum(line.startswith("- ") for line in lines) == 1
