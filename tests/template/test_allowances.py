"""What stands for everything of a domain in ``--allow``."""

from typing import Any

import pytest

from mailproof.model.domain import MailFrom, SendingDomain, Zone
from mailproof.model.records import expected_records
from mailproof.model.resource_types import IDENTITY
from mailproof.model.resources import build_identity, build_record_sets, dkim_attributes, identity_id
from mailproof.template.allowances import words_of
from mailproof.template.contents import Template
from mailproof.template.losses import Loss, find_losses

REGION = "eu-west-1"
ZONE = Zone("example.com", "Z1")
STACK = "prod/ses-eu-west-1"


def template(*names: str) -> Template:
    """Return a stack of domains with single record sets."""
    resources: dict[str, Any] = {}
    for name in names:
        domain = SendingDomain(name, ZONE, (REGION,), MailFrom(f"bounce.{name}"), individual_records=True)
        resources |= build_identity(domain, REGION)
        resources |= build_record_sets(domain, expected_records(domain, REGION, dkim_attributes(name)))
    return {"Resources": resources}


def record(name: Any) -> Template:
    """Return a stack of one record, as one that serves all regions has it."""
    properties = {"Name": name, "Type": "TXT", "HostedZoneId": "Z1"}
    return {"Resources": {"Record": {"Type": "AWS::Route53::RecordSet", "Properties": properties}}}


def gone(*before: Template, after: Template | None = None) -> list[Loss]:
    """Return what goes of stacks, the first of which is left with something."""
    empty: Template = {"Resources": {}}
    first, *others = before
    losses = find_losses(STACK, first, after or empty)
    return [*losses, *(loss for one in others for loss in find_losses("prod/dns", one, empty))]


def test_a_domain_that_left_the_files_stands_for_all_of_its_resources() -> None:
    """In all stacks."""
    losses = gone(
        template("example.com", "old.example.com"), record("_dmarc.old.example.com."), after=template("example.com")
    )
    assert len(losses) == 7
    assert words_of(losses, (), ["example.com"]) == dict.fromkeys((loss.switch for loss in losses), "old.example.com")


def test_a_domain_that_a_file_lists_stands_for_nothing() -> None:
    """Unless somebody says so: it may be in another environment now."""
    losses = gone(template("example.com"))
    assert words_of(losses, (), ["example.com"]) == {}
    assert set(words_of(losses, ["example.com"], ["example.com"]).values()) == {"example.com"}


@pytest.mark.parametrize(
    "name", ["_dmarc.news.example.com.", "bounce.news.example.com.", "example.com._report._dmarc.r.example."]
)
def test_a_parent_lets_nothing_of_a_child_pass(name: str) -> None:
    """The longest name that is known counts, and of DMARC the name says whose it is."""
    losses = gone(template("news.example.com"), record(name))
    given = {"example.com"} if "_report" not in name else {"r.example"}
    assert not set(words_of(losses, given, ["example.com", "news.example.com"])) & {"prod/dns:Record"}


@pytest.mark.parametrize("listed", [(), ("old.example",)], ids=["with its domain", "alone"])
def test_an_address_belongs_to_its_domain(listed: tuple[str, ...]) -> None:
    """It is no word of its own, which `--allow` would not take."""
    address = {"Type": IDENTITY, "Properties": {"EmailIdentity": "joe@old.example"}}
    losses = gone({"Resources": {"Joe": address} | ({} if listed else template("old.example")["Resources"])}, {})
    losses += gone({"Resources": {"JoeElsewhere": address}}) if listed else []
    assert set(words_of(losses, (), listed).values()) == (set() if listed else {"old.example"})
    assert set(words_of(losses, ["old.example"], listed)) == {loss.switch for loss in losses}


def test_a_group_of_two_domains_belongs_to_neither() -> None:
    """Nobody has allowed the other one's."""
    both = {"HostedZoneId": "Z1", "RecordSets": [{"Name": f"_dmarc.{name}.example.", "Type": "TXT"} for name in "ab"]}
    group: Template = {"Resources": {"G": {"Type": "AWS::Route53::RecordSetGroup", "Properties": both}}}
    assert words_of(gone(group), ["a.example"], []) == {}


@pytest.mark.parametrize(("owner", "is_known"), [("old.example", True), ("other.example", False)])
def test_dkim_that_another_stack_publishes_is_known_by_its_identity(owner: str, *, is_known: bool) -> None:
    """The logical id of the identity is all that tells whose such a record is."""
    output = {"StackName": "x", "OutputName": f"ExportsOutputFnGetAtt{identity_id(owner)}DkimDNSTokenName1AB"}
    losses = gone(record({"Fn::GetStackOutput": output}))
    assert set(words_of(losses, ["old.example"], []).values()) == ({"old.example"} if is_known else set())
