"""Stack policies: kept, shown, and enforced when a stack is updated."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.localaws.world import Resources, World, email_identity, record_set

_ALLOW_ALL = {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"}


def _policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Statement": [_ALLOW_ALL, *statements]})


def _deny(action: str | list[str], resource: str = "LogicalResourceId/Identity", **more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": action, "Principal": "*", "Resource": resource, **more}


def _resources(world: World, **properties: Any) -> Resources:
    other = record_set(world.zone_id, f"a.{world.zone}", "A", "192.0.2.1")
    return {"Identity": email_identity(world.zone, **properties), "Other": other}


def _changed(world: World) -> Resources:
    return _resources(world, MailFromAttributes={"MailFromDomain": f"bounce.{world.zone}"})


def _mail_from(world: World) -> str | None:
    name: str | None = world.identity()["MailFromAttributes"].get("MailFromDomain")
    return name


def test_a_policy_is_kept_and_shown(world: World) -> None:
    """As it was given, at creation or later."""
    cloudformation = world.client("cloudformation")
    world.deploy(_resources(world), StackPolicyBody=_policy())
    assert cloudformation.get_stack_policy(StackName="stack")["StackPolicyBody"] == _policy()
    policy = _policy(_deny("Update:*"))
    cloudformation.set_stack_policy(StackName="stack", StackPolicyBody=policy)
    assert cloudformation.get_stack_policy(StackName="stack")["StackPolicyBody"] == policy


@pytest.mark.parametrize(
    "statement",
    [
        _deny("Update:*"),
        _deny(["Update:Modify", "Update:Delete"], "*"),
        _deny("Update:*", "*", Condition={"StringLike": {"ResourceType": ["AWS::SES::*"]}}),
        {**_deny([], "*"), "NotAction": "Update:Delete"},
    ],
    ids=["all-actions", "some-actions", "by-type", "not-action"],
)
def test_a_denied_update_is_rolled_back(world: World, statement: dict[str, Any]) -> None:
    """The resource fails with CloudFormation's words, and everything is as before."""
    world.deploy(_resources(world), StackPolicyBody=_policy(statement))
    assert world.deploy(_changed(world)) == "UPDATE_ROLLBACK_COMPLETE"
    (reason,) = world.reasons()
    denied = "Statement [#2] does not allow [Update:Modify] for resource [LogicalResourceId/Identity];"
    assert reason == f"Action denied by stack policy: {denied}"
    assert _mail_from(world) is None


def test_a_denied_replacement_is_rolled_back(world: World) -> None:
    """Another name would replace the identity; a change in place stays allowed."""
    world.deploy(_resources(world), StackPolicyBody=_policy(_deny("Update:Replace")))
    assert world.deploy(_changed(world)) == "UPDATE_COMPLETE"
    renamed = {**_resources(world), "Identity": email_identity(f"new.{world.zone}")}
    assert world.deploy(renamed) == "UPDATE_ROLLBACK_COMPLETE"
    assert "[Update:Replace]" in world.reasons()[0]
    assert _mail_from(world) == f"bounce.{world.zone}"


def test_a_denied_removal_is_rolled_back(world: World) -> None:
    """The resource that the template leaves out stays, and what else was changed is as before."""
    world.deploy(_resources(world), StackPolicyBody=_policy(_deny("Update:Delete")))
    other = record_set(world.zone_id, f"a.{world.zone}", "A", "192.0.2.2")
    assert world.deploy({"Other": other}) == "UPDATE_ROLLBACK_COMPLETE"
    assert "does not allow [Update:Delete] for resource [LogicalResourceId/Identity]" in world.reasons()[0]
    assert world.identity()["IdentityType"] == "DOMAIN"
    assert world.values(f"a.{world.zone}", "A") == ["192.0.2.1"]
    assert world.destroy() == "DELETE_COMPLETE"


def test_what_no_statement_allows_is_denied(world: World) -> None:
    """A policy protects every resource by default; new ones are not updates."""
    allowed = {**_ALLOW_ALL, "Resource": "LogicalResourceId/Other"}
    world.deploy(_resources(world), StackPolicyBody=json.dumps({"Statement": [allowed]}))
    assert world.deploy(_changed(world)) == "UPDATE_ROLLBACK_COMPLETE"
    new = record_set(world.zone_id, f"b.{world.zone}", "A", "192.0.2.1")
    assert world.deploy({**_resources(world), "New": new}) == "UPDATE_COMPLETE"


def test_change_sets_are_under_the_policy_as_well(world: World) -> None:
    """So `cdk deploy` meets it."""
    world.deploy(_resources(world), StackPolicyBody=_policy(_deny("Update:*")))
    cloudformation = world.client("cloudformation")
    template = json.dumps({"Resources": _changed(world)})
    cloudformation.create_change_set(StackName="stack", ChangeSetName="change", TemplateBody=template)
    cloudformation.execute_change_set(StackName="stack", ChangeSetName="change")
    assert world.await_stack("stack") == "UPDATE_ROLLBACK_COMPLETE"


def test_a_policy_for_one_update_counts_for_that_one(world: World) -> None:
    """The next update is under the stack's own policy again."""
    world.deploy(_resources(world), StackPolicyBody=_policy(_deny("Update:*")))
    assert world.deploy(_changed(world), StackPolicyDuringUpdateBody=_policy()) == "UPDATE_COMPLETE"
    assert _mail_from(world) == f"bounce.{world.zone}"
    assert world.deploy(_resources(world)) == "UPDATE_ROLLBACK_COMPLETE"


def test_a_new_policy_counts_after_the_update_that_brings_it(world: World) -> None:
    """The update itself is under the policy of before."""
    world.deploy(_resources(world))
    policy = _policy(_deny("Update:*"))
    assert world.deploy(_changed(world), StackPolicyBody=policy) == "UPDATE_COMPLETE"
    assert world.deploy(_resources(world)) == "UPDATE_ROLLBACK_COMPLETE"


@pytest.mark.parametrize(
    "policy",
    [
        "no JSON",
        "[]",
        json.dumps({"Statement": [{**_ALLOW_ALL, "Effect": "Perhaps"}]}),
        json.dumps({"Statement": [{**_ALLOW_ALL, "Action": "ses:*"}]}),
        json.dumps({"Statement": [{**_ALLOW_ALL, "Principal": {"AWS": "111122223333"}}]}),
        json.dumps({"Statement": [{**_ALLOW_ALL, "Colour": "red"}]}),
        json.dumps({"Statement": [{"Effect": "Allow", "Action": "Update:*", "Principal": "*"}]}),
    ],
)
def test_a_malformed_policy_is_refused(world: World, policy: str) -> None:
    """It would protect nothing, and nobody would know."""
    world.deploy(_resources(world))
    cloudformation = world.client("cloudformation")
    with pytest.raises(ClientError, match="Error validating stack policy"):
        cloudformation.set_stack_policy(StackName="stack", StackPolicyBody=policy)
    with pytest.raises(ClientError, match="Error validating stack policy"):
        world.deploy(_changed(world), StackPolicyDuringUpdateBody=policy)
    assert "StackPolicyBody" not in cloudformation.get_stack_policy(StackName="stack")


def test_fails_on_a_change_set_of_a_stack_at_work(world: World) -> None:
    """As an update does: CloudFormation does one thing at a time."""
    cloudformation = world.client("cloudformation")
    world.deploy(_resources(world))
    world.aws.add_fault(resource_type="AWS::SES::EmailIdentity", target=world.zone, delay_s=30.0)
    template = json.dumps({"Resources": _changed(world)})
    cloudformation.update_stack(StackName="stack", TemplateBody=template)
    with pytest.raises(ClientError, match="is in UPDATE_IN_PROGRESS state and can not be updated"):
        cloudformation.create_change_set(StackName="stack", ChangeSetName="later", TemplateBody=template)
    world.aws.clear_faults()
    assert world.await_stack("stack") == "UPDATE_COMPLETE"
