"""Which stack holds an identity or record."""

import json

import pytest

from mailproof.adopt.existing import Existing
from mailproof.adopt.holders import Holdings, fetch_holdings
from mailproof.adopt.intrinsics import Resolver
from mailproof.live.clients import Place
from tests.adopt.place import REGION, AdoptWorld
from tests.localaws.world import dkim_members, email_identity, member, record_group, record_set


def _holdings(world: AdoptWorld) -> Holdings:
    place, existing = Place(world.account, REGION), Existing(world.clients())
    resolver = Resolver((), lambda region, domain: existing.dkim(place.elsewhere(region), domain))
    return fetch_holdings(world.clients(), place, [REGION], resolver)


def test_identities_and_records_of_every_region_have_their_holder(world: AdoptWorld) -> None:
    """Single record sets, groups and DKIM names, also of a stack in a region that no file names."""
    group = record_group(world.zone_id, *dkim_members("Identity"))
    world.deploy({"Identity": email_identity(world.zone), "Group": group}, stack="old", region="sa-east-1")
    world.deploy({"Www": record_set(world.zone_id, f"www.{world.zone}", "CNAME", "host.example")}, stack="web")
    holdings = _holdings(world)
    assert holdings.unanswered == {}
    assert str(holdings.identities["sa-east-1", world.zone]) == "stack old in sa-east-1 (Identity)"
    token = world.identity(region="sa-east-1")["DkimAttributes"]["Tokens"][0]
    dkim = holdings.record(world.zone_id, (f"{token}._domainkey.{world.zone}", "CNAME"))
    assert (str(dkim), dkim and dkim.is_group) == ("stack old in sa-east-1 (Group)", True)
    assert str(holdings.record(world.zone_id, (f"www.{world.zone}", "CNAME"))) == "stack web in us-east-1 (Www)"
    assert holdings.record(world.zone_id, (f"www.{world.zone}", "TXT")) is None
    assert holdings.record("ZOTHER", (f"www.{world.zone}", "CNAME")) is None


def test_a_template_that_cannot_be_read_is_no_answer(world: AdoptWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """Any tool may have written it; what it holds is not known then, and the stack is named."""
    world.deploy({"Group": record_group(world.zone_id, member(f"www.{world.zone}", "CNAME", "h.example"))}, stack="web")
    monkeypatch.setattr("mailproof.adopt.holders.read_template", _refuse)
    assert str(_holdings(world).unanswered[REGION]) == "the deployed template cannot be read (that of web)"


def _refuse(*_: object) -> None:
    raise ValueError


def test_what_a_stack_has_let_go_is_held_by_nobody(world: AdoptWorld) -> None:
    """A retained resource leaves with the update, or with its stack."""
    kept = {**record_set(world.zone_id, f"www.{world.zone}", "CNAME", "host.example"), "DeletionPolicy": "Retain"}
    world.deploy({"Www": kept, "Rest": {"Type": "AWS::CloudFormation::WaitConditionHandle"}})
    world.deploy({"Rest": {"Type": "AWS::CloudFormation::WaitConditionHandle"}})
    assert _holdings(world).records == {}
    assert world.values(f"www.{world.zone}", "CNAME") == ["host.example."]


def test_a_template_in_yaml_is_understood(world: AdoptWorld) -> None:
    """People write YAML, and so does `cdk import`."""
    group = record_group(world.zone_id, member(f"www.{world.zone}.", "A", "192.0.2.1"))
    body = f"# by hand\nResources:\n  Group: {json.dumps(group)}\n"
    world.client("cloudformation").create_stack(StackName="yaml", TemplateBody=body)
    world.await_stack("yaml")
    assert str(_holdings(world).record(world.zone_id, (f"www.{world.zone}", "A"))) == "stack yaml in us-east-1 (Group)"


@pytest.mark.parametrize(
    ("code", "region", "told"),
    [
        ("AccessDenied", "sa-east-1", True),
        ("InvalidClientTokenId", "sa-east-1", False),
        ("InvalidClientTokenId", REGION, True),
    ],
)
def test_a_region_that_does_not_answer_is_told(world: AdoptWorld, code: str, region: str, *, told: bool) -> None:
    """But for one that is not enabled and that no file names."""
    world.aws.add_fault(
        service="cloudformation", region=region, operation="ListStacks", code=code, account=world.account
    )
    assert (region in _holdings(world).unanswered) is told
