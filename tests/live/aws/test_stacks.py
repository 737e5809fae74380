"""Reading what is deployed."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from mailproof.live.answer import AwsAnswer, Unanswered
from mailproof.live.aws.clients import Clients, Target
from mailproof.live.aws.session import AwsSession, ask_aws
from mailproof.live.aws.stacks import DeployedStack, DeployedStacks
from mailproof.template.cloud_assembly import SynthesisedStack

TEMPLATE: dict[str, Any] = {"Resources": {}}
STACK = SynthesisedStack(
    "prod/dns", "mailproof-prod-dns", "111111111111", "us-east-1", roles=("arn:role",), template=TEMPLATE
)


class FakeCloudFormation(Clients):
    """A CloudFormation with one stack, or none."""

    def __init__(self, state: str | None = "UPDATE_COMPLETE", body: object = TEMPLATE) -> None:
        super().__init__(AwsSession())
        self.state = state
        self.body = body

    def ask(self, service: str, place: Target, call: Any) -> AwsAnswer[Any]:
        """Let the caller ask this very object."""
        assert (service, place) == ("cloudformation", Target("111111111111", "us-east-1", ("arn:role",)))
        return ask_aws(lambda: call(self))

    def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803 -- boto3's names
        """Return the state, or say that there is no such stack."""
        if self.state is None:
            error = {"Code": "ValidationError", "Message": f"Stack with id {StackName} does not exist"}
            raise ClientError({"Error": error}, "DescribeStacks")  # type: ignore[typeddict-item]
        return {"Stacks": [{"StackStatus": self.state}]}

    def get_template(self, StackName: str) -> dict[str, Any]:  # noqa: N803 -- as above
        """Return the template."""
        assert StackName == "mailproof-prod-dns"
        return {"TemplateBody": self.body}


def fetch(state: str | None = "UPDATE_COMPLETE", body: object = TEMPLATE) -> DeployedStack | Unanswered:
    """Read the stack."""
    return DeployedStacks(FakeCloudFormation(state, body)).fetch(STACK)


@pytest.mark.parametrize("state", [None, "REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE"])
def test_a_stack_that_was_never_made_has_no_template(state: str | None) -> None:
    """Nothing of it lives, so that nothing of it can be lost."""
    assert fetch(state) == DeployedStack(state, None)


@pytest.mark.parametrize("body", [TEMPLATE, '{"Resources": {}}', "Resources: {}"], ids=["parsed", "json", "yaml"])
def test_a_template_is_read_in_every_form(body: object) -> None:
    """boto3 parses JSON alone; `cdk import` leaves YAML."""
    assert fetch(body=body) == DeployedStack("UPDATE_COMPLETE", TEMPLATE)


def test_a_template_in_no_known_form_is_not_judged() -> None:
    """It is not of this app."""
    assert isinstance(fetch(body="a text"), Unanswered)


class FakeChangeSet(FakeCloudFormation):
    """A CloudFormation with one change set, or none."""

    def __init__(self, *changes: tuple[str, str, str], code: str | None = None) -> None:
        super().__init__()
        self.changes = changes
        self.code = code

    def get_paginator(self, operation: str) -> "FakeChangeSet":
        """Return the pages of the change set."""
        assert operation == "describe_change_set"
        return self

    def paginate(self, StackName: str, ChangeSetName: str) -> list[dict[str, Any]]:  # noqa: N803 -- as above
        """Return a page a change."""
        assert (StackName, ChangeSetName) == ("mailproof-prod-dns", "mailproof-1")
        if self.code:
            raise ClientError({"Error": {"Code": self.code, "Message": "no"}}, "DescribeChangeSet")
        keys = ("Action", "LogicalResourceId", "ResourceType")
        changes = [{"ResourceChange": dict(zip(keys, change, strict=True))} for change in self.changes]
        return [{"Changes": []}, *({"Changes": [change]} for change in changes)]


def test_what_a_change_set_has_removed_is_read() -> None:
    """Of what holds mail alone."""
    aws = FakeChangeSet(
        ("Remove", "Identity", "AWS::SES::EmailIdentity"),
        ("Remove", "Role", "AWS::IAM::Role"),
        ("Modify", "Records", "AWS::Route53::RecordSetGroup"),
    )
    assert DeployedStacks(aws).fetch_removed(STACK, "mailproof-1") == {"Identity"}


def test_a_deployment_without_a_change_set_has_removed_nothing() -> None:
    """There was nothing to change; any other refusal is no answer."""
    assert DeployedStacks(FakeChangeSet(code="ChangeSetNotFound")).fetch_removed(STACK, "mailproof-1") == set()
    denied = DeployedStacks(FakeChangeSet(code="AccessDenied")).fetch_removed(STACK, "mailproof-1")
    assert isinstance(denied, Unanswered)
