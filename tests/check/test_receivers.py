"""What large receivers ask for, judged by what a check found."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from mailproof.check.catalogue import SECTIONS
from mailproof.check.finding import CheckReport, Finding, Severity
from mailproof.check.receiver_verdict import Receiver, Verdict
from mailproof.check.receivers import judge_receivers, with_receivers
from mailproof.report.formats import ReportFormat
from tests.report.samples import finding, identity, report

SPF, DKIM, DMARC, ALIGNED, KEY = (
    "SPF passes",
    "DKIM passes",
    "DMARC record, at least p=none",
    "From aligned by SPF or DKIM",
    "DKIM key of at least 1024 bits",
)
MEASURED = (SPF, DKIM, DMARC, ALIGNED, KEY)


def verdicts(checked: CheckReport, receiver: Receiver = Receiver.GMAIL, domain: str = "example.com") -> dict[str, str]:
    """Return the verdict on each requirement."""
    found = judge_receivers(checked)
    return {v.requirement: v.verdict.value for v in found if (v.receiver, v.domain) == (receiver, domain)}


def failing(*findings: Finding, **states: Any) -> set[str]:
    """Return what a domain of two regions does not meet."""
    checked = report([identity(), identity(region="eu-west-1", **states)], *findings)
    return {name for name, verdict in verdicts(checked).items() if verdict == Verdict.FAIL}


def test_what_is_verified_meets_what_a_check_can_judge() -> None:
    """And what is in messages, in the receiver's metrics or in nobody's records is never said to be met."""
    found = verdicts(report([identity()]))
    assert {found[requirement] for requirement in MEASURED} == {"pass"}
    assert {name for name, verdict in found.items() if verdict == Verdict.NOT_JUDGED} == {
        "Form of messages (RFC 5322)",
        "Unsubscription, of marketing mail",
        "Spam rate below 0.3 %",
        "Whether these apply: 5,000 messages a day",
    }
    assert verdicts(report([identity()]), Receiver.MICROSOFT)[KEY] == Verdict.NOT_ASKED


DOMAIN: dict[str, Any] = {"domain": "example.com"}
REJECTED = replace(finding("mail-from-pending", **DOMAIN), observed="PENDING, and mail is refused (REJECT_MESSAGE)")


@pytest.mark.parametrize(
    ("findings", "states", "expected"),
    [
        ([], {"dkim": "PENDING"}, {DKIM, KEY}),
        ([], {"dkim": "PENDING", "mail_from": "PENDING"}, {DKIM, KEY, ALIGNED}),
        ([], {"mail_from": "PENDING"}, set()),
        ([finding("dkim-cname-missing", **DOMAIN, region="eu-west-1")], {}, {DKIM, KEY}),
        ([finding("mail-from-spf-missing", **DOMAIN, region="eu-west-1")], {}, {SPF}),
        ([finding("mail-from-mx-missing", **DOMAIN, region="eu-west-1")], {"mail_from": "PENDING"}, set()),
        ([finding("mail-from-differs", **DOMAIN, region="eu-west-1")], {"mail_from": "MISSING"}, set()),
        ([finding("mail-from-spf-missing", **DOMAIN)], {"mail_from": "FAILED"}, {SPF}),
        ([replace(REJECTED, region="eu-west-1")], {"mail_from": "PENDING"}, {SPF}),
        ([finding("dmarc-missing", **DOMAIN)], {}, {DMARC}),
        ([finding("txt-mangled", **DOMAIN, name="_dmarc.example.com", type="TXT")], {}, {DMARC}),
        ([finding("record-doubled-zone", **DOMAIN, name="x._domainkey.example.com", type="CNAME")], {}, {DKIM, KEY}),
        ([finding("record-missing", **DOMAIN, name="_smtp._tls.example.com", type="TXT")], {}, set()),
        ([finding("record-differs", **DOMAIN, name="example.com", type="TXT")], {}, set()),
        ([finding("record-below-delegation", **DOMAIN, name="mta-sts.example.com", type="CNAME")], {}, set()),
        ([finding("txt-mangled", **DOMAIN, name="bounce.example.com", type="TXT")], {}, {SPF}),
        ([finding("zone-not-found", name="example.com")], {}, {SPF, DKIM, DMARC, ALIGNED, KEY}),
        ([finding("zone-not-found", name="other.example")], {}, set()),
        ([finding("sending-paused", region="eu-west-1")], {}, {SPF, DKIM, DMARC, ALIGNED, KEY}),
        ([finding("sending-paused", region="ap-south-1")], {}, set()),
        ([finding("dkim-key-1024", Severity.WARNING, **DOMAIN, region="eu-west-1")], {}, set()),
    ],
)
def test_what_is_found_fails_what_depends_on_it(
    findings: Iterable[Finding], states: dict[str, str], expected: set[str]
) -> None:
    """In any region, and nothing else; alignment needs one of the two."""
    assert failing(*findings, **states) == expected


def test_what_could_not_be_asked_is_not_judged() -> None:
    """It is neither met nor missed."""
    unknown = finding("dns-unanswered", Severity.UNKNOWN, domain="example.com")
    found = verdicts(report([identity()], unknown))
    assert {found[requirement] for requirement in (SPF, DKIM, DMARC)} == {"not judged"}


def test_every_error_fails_something() -> None:
    """A rule that is added is about one part or about everything, unless it is about mail to the domain."""
    errors = [rule.id for rules in SECTIONS.values() for rule in rules if rule.severity is Severity.ERROR]
    concern_nothing = [rule for rule in errors if not failing(finding(rule, **DOMAIN))]
    assert concern_nothing
    assert all(rule.startswith("mta-sts-") for rule in concern_nothing)


@pytest.mark.parametrize("form", [form for form in ReportFormat if form is not ReportFormat.SARIF])
def test_every_report_shows_it_when_asked(form: ReportFormat) -> None:
    """With the requirement, how many miss it, why, and where the receiver says so."""
    checked = report([identity(), identity("news.example.com")], finding("dmarc-missing", **DOMAIN))
    assert "Microsoft" not in form.build(checked)
    text = form.build(with_receivers(checked))
    for part in (DMARC, "Microsoft", "dmarc-missing", "support.apple.com/102322", "2026-11-28"):
        assert part in text
    assert form is ReportFormat.JSON or "fail: 1 of 2" in text
