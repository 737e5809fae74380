"""Reading what is deployed."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from mailproof.cloudformation.stack import DeployedStack
from mailproof.live.answer import AwsAnswer, Unanswered
from mailproof.live.aws_session import AwsSession, ask_aws
from mailproof.live.clients import Clients, Place
from mailproof.rollout.assembly import SynthesisedStack
from mailproof.rollout.deployed import DeployedStacks

TEMPLATE: dict[str, Any] = {"Resources": {}}
STACK = SynthesisedStack(
    "prod/dns", "mailproof-prod-dns", "111111111111", "us-east-1", ("arn:role",), frozenset(), TEMPLATE
)


class FakeCloudFormation(Clients):
    """A CloudFormation with one stack, or none."""

    def __init__(self, state: str | None = "UPDATE_COMPLETE", body: object = TEMPLATE) -> None:
        super().__init__(AwsSession())
        self.state = state
        self.body = body

    def ask(self, service: str, place: Place, call: Any) -> AwsAnswer[Any]:
        """Let the caller ask this very object."""
        assert (service, place) == ("cloudformation", Place("111111111111", "us-east-1", ("arn:role",)))
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
