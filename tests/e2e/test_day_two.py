"""docs/day-two.md, the changes that stay in their stacks: followed to the letter, and watched from first to last."""

import re
from typing import Any

import pytest

from mailproof.live.aws.stacks import read_template
from tests.e2e import warm
from tests.e2e.conftest import Follow
from tests.e2e.following import PAGE, Recipe
from tests.e2e.rolling import HOME, OTHER, REGIONS
from tests.e2e.warm import ROOT

EXPLAINED = {"How `mailproof move` works"}
"""Sections that are not recipes."""


def test_every_section_is_followed() -> None:
    """By a test of this folder."""
    tests = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "tests/e2e").glob("test_*.py"))
    headings = re.findall(r"^## (.*)$", PAGE, re.MULTILINE)
    assert [heading for heading in headings if f'follow("{heading}"' not in tests] == sorted(EXPLAINED)


def test_a_region_is_added(follow: Follow, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it lacks is said before anything is deployed, as a command that is run as it stands."""
    monkeypatch.setattr("tests.e2e.warm.LOOKED_INTO", (*warm.LOOKED_INTO, "ap-south-1"))
    page = follow("A region or an account is added")
    page.stand()
    before = page.standing()
    with page.watched():
        page.write()
        page.run(1)
        assert page.standing() == before
        page.run()
        page.run()
    assert page.standing().has_all_of(before)
    assert set(page.project.stacks("ap-south-1")) == {"ses-ap-south-1"}
    assert page.is_right()
    page.files["prod"]["regions"] = [HOME]
    page.save()
    with page.watched():
        page.run()
        page.run()
    assert page.stands_as(before)
    assert page.project.stacks("ap-south-1") == {}


def test_the_mail_from_name_of_a_live_domain(follow: Follow) -> None:
    """Records first, then the switch; in one step the guard refuses it."""
    page = follow("Another MAIL FROM name")
    page.stand(defaults={"mail_from": {"name": "bounce", "on_mx_failure": "reject_message"}})
    zone = page.project.zone
    with page.watched():
        page.own["mail_from"] = {"name": "mail.{region}", "on_mx_failure": "reject_message"}
        page.save()
        refused = page.run_line("mailproof rollout run prod")
        assert refused.returncode == 1
        assert "would take a MAIL FROM name whose MX and SPF no stack has deployed yet" in refused.stderr
        assert "SES refuses its mail until it has found them" in refused.stderr
        assert f"{{name: 'bounce.{zone}', also: ['mail.{{region}}.{zone}']}}" in refused.stderr
        for _ in range(2):
            page.write()
            page.run()
            page.run()
    assert page.project.identity()["MailFromAttributes"]["MailFromDomain"] == f"mail.{HOME}.{zone}"
    assert page.is_right()
    with page.watched():
        page.own["mail_from"] |= {"name": "bounce", "also": ["mail.{region}"]}
        page.save()
        assert page.run_line("mailproof rollout run prod").returncode == 0
    assert page.project.identity()["MailFromAttributes"]["MailFromDomain"] == f"bounce.{zone}"
    assert page.is_right()
    page.own["mail_from"]["also"] = []
    page.save()
    with page.watched():
        page.run_told("mailproof rollout run prod")
    assert page.is_right()


def test_a_dmarc_record_becomes_an_alias(follow: Follow) -> None:
    """In one step the guard refuses it, whatever is allowed; by the way of the page the name always has a policy."""
    page = follow("A DMARC record becomes an alias")
    shared = f"shared.{page.project.zone}"
    page.stand(shared)
    project, name = page.project, f"_dmarc.{page.project.zone}"
    others = [record for record in project.expected() if record.name != name]
    page.own["dmarc"] = {"alias": f"_dmarc.{shared}"}
    page.save()
    refused = page.run_line("mailproof rollout run prod")
    assert refused.returncode == 1
    assert f"TXT record '{name}' in zone {project.zone_id} is to become a CNAME" in refused.stderr
    assert "under `A DMARC record becomes an alias`" in refused.stderr
    assert "--allow" not in refused.stderr
    with page.watched(others):
        page.write()
        told = page.pasted(page.run(1), "to allow all of this: ")
        assert page.run_line(told).returncode == 0
        assert (name, "TXT") in project.published()
        page.run()
        page.write()
        page.run()
        page.run()
    assert page.is_right()


def test_from_retain_to_destroy(follow: Follow) -> None:
    """The guard asks by name; the way back asks for nothing."""
    page = follow("From retain to destroy")
    page.stand()
    before = page.standing()
    with page.watched():
        page.write()
        page.run(1)
        page.run()
        assert page.is_right()
        page.files["prod"]["removal_policy"] = "retain"
        page.save()
        assert page.run_line("mailproof rollout run prod").returncode == 0
    after = page.standing()
    assert (after.records, after.identities) == (before.records, before.identities)


def test_a_domain_and_a_region_leave(follow: Follow) -> None:
    """In one change: each command is told by the one before; of all else nothing is gone or other."""
    page = follow("A domain or a region leaves")
    gone, kept = f"old.{page.project.zone}", f"sub.old.{page.project.zone}"
    page.stand(gone, kept, regions=REGIONS)
    everything, full = page.standing(), page.files["prod"]
    records = page.project.expected()
    left_out = [found for found in full["domains"] if found["name"] != gone]
    page.files["prod"] = full | {"regions": [HOME], "domains": left_out}
    page.save()
    with page.watched(records):
        page.run(1)
        done = page.run()
        assert f"stays behind: prod: stack mailproof-prod-ses-{OTHER} in {OTHER}" in done.stderr
        assert "stays behind, in no stack: identity" in done.stderr
        assert page.standing().has_all_of(everything)  # retained
        come_back(page, full)
        assert page.stands_as(everything)
    page.files["prod"] = full | {"regions": [HOME], "domains": left_out}
    page.save()
    with page.watched():
        page.run_told("mailproof rollout run prod")
        page.run()
    dmarc = f"_dmarc.{gone}."
    assert page.project.identities() == {page.project.zone, kept}
    assert (page.project.identities(OTHER), page.project.stacks(OTHER)) == (set(), {})
    left = page.standing()
    assert everything.has_all_of(left)
    names = {name for name, _ in left.records}
    assert {name for name in names if OTHER in name or (name.endswith(f".{gone}.") and kept not in name)} == {dmarc}
    [left_behind] = page.run_line("mailproof prune --environment prod").stdout.splitlines()
    assert left_behind.startswith(f"TXT record '_dmarc.{gone}' stays: ")
    assert page.is_right()
    with page.watched():
        page.files["prod"] = full
        page.save()
        refused = page.run_line("mailproof rollout run prod")
        assert refused.returncode == 1
        assert "preflight-record-there" in refused.stderr + refused.stdout  # _dmarc, for which it is adopted
        page.run()
        page.run()
    assert page.is_right()


def come_back(page: Recipe, full: dict[str, Any]) -> None:
    """List again what has left."""
    page.files["prod"] = full
    page.save()
    for line in ("mailproof adopt --environment prod", "mailproof rollout run prod"):
        run = page.run_line(line)
        assert run.returncode == 0, run.stderr
    assert page.is_right()


def test_what_somebody_has_changed_by_hand(follow: Follow) -> None:
    """The rollout stops at once and names all of it; one command puts it back, and nothing else is touched."""
    page = follow("Hand-made changes")
    project = page.project
    page.stand(f"other.{project.zone}", regions=REGIONS)
    tokens = {name for name, _ in project.tokens()[project.zone, HOME]}
    dmarc, mx = f"_dmarc.{project.zone}", f"bounce.{HOME}.other.{project.zone}"
    others = [found for found in project.expected() if str(found.name) not in {*tokens, dmarc, mx}]
    templates = _templates(page)
    project.client("sesv2", HOME).delete_email_identity(EmailIdentity=project.zone)
    project.change("UPSERT", dmarc, "TXT", '"v=DMARC1; p=reject"')
    project.delete_record(mx, "MX")
    with page.watched(others):
        refused = page.run(1)
        assert f"MX record {mx!r}" in refused.stderr
        assert "cdk" not in refused.stderr, "it stops before anything is started"
        preflight = page.run_line("mailproof preflight --environment prod")
        for rule in ("preflight-identity-gone", "preflight-record-changed", "preflight-record-gone"):
            assert preflight.stdout.count(rule) == 1, preflight.stdout
        page.run()
    assert page.is_right()
    assert _templates(page) == templates
    assert page.run_line("mailproof repair prod").stdout == "prod: all is as the stacks hold it\n"


def _templates(page: Recipe) -> dict[str, object]:
    """Return the templates in force."""
    return {
        stack.path: read_template(page.project.client("cloudformation", stack.region), stack.name)
        for stack in page.project.synthesised()
    }


def test_what_replaces_nothing_is_said(follow: Follow) -> None:
    """Another key length, other tags and another behaviour without an MX change identities where they are."""
    page = follow("Another key length, other tags, another `on_mx_failure`")
    page.stand()
    before = page.standing()
    mail_from = [found["MailFromAttributes"] for found in before.identities.values()]
    with page.watched():
        page.write()
        page.run()
    after = page.standing()
    assert after.records == before.records
    [identity] = after.identities.values()
    assert identity["MailFromAttributes"]["BehaviorOnMxFailure"] == "REJECT_MESSAGE"
    assert page.is_right()
    with page.watched():
        page.write()
        early = page.run_line("mailproof rollout run prod")
        assert early.returncode == 1
        assert "is in UPDATE_ROLLBACK_COMPLETE: a change failed and was rolled back" in early.stderr
        assert "at most once per day" in early.stderr + early.stdout
        page.project.aws.advance_clock(25 * 3600)
        page.run()
    back = page.standing()
    assert back.records == before.records
    assert [found["MailFromAttributes"] for found in back.identities.values()] == mail_from
    assert page.is_right()
