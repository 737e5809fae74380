"""Reading what is deployed: by the roles of the bootstrap stack, else by the credentials alone."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from mailproof.live.answer import Unanswered
from mailproof.rollout import deployed as module
from mailproof.rollout.assembly import SynthesisedStack
from mailproof.rollout.deployed import DeployedStacks

OWN, OTHER = "111111111111", "222222222222"
TEMPLATE: dict[str, Any] = {"Resources": {}}


def stack(account: str = OWN) -> SynthesisedStack:
    """Return a stack of an account that two roles may read."""
    roles = tuple(f"arn:aws:iam::{account}:role/{kind}" for kind in ("deploy", "lookup"))
    return SynthesisedStack("prod/dns", "mailproof-prod-dns", account, "us-east-1", roles, frozenset(), TEMPLATE)


class FakeAws:
    """Credentials of the own account, which may take some roles on, and a CloudFormation with one stack."""

    def __init__(self, state: str | None = "UPDATE_COMPLETE", *, roles: tuple[str, ...] = ()) -> None:
        self.state = state
        self.roles = roles
        self.body: Any = TEMPLATE
        self.reader = ""

    def client(self, service: str, region: str) -> "FakeAws":
        """Return a client by the credentials alone."""
        assert region == "us-east-1"
        if service == "cloudformation":
            self.reader = "own"
        return self

    def by_role(self, keys: dict[str, str], region: str) -> "FakeAws":
        """Return a client by a role."""
        assert region == "us-east-1"
        self.reader = keys["AccessKeyId"]
        return self

    def get_caller_identity(self) -> dict[str, str]:
        """Say whose credentials these are."""
        return {"Account": OWN}

    def assume_role(self, RoleArn: str, RoleSessionName: str) -> dict[str, Any]:  # noqa: N803 -- boto3's names
        """Take a role on, if that is allowed."""
        assert RoleSessionName == "mailproof"
        if RoleArn not in self.roles:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": f"not {RoleArn}"}}, "AssumeRole")
        return {"Credentials": {"AccessKeyId": RoleArn}}

    def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803 -- as above
        """Return the state, or say that there is no such stack."""
        if self.state is None:
            error = {"Code": "ValidationError", "Message": f"Stack with id {StackName} does not exist"}
            raise ClientError({"Error": error}, "DescribeStacks")  # type: ignore[typeddict-item]
        return {"Stacks": [{"StackStatus": self.state}]}

    def get_template(self, StackName: str) -> dict[str, Any]:  # noqa: N803 -- as above
        """Return the template."""
        assert StackName == "mailproof-prod-dns"
        return {"TemplateBody": self.body}


def reader(aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> DeployedStacks:
    """Return what is to be tested."""
    monkeypatch.setattr(module, "_client_of", aws.by_role)
    return DeployedStacks(aws)  # type: ignore[arg-type]


def test_the_first_role_that_may_be_taken_on_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here the deploy role may not, as in a pull request."""
    lookup = f"arn:aws:iam::{OTHER}:role/lookup"
    aws = FakeAws(roles=(lookup,))
    assert reader(aws, monkeypatch).fetch_template(stack(OTHER)) == TEMPLATE
    assert aws.reader == lookup


def test_the_credentials_read_their_own_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no role may be taken on."""
    aws = FakeAws()
    assert reader(aws, monkeypatch).fetch_state(stack()) == "UPDATE_COMPLETE"
    assert aws.reader == "own"


def test_another_account_is_not_read_without_its_role(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stack of the same name would be taken for it; the first refusal is the reason."""
    aws = FakeAws()
    found = reader(aws, monkeypatch).fetch_template(stack(OTHER))
    assert found == Unanswered("AccessDenied", f"not arn:aws:iam::{OTHER}:role/deploy")
    assert aws.reader == ""


@pytest.mark.parametrize("state", [None, "REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE"])
def test_a_stack_that_was_never_made_has_no_template(monkeypatch: pytest.MonkeyPatch, state: str | None) -> None:
    """Nothing of it lives, so that nothing of it can be lost."""
    assert reader(FakeAws(state), monkeypatch).fetch_template(stack()) is None


def test_a_template_that_is_text_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """JSON, and YAML as `cdk import` leaves it; one that is neither is not of this app, and not judged."""
    aws = FakeAws()
    for aws.body in ('{"Resources": {}}', "Resources: {}"):
        assert reader(aws, monkeypatch).fetch_template(stack()) == TEMPLATE
    aws.body = "a text"
    assert isinstance(reader(aws, monkeypatch).fetch_template(stack()), Unanswered)
