"""Which stack holds an identity or record."""

import json
from typing import Any

import pytest

from mailproof.live.aws.clients import Target
from mailproof.live.aws.live_resources import LiveResources
from mailproof.live.aws.members import UnreadableAnswer
from mailproof.live.aws.stack_contents import StackContents, fetch_stack_contents
from mailproof.live.aws.stacks import UNREADABLE
from mailproof.template.intrinsics import IntrinsicEvaluator
from tests.adopt.world import REGION, AdoptWorld
from tests.localaws.world import dkim_members, email_identity, member, record_group, record_set


def _holdings(world: AdoptWorld) -> StackContents:
    target, existing = Target(world.account, REGION), LiveResources(world.clients())
    resolver = IntrinsicEvaluator(
        (), world.account, lambda region, domain: existing.dkim(target.elsewhere(region), domain)
    )
    return fetch_stack_contents(world.clients(), target, [REGION], resolver)


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
    monkeypatch.setattr("mailproof.live.aws.stack_contents.read_template", _refuse)
    assert str(_holdings(world).unanswered[REGION]) == "the deployed template cannot be read (that of web)"


def _refuse(*_: object) -> None:
    raise UnreadableAnswer("that of web", UNREADABLE)


def _deploy_with_parameters(world: AdoptWorld, *members: dict[str, Any]) -> None:
    """Deploy a group in a stack of others, by parameters."""
    parameters = {"Zone": {"Type": "String"}, "Id": {"Type": "String"}, "Kind": {"Type": "String", "Default": "MX"}}
    template = {"Parameters": parameters, "Resources": {"Group": record_group({"Ref": "Id"}, *members)}}  # type: ignore[arg-type]
    given = {"Zone": world.zone, "Id": world.zone_id}
    world.client("cloudformation").create_stack(
        StackName="others",
        TemplateBody=json.dumps(template),
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()],
    )
    assert world.await_stack("others") == "CREATE_COMPLETE"


def test_names_types_and_zones_by_parameters_are_resolved(world: AdoptWorld) -> None:
    """CloudFormation tells the values of parameters, and pseudo parameters are known."""
    name = {"Fn::Sub": "bounce.${AWS::Region}.${Zone}."}
    _deploy_with_parameters(world, {**member(name, "MX", "10 a.example."), "Type": {"Ref": "Kind"}})
    holdings = _holdings(world)
    key = (f"bounce.us-east-1.{world.zone}", "MX")
    assert str(holdings.record(world.zone_id, key)) == "stack others in us-east-1 (Group)"
    assert holdings.record("ZOTHER", key) is None
    assert holdings.unknown == []


def test_a_group_with_a_name_that_cannot_be_resolved_may_hold_any_of_its_zone_and_type(world: AdoptWorld) -> None:
    """Only CloudFormation knows it; elsewhere, and of other types, it holds nothing."""
    name = {"Fn::Join": ["", [{"Fn::Select": [0, {"Fn::Split": [".", "www.x"]}]}, ".", {"Ref": "Zone"}, "."]]}
    _deploy_with_parameters(world, member(name, "TXT", '"x"'))
    holdings = _holdings(world)
    assert str(holdings.maybe(world.zone_id, (f"www.{world.zone}", "TXT"))) == "stack others in us-east-1 (Group)"
    assert holdings.maybe(world.zone_id, (f"www.{world.zone}", "MX")) is None
    assert holdings.maybe("ZOTHER", (f"www.{world.zone}", "TXT")) is None


def test_a_single_record_is_held_also_when_its_identity_is_gone(world: AdoptWorld) -> None:
    """CloudFormation tells its name; members of a group bear a token that nothing else has, and are no matter."""
    [first, second, _] = dkim_members("Identity")
    record = {"Type": "AWS::Route53::RecordSet", "Properties": {"HostedZoneId": world.zone_id, **first}}
    group = record_group(world.zone_id, second)
    world.deploy({"Identity": email_identity(world.zone), "Record": record, "Group": group}, stack="old")
    token = world.identity()["DkimAttributes"]["Tokens"][0]
    world.client("sesv2").delete_email_identity(EmailIdentity=world.zone)
    holdings = _holdings(world)
    key = (f"{token}._domainkey.{world.zone}", "CNAME")
    assert str(holdings.record(world.zone_id, key)) == "stack old in us-east-1 (Record)"
    assert holdings.unknown == []


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
