"""Releasing resources: what was in the stack is live and as it was, and nothing else of the stack has changed."""

import json
from typing import Any

import pytest

from mailproof.change.errors import CommandError
from mailproof.change.protection import build_policy
from mailproof.change.release import release
from mailproof.live.aws.stacks import describe_stack
from mailproof.template.taking_out import PLACEHOLDER, take_out
from tests.change.live import LiveStack
from tests.localaws.world import Resources, World, dkim_members, email_identity, member, record_group, record_set

RETAIN = {"DeletionPolicy": "RetainExceptOnCreate"}
SIGNING = ["Dkim1", "Dkim2", "Dkim3", "Identity"]
OUTPUTS = {"Token": {"Value": {"Fn::GetAtt": ["Identity", "DkimDNSTokenName1"]}}, "Other": {"Value": "x"}}
PARAMETERS = {"Policy": {"Type": "String", "Default": "none"}}


def _resources(world: World) -> Resources:
    """Return an identity with its records, and one record beside."""
    zone = {"HostedZoneId": world.zone_id}
    dkim = {
        f"Dkim{number}": {"Type": "AWS::Route53::RecordSet", "Properties": {**zone, **found}, **RETAIN}
        for number, found in enumerate(dkim_members("Identity"), start=1)
    }
    dmarc = record_set(world.zone_id, f"_dmarc.{world.zone}", "TXT", {"Fn::Sub": '"v=DMARC1; p=${Policy}"'})
    return {"Identity": {**email_identity(world.zone), **RETAIN}, **dkim, "Dmarc": {**dmarc, "DependsOn": ["Dkim1"]}}


@pytest.fixture
def stack(world: World) -> LiveStack:
    """A stack with a tag, a parameter that is not its default, and our policy."""
    template = {"Parameters": PARAMETERS, "Resources": _resources(world), "Outputs": OUTPUTS}
    world.client("cloudformation").create_stack(
        StackName="stack",
        TemplateBody=json.dumps(template),
        Parameters=[{"ParameterKey": "Policy", "ParameterValue": "reject"}],
        Tags=[{"Key": "team", "Value": "mail"}],
        Capabilities=["CAPABILITY_IAM"],
        StackPolicyBody=build_policy(),
    )
    assert world.await_stack("stack") == "CREATE_COMPLETE"
    return LiveStack(world)


def _held(stack: LiveStack) -> set[str]:
    return set(stack.template["Resources"])


def test_what_is_released_stays_live_and_the_rest_of_the_stack_as_it_is(stack: LiveStack) -> None:
    """Parameters, tags, capabilities and the policy included; the output that is released with it is gone."""
    world, before = stack.world, stack.describe()
    tokens, records = world.identity()["DkimAttributes"]["Tokens"], world.records()
    release(stack.updater, stack.handle, SIGNING)
    assert _held(stack) == {"Dmarc"}
    assert "DependsOn" not in stack.template["Resources"]["Dmarc"]
    assert world.identity()["DkimAttributes"]["Tokens"] == tokens
    assert world.records() == records
    assert world.dkim_status() == "SUCCESS"
    after = stack.describe()
    assert after["StackStatus"] == "UPDATE_COMPLETE"
    assert [after[key] for key in ("Parameters", "Tags", "Capabilities")] == [
        before[key] for key in ("Parameters", "Tags", "Capabilities")
    ]
    assert [output["OutputKey"] for output in after["Outputs"]] == ["Other"]
    assert world.client("cloudformation").get_stack_policy(StackName="stack")["StackPolicyBody"] == build_policy()


LETTERS = [{"Key": "équipe", "Value": "доставка"}, {"Key": "asked", "Value": "why?"}]


def _tag(stack: LiveStack, *, with_stack: bool) -> None:
    """Tag the identity, and with it the stack, in other scripts."""
    resources = _resources(stack.world)
    resources["Identity"]["Properties"]["Tags"] = LETTERS
    template = {"Parameters": PARAMETERS, "Resources": resources, "Outputs": OUTPUTS}
    stack.world.client("cloudformation").update_stack(
        StackName="stack",
        TemplateBody=json.dumps(template, ensure_ascii=False),
        Parameters=[{"ParameterKey": "Policy", "UsePreviousValue": True}],
        Tags=LETTERS if with_stack else [],
        Capabilities=["CAPABILITY_IAM"],
    )
    assert stack.world.await_stack("stack") == "UPDATE_COMPLETE"


def _own_tags(world: World) -> list[dict[str, str]]:
    return [tag for tag in world.identity()["Tags"] if not tag["Key"].startswith("aws:")]


def test_tags_in_other_scripts_stay_as_they_are(stack: LiveStack) -> None:
    """CloudFormation gives question marks back for them: the tags of the stack say what they were."""
    _tag(stack, with_stack=True)
    before = _own_tags(stack.world)
    release(stack.updater, stack.handle, ["Dkim2"])
    assert _held(stack) == {"Dmarc", *SIGNING} - {"Dkim2"}
    assert _own_tags(stack.world) == before
    assert {tag["Value"] for tag in LETTERS} <= {tag["Value"] for tag in before}


def test_tags_whose_letters_nobody_tells_are_the_reason(stack: LiveStack) -> None:
    """Nothing is changed."""
    _tag(stack, with_stack=False)
    before = _own_tags(stack.world)
    with pytest.raises(CommandError, match=r"tags of Identity have letters outside ASCII.* write these tags in ASCII"):
        release(stack.updater, stack.handle, ["Dkim2"])
    assert _held(stack) == {"Dmarc", *SIGNING}
    assert _own_tags(stack.world) == before


def test_what_is_released_already_is_left_alone(stack: LiveStack) -> None:
    """The same call again does nothing, and one that is wider does the rest."""
    release(stack.updater, stack.handle, ["Dkim1", "Dkim2", "Dkim3"])
    release(stack.updater, stack.handle, SIGNING)
    before = stack.world.client("cloudformation").describe_stack_events(StackName="stack")["StackEvents"]
    release(stack.updater, stack.handle, SIGNING)
    assert stack.world.client("cloudformation").describe_stack_events(StackName="stack")["StackEvents"] == before


def test_a_stack_of_which_all_is_released_stands_with_nothing_in_it(world: World) -> None:
    """CloudFormation takes no template without a resource."""
    world.deploy({"Identity": {**email_identity(world.zone), **RETAIN}})
    stack = LiveStack(world)
    release(stack.updater, stack.handle, ["Identity"])
    assert _held(stack) == {PLACEHOLDER}
    assert world.identity()


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["Dmarc"], "Dmarc: its DeletionPolicy is Delete"),
        (["Identity", "Dkim1", "Dkim2"], "Dkim3: refers to Identity, and cannot stay without"),
    ],
)
def test_what_would_be_lost_or_cannot_stay_is_refused(stack: LiveStack, names: list[str], words: str) -> None:
    """Before anything happens."""
    before = stack.template
    with pytest.raises(CommandError, match=words) as caught:
        release(stack.updater, stack.handle, names)
    assert caught.value.exit_code == 1
    assert stack.template == before


def test_members_of_a_group_that_stays_are_refused(world: World) -> None:
    """No policy keeps a record that leaves a group: CloudFormation would delete it."""
    group = record_group(world.zone_id, *dkim_members("Identity"), member(f"a.{world.zone}", "A", "192.0.2.1"))
    world.deploy({"Identity": {**email_identity(world.zone), **RETAIN}, "Group": {**group, **RETAIN}})
    stack = LiveStack(world)
    with pytest.raises(CommandError, match="Group: refers to Identity, and cannot stay without"):
        release(stack.updater, stack.handle, ["Identity"])


def test_a_deployment_that_went_between_stops_it(stack: LiveStack) -> None:
    """A template that is not the one judged is never put in force."""
    before = stack.template
    stack.world.deploy({**before["Resources"]}, outputs={}, Parameters=[])
    with pytest.raises(CommandError, match="another deployment changed it meanwhile"):
        stack.updater.update(stack.handle, before, {**before, "Outputs": {}})


def test_a_failure_is_told_with_its_reason(stack: LiveStack) -> None:
    """In CloudFormation's words, and that it was undone."""
    before = stack.template
    twin = {**before["Resources"]["Dmarc"], "DependsOn": []}
    with pytest.raises(CommandError) as caught:
        stack.updater.update(stack.handle, before, {**before, "Resources": {**before["Resources"], "Twin": twin}})
    assert caught.value.exit_code == 1
    assert any("prod/mail: Twin: " in line and "already exists" in line for line in caught.value.lines)
    assert stack.template == before


def test_a_refused_call_ends_with_3_and_nothing_done(stack: LiveStack) -> None:
    """The policy is put back, and no change set is left."""
    stack.world.aws.add_fault(service="cloudformation", operation="ExecuteChangeSet", code="AccessDenied")
    before = stack.template
    with pytest.raises(CommandError, match="AccessDenied") as caught:
        release(stack.updater, stack.handle, SIGNING)
    assert caught.value.exit_code == 3
    assert stack.template == before
    cloudformation = stack.world.client("cloudformation")
    assert cloudformation.get_stack_policy(StackName="stack")["StackPolicyBody"] == build_policy()
    assert cloudformation.list_change_sets(StackName="stack")["Summaries"] == []


def test_a_template_that_is_too_long_for_a_call_goes_through_the_bucket(world: World) -> None:
    """As that of the CDK does."""
    world.client("s3").create_bucket(Bucket="templates")
    many = {
        f"Record{number}": {**record_set(world.zone_id, f"r{number}.{world.zone}", "TXT", f'"{"x" * 200}"'), **RETAIN}
        for number in range(150)
    }
    resources = {"Identity": {**email_identity(world.zone), **RETAIN}, **many}
    world.client("s3").put_object(Bucket="templates", Key="first", Body=json.dumps({"Resources": resources}).encode())
    world.client("cloudformation").create_stack(StackName="stack", TemplateURL=f"{world.aws.endpoint}/templates/first")
    assert world.await_stack("stack") == "CREATE_COMPLETE"
    stack = LiveStack(world)
    release(stack.updater, stack.handle, ["Identity"])
    assert _held(stack) == set(many)


def test_of_two_updates_at_once_the_later_is_refused(stack: LiveStack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though both have looked at the same template: a change set does not outlive a change of its stack."""
    updater, before = stack.updater, stack.template

    def overtaken(client: Any, name: str) -> Any:
        """Let another one update the stack between the look and the change."""
        monkeypatch.undo()
        release(stack.updater, stack.handle, ["Dkim1"])
        return describe_stack(client, name)

    monkeypatch.setattr("mailproof.change.stack_update.describe_stack", overtaken)
    with pytest.raises(CommandError, match="which nobody asked for: Add Dkim1"):
        updater.update(stack.handle, before, take_out(before, ["Dkim2"]))
    assert _held(stack) == {"Identity", "Dkim2", "Dkim3", "Dmarc"}
