"""Stack policies: what they deny, what is lifted and for how long, and what is said where they cannot be set."""

import json
from pathlib import Path

import pytest

from mailproof.change.errors import CommandError
from mailproof.change.protection import build_policy, is_ours, protected
from mailproof.live.answer import Unanswered
from mailproof.localaws.cloudformation.stack_policy import find_denial
from mailproof.template.cloud_assembly import SynthesisedStack
from tests.rollout.fake_programs import FakePrograms
from tests.rollout.test_run import FakeStacks

STACK = SynthesisedStack("prod/dns", "mailproof-prod-dns", "1", "us-east-1")
DENIED = Unanswered("AccessDenied", "no")
OTHERS = json.dumps({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "Update:*", "Resource": "*"}]})


@pytest.fixture
def deployed(tmp_path: Path) -> FakeStacks:
    """One stack, without a policy."""
    return FakeStacks(FakePrograms(tmp_path))


@pytest.mark.parametrize(
    ("action", "resource_type", "logical_id", "denied"),
    [
        ("Update:Delete", "AWS::SES::EmailIdentity", "Kept", True),
        ("Update:Replace", "AWS::Route53::RecordSet", "Kept", True),
        ("Update:Delete", "AWS::Route53::RecordSetGroup", "Kept", True),
        ("Update:Delete", "AWS::SES::EmailIdentity", "Lifted", False),
        ("Update:Modify", "AWS::SES::EmailIdentity", "Kept", False),
        ("Update:Delete", "AWS::SES::ConfigurationSet", "Kept", False),
    ],
)
def test_what_is_denied(action: str, resource_type: str, logical_id: str, *, denied: bool) -> None:
    """Deleting and replacing what is live, but for what is lifted; never a change in place."""
    assert bool(find_denial(build_policy(["Lifted"]), action, logical_id, resource_type)) == denied
    assert is_ours(build_policy(["Lifted"]))
    assert not is_ours(OTHERS)
    assert not is_ours("no JSON")


def _end_with(error: BaseException, deployed: FakeStacks, allowed: set[str]) -> None:
    with protected([STACK], deployed, allowed):  # type: ignore[arg-type]
        raise error


def test_it_is_lifted_for_what_is_allowed_while_it_lasts(deployed: FakeStacks) -> None:
    """Of this stack alone, and put back after a failure or an interrupt too."""
    deployed.policies["prod/dns"] = build_policy()
    allowed = {"prod/dns:Old", "prod/dns:removal_policy", "prod/ses-us-east-1:Other"}
    for end in (KeyboardInterrupt, ValueError):
        with pytest.raises(end):
            _end_with(end(), deployed, allowed)
        assert deployed.set[-2:] == [("prod/dns", build_policy(["Old"]), 0), ("prod/dns", build_policy(), 0)]
        assert deployed.policies["prod/dns"] == build_policy()


def test_what_a_killed_command_left_lifted_is_put_back_before_anything(deployed: FakeStacks) -> None:
    """A run that allows nothing deploys under the whole policy."""
    deployed.policies["prod/dns"] = build_policy(["Old"])
    with protected([STACK], deployed, ()):  # type: ignore[arg-type]
        assert deployed.policies["prod/dns"] == build_policy()


def test_a_policy_of_somebody_else_stays(deployed: FakeStacks, capfd: pytest.CaptureFixture[str]) -> None:
    """It is said, and CloudFormation asks it."""
    deployed.policies["prod/dns"] = OTHERS
    with protected([STACK], deployed, {"prod/dns:Old"}):  # type: ignore[arg-type]
        pass
    assert deployed.set == []
    assert "prod/dns: has a stack policy of somebody else, which stays as it is" in capfd.readouterr().err


@pytest.mark.parametrize("is_readable", [True, False])
def test_what_cannot_be_lifted_stops_before_the_deployment(deployed: FakeStacks, *, is_readable: bool) -> None:
    """With exit code 3: under the policy the deployment would fail halfway."""
    deployed.policies["prod/dns"] = build_policy() if is_readable else DENIED
    deployed.refused["prod/dns"] = DENIED
    with (
        pytest.raises(CommandError, match=r"grant cloudformation:GetStackPolicy") as caught,
        protected([STACK], deployed, {"prod/dns:Old"}),  # type: ignore[arg-type]
    ):
        pytest.fail("it was deployed")
    assert caught.value.exit_code == 3


def test_what_cannot_be_set_is_said(deployed: FakeStacks, capfd: pytest.CaptureFixture[str]) -> None:
    """It stops nothing: the guard has looked."""
    deployed.refused["prod/dns"] = DENIED
    with protected([STACK], deployed, ()):  # type: ignore[arg-type]
        pass
    assert "prod/dns: CloudFormation does not protect its identities and records" in capfd.readouterr().err
