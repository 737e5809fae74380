"""What makes stacks ready for a deployment: waiting for one that is at work, and clearing a failed first one away."""

from typing import Any

import pytest

from mailproof.change import rest
from mailproof.change.errors import CommandError
from mailproof.change.rest import POLL_S, await_rest
from mailproof.live.answer import AwsAnswer, Unanswered
from mailproof.live.aws.clients import Clients, Target
from mailproof.live.aws.remedies import advise
from mailproof.live.aws.session import AwsSession, ask_aws
from mailproof.live.aws.stacks import DeployedStacks
from mailproof.rollout.readiness import clear_failed
from mailproof.template.cloud_assembly import SynthesisedStack

NAME = "mailproof-prod-dns"
STACK = SynthesisedStack("prod/dns", NAME, "111111111111", "us-east-1", roles=("role",))


class FakeCloudFormation(Clients):
    """A stack that takes on one state after the other."""

    def __init__(self, *states: str, resources: tuple[str, ...] = ("DELETE_COMPLETE",), protected: bool = True) -> None:
        super().__init__(AwsSession())
        self.states = list(states)
        self.resources = resources
        self.protected = protected
        self.pauses: list[float] = []

    def ask(self, service: str, place: Target, call: Any) -> AwsAnswer[Any]:
        """Let the caller ask this very object."""
        assert (service, place) == ("cloudformation", Target("111111111111", "us-east-1", ("role",)))
        return ask_aws(lambda: call(self))

    def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803 -- boto3's names
        """Return the state, and go on to the next; the last stays."""
        assert StackName == NAME
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        return {"Stacks": [{"StackStatus": state, "EnableTerminationProtection": self.protected}]}

    def get_template(self, StackName: str) -> dict[str, Any]:  # noqa: N803 -- boto3's names
        """Return an empty template."""
        assert StackName == NAME
        return {"TemplateBody": "{}"}

    def get_paginator(self, operation: str) -> "FakeCloudFormation":
        """Return what pages."""
        assert operation == "list_stack_resources"
        return self

    def paginate(self, StackName: str) -> list[dict[str, Any]]:  # noqa: N803 -- as above
        """Return the resources."""
        assert StackName == NAME
        return [{"StackResourceSummaries": [{"ResourceStatus": state} for state in self.resources]}]

    def update_termination_protection(
        self,
        StackName: str,  # noqa: N803 -- as above
        *,
        EnableTerminationProtection: bool,  # noqa: N803 -- as above
    ) -> dict[str, str]:
        """Switch the protection."""
        self.protected = EnableTerminationProtection
        return {"StackId": StackName}


@pytest.mark.parametrize("state", ["UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"])
def test_a_stack_at_work_is_waited_for(capsys: pytest.CaptureFixture[str], state: str) -> None:
    """Said once, however long it takes."""
    aws = FakeCloudFormation(state, state, "UPDATE_COMPLETE")
    await_rest(STACK, DeployedStacks(aws), sleep=aws.pauses.append)
    assert aws.pauses == [POLL_S, POLL_S]
    said = f"prod/dns: is in {state}: CloudFormation is at work; waiting until it is done\n"
    assert capsys.readouterr().err == said


@pytest.mark.parametrize("state", ["UPDATE_COMPLETE", "REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE"])
def test_a_stack_at_rest_is_not_waited_for(state: str) -> None:
    """A change set that was never executed is nobody's work."""
    aws = FakeCloudFormation(state)
    await_rest(STACK, DeployedStacks(aws), sleep=aws.pauses.append)
    assert aws.pauses == []


def test_fails_if_it_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """A person has to look."""
    monkeypatch.setattr(rest, "LOOKS_LIMIT", 3)
    aws = FakeCloudFormation("DELETE_IN_PROGRESS")
    with pytest.raises(CommandError, match="prod/dns: is still in DELETE_IN_PROGRESS; look at") as caught:
        await_rest(STACK, DeployedStacks(aws), sleep=aws.pauses.append)
    assert (caught.value.exit_code, len(aws.pauses)) == (3, 3)


def test_the_protection_of_nothing_is_lifted(capsys: pytest.CaptureFixture[str]) -> None:
    """And said, since it is no setting of ours that is kept."""
    aws = FakeCloudFormation("ROLLBACK_COMPLETE", resources=("DELETE_COMPLETE", "DELETE_COMPLETE"))
    clear_failed([STACK], DeployedStacks(aws))
    assert not aws.protected
    assert capsys.readouterr().err.startswith("prod/dns: its creation failed and nothing in it lives; lifted")


@pytest.mark.parametrize(
    "aws",
    [
        FakeCloudFormation("ROLLBACK_COMPLETE", resources=("DELETE_COMPLETE", "DELETE_SKIPPED")),
        FakeCloudFormation("ROLLBACK_COMPLETE", resources=("CREATE_COMPLETE",)),
        FakeCloudFormation("ROLLBACK_FAILED"),
        FakeCloudFormation("UPDATE_ROLLBACK_COMPLETE"),
        FakeCloudFormation("CREATE_COMPLETE"),
    ],
    ids=lambda aws: f"{aws.states[0]} {aws.resources[-1]}",
)
def test_the_protection_of_something_stays(capsys: pytest.CaptureFixture[str], aws: FakeCloudFormation) -> None:
    """Whatever is left of it, or may be."""
    clear_failed([STACK], DeployedStacks(aws))
    assert aws.protected
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("ExpiredToken", "; log in again"),
        ("InvalidClientTokenId", "; if these credentials work elsewhere, the region is off: aws account enable-region"),
        ("AccessDenied", ""),
    ],
)
def test_what_aws_refuses_has_its_advice(code: str, expected: str) -> None:
    """Only where AWS does not say it itself."""
    advice = advise(Unanswered(code, "no"), STACK.region)
    assert advice.startswith(expected)
    assert bool(advice) == bool(expected)
