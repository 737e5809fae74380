"""The guard: a live identity takes another MAIL FROM name only where its records are deployed already."""

import pytest

from mailproof.model.domain import MailFrom, OnMxFailure, SendingDomain, Zone
from mailproof.model.records import expected_records
from mailproof.model.resources import build_identity, build_record_sets
from mailproof.template.cloud_assembly import SynthesisedStack
from mailproof.template.contents import Template
from mailproof.template.losses import Fate
from mailproof.template.mail_from import Switch, all_records, find_switches

REGION = "eu-west-1"
STACK = SynthesisedStack("prod/ses-eu-west-1", "mailproof-prod-ses-eu-west-1", "111122223333", REGION)
OLD, NEW = "bounce.{region}.example.com", "mail.{region}.example.com"
REJECT = OnMxFailure.REJECT_MESSAGE


def template(name: str | None, *also: str, failure: OnMxFailure = OnMxFailure.USE_DEFAULT_VALUE) -> Template:
    """Return the template of a domain."""
    mail_from = MailFrom(name, failure, also) if name else None
    domain = SendingDomain("example.com", Zone("example.com", "Z1"), (REGION,), mail_from=mail_from)
    records = build_record_sets(domain, expected_records(domain, REGION, ()))
    return {"Resources": build_identity(domain, REGION) | records}


@pytest.mark.parametrize("is_first_published", [False, True], ids=["in one step", "records first"])
def test_another_name_is_a_loss_until_its_records_are_deployed(*, is_first_published: bool) -> None:
    """SES would look for records that are made in the same moment, or later."""
    deployed = template(OLD, *([NEW] if is_first_published else []))
    wanted = template(NEW, OLD)
    (switch,) = find_switches(deployed, wanted)
    assert (switch.old, switch.new) == ("bounce.eu-west-1.example.com", "mail.eu-west-1.example.com")
    assert switch.is_prepared(all_records([deployed])) is is_first_published


@pytest.mark.parametrize("rdtype", ["MX", "TXT"])
def test_one_of_the_two_records_is_not_enough(rdtype: str) -> None:
    """Without the MX SES does not take the name; without SPF mail does not align."""
    switch = Switch("Identity", "example.com", "a.example.com", "b.example.com", is_refusing=False)
    assert not switch.is_prepared({("b.example.com", rdtype)})


@pytest.mark.parametrize(
    ("before", "after", "failure", "count"),
    [
        (OLD, OLD, REJECT, 0),
        (OLD, None, REJECT, 0),
        (None, NEW, OnMxFailure.USE_DEFAULT_VALUE, 0),
        (None, NEW, REJECT, 1),
    ],
    ids=["the same", "none any more", "a first name", "a first name, mail refused without it"],
)
def test_what_else_is_a_change_of_the_name(before: str, after: str, failure: OnMxFailure, count: int) -> None:
    """A first name takes nothing away unless SES refuses mail while it has not found its records."""
    assert len(list(find_switches(template(before), template(after, failure=failure)))) == count


def test_a_new_identity_changes_nothing() -> None:
    """No mail comes from it yet."""
    assert list(find_switches({}, template(NEW, failure=REJECT))) == []


def test_the_way_is_said_as_the_file_has_it() -> None:
    """In the file's own words, and what happens to mail meanwhile."""
    deployed, wanted = template(OLD, failure=REJECT), template(NEW, failure=REJECT)
    (switch,) = find_switches(deployed, wanted)
    loss = switch.loss(STACK, all_records([wanted]))
    assert (loss.fate, loss.switch) == (Fate.UNPREPARED, "prod/ses-eu-west-1:IdentityExampleCom19CB0CFC")
    (words,) = loss.words
    assert words == (
        "identity 'example.com', from bounce.eu-west-1.example.com to mail.eu-west-1.example.com: "
        "SES refuses its mail until it has found them (on_mx_failure: reject_message); "
        "write `mail_from: {name: 'bounce.{region}.example.com', also: ['mail.{region}.example.com']}` "
        "and roll that out first"
    )


def test_where_a_person_publishes_the_records_the_way_is_longer() -> None:
    """No stack will ever have them."""
    (switch,) = find_switches(template(OLD), template(NEW))
    (words,) = switch.loss(STACK, ()).words
    assert "SPF does not align" in words
    assert "enter its records at the DNS provider that answers now" in words
