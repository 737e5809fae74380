"""Tests of what is new since an earlier check, gone, and neither."""

from dataclasses import replace
from typing import Any

import pytest

from mailproof.check.changes import Known, Scope, with_changes
from mailproof.check.finding import CheckReport, Finding, Severity
from mailproof.check.selection import Selection
from tests.check.test_worlds import report_of
from tests.check.world import FOLDER
from tests.report.samples import CHECKED_AT, finding, identity, report

BEFORE, LONG_BEFORE = "2026-11-23T08:30:00+00:00", "2026-11-01T08:30:00+00:00"
WHOLE = Scope(["prod"])
TOKEN: dict[str, Any] = {
    "domain": "example.com",
    "region": "us-east-1",
    "name": "t1._domainkey.example.com",
    "type": "CNAME",
}
DMARC: dict[str, Any] = {"domain": "example.com", "name": "_dmarc.example.com", "type": "TXT"}
ZONE: dict[str, Any] = {"name": "example.com", "type": "NS"}
UNANSWERED = Severity.UNKNOWN


def _known(*findings: Finding) -> Known:
    return Known(BEFORE, [replace(found, first_seen=found.first_seen or BEFORE) for found in findings])


def _changes(known: Known | None, now: CheckReport, scope: Scope = WHOLE) -> tuple[list[str], list[str], list[str]]:
    changes = with_changes(now, known, scope).changes
    assert changes is not None
    new, gone, not_judged = ([found.rule for found in part] for part in (changes.new, changes.gone, changes.not_judged))
    return new, gone, not_judged


def test_a_finding_keeps_the_time_at_which_it_was_first_seen() -> None:
    """Whatever is observed at its subject, and however bad it is meanwhile; a new one is of now."""
    old = finding(**TOKEN, first_seen=LONG_BEFORE)
    now = report(None, finding(**TOKEN, observed="something else"), finding("dmarc-missing", **DMARC))
    found = with_changes(now, _known(old), WHOLE)
    assert [one.first_seen for one in found.findings] == [LONG_BEFORE, CHECKED_AT]
    assert found.changes is not None
    assert found.changes.former_run == BEFORE
    assert [one.rule for one in found.changes.new] == ["dmarc-missing"]


def test_at_the_first_run_everything_is_new() -> None:
    """There is nothing to compare with."""
    assert _changes(None, report(None, finding(**TOKEN))) == (["dkim-cname-missing"], [], [])


def test_what_was_looked_for_in_vain_is_gone() -> None:
    """Also of a domain that the file does not list any more."""
    elsewhere = finding(domain="old.example", region="us-east-1", name="t1._domainkey.old.example")
    gone = _changes(_known(finding(**TOKEN), elsewhere), report([identity()]))
    assert gone == ([], ["dkim-cname-missing"] * 2, [])


@pytest.mark.parametrize("more", [{"name": "a._domainkey.example.com"}, {"rule": "dkim-txt-in-place"}])
def test_another_finding_at_the_same_domain_does_not_hide_that_one_is_gone(more: dict[str, Any]) -> None:
    """Nothing was left unanswered."""
    now = report([identity(records="wrong")], finding(**{**TOKEN, **more}))
    assert _changes(_known(finding(**TOKEN)), now)[1:] == (["dkim-cname-missing"], [])


@pytest.mark.parametrize(
    ("row", "unanswered"),
    [
        pytest.param({"records": "unknown"}, [], id="its records were not answered for"),
        pytest.param({"identity": "UNKNOWN"}, [], id="SES did not answer for its identity"),
        pytest.param({"identity": "MISSING"}, [], id="which records it needs is not known"),
        pytest.param({}, [finding("ses-unanswered", UNANSWERED, region="us-east-1")], id="SES did not answer at all"),
        pytest.param({}, [finding("dns-unanswered", UNANSWERED, **ZONE)], id="its zone did not answer"),
        pytest.param({}, [finding("dns-unanswered", UNANSWERED, **TOKEN)], id="its name did not answer"),
        pytest.param(
            {"records": "wrong"},
            [finding("dns-unanswered", UNANSWERED, domain="a.example", name="spf.example.net")],
            id="a name of others did not answer, and it may hide behind it",
        ),
    ],
)
def test_what_could_not_be_asked_is_not_gone(row: dict[str, Any], unanswered: list[Finding]) -> None:
    """It is neither gone nor still there, and keeps its time."""
    now = report([identity(**row)], *unanswered)
    found = with_changes(now, _known(finding(**TOKEN, first_seen=LONG_BEFORE)), WHOLE).changes
    assert found is not None
    assert not found.gone
    assert [one.first_seen for one in found.not_judged] == [LONG_BEFORE]


@pytest.mark.parametrize(
    "unanswered",
    [
        finding("ses-unanswered", UNANSWERED, region="eu-west-1"),
        finding("dns-unanswered", UNANSWERED, name="other.example", type="NS"),
        finding("dns-unanswered", UNANSWERED, domain="a.example", name="spf.example.net"),
        finding("route53-unanswered", UNANSWERED, **ZONE),
        finding("dns-unanswered", UNANSWERED, environment="stage", **ZONE),
    ],
    ids=lambda found: f"{found.rule} {found.region or found.name}",
)
def test_what_does_not_concern_it_leaves_it_gone(unanswered: Finding) -> None:
    """All records of its domain were found right."""
    assert _changes(_known(finding(**TOKEN)), report([identity()], unanswered))[1] == ["dkim-cname-missing"]


def test_dmarc_is_judged_without_ses() -> None:
    """By DNS alone."""
    silent = finding("ses-unanswered", UNANSWERED, region="us-east-1")
    now = report([identity(identity="UNKNOWN", dkim="UNKNOWN", mail_from="UNKNOWN")], silent)
    assert _changes(_known(finding("dmarc-missing", **DMARC)), now)[1] == ["dmarc-missing"]


def test_a_zone_needs_route_53() -> None:
    """Its delegation cannot be compared without."""
    now = report([identity()], finding("route53-unanswered", UNANSWERED, **ZONE))
    assert _changes(_known(finding("delegation-elsewhere", **ZONE)), now)[2] == ["delegation-elsewhere"]


@pytest.mark.parametrize(
    "scope",
    [
        Scope(["stage"]),
        Scope(["prod"], Selection(domains=["other.example"])),
        Scope(["prod"], Selection(regions=["eu-west-1"])),
    ],
)
def test_what_was_not_to_be_looked_at_is_not_gone(scope: Scope) -> None:
    """An environment, a domain or a region that was left out."""
    assert _changes(_known(finding(**TOKEN)), report([]), scope) == ([], [], ["dkim-cname-missing"])


def test_with_one_resolver_servers_are_not_compared() -> None:
    """A server that was out of step may still be so."""
    known = _known(finding("name-server-out-of-step", **TOKEN))
    assert _changes(known, report(), replace(WHOLE, compares_servers=False))[2] == ["name-server-out-of-step"]
    assert _changes(known, report())[1] == ["name-server-out-of-step"]


@pytest.mark.parametrize(("world", "part"), [("healthy-two-regions", 1), ("zone-servfail", 2), ("ses-unanswered", 2)])
def test_a_world_that_does_not_answer_takes_nothing_away(world: str, part: int) -> None:
    """A record that was missing is gone where it is found, and nowhere else."""
    now = report_of(FOLDER / f"{world}.yaml")
    domain, region = max((row.identity, row.domain, row.region) for row in now.identities)[1:]
    missing = finding(domain=domain, region=region, name=f"t1._domainkey.{domain}", type="CNAME")
    assert _changes(_known(missing), now)[part] == ["dkim-cname-missing"]
