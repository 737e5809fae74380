"""Whose credentials open an account: the caller's own, or a role's."""

from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.hooks import HierarchicalEmitter

from mailproof.live.answer import AwsAnswer, Unanswered
from mailproof.live.aws.clients import Clients, Target, reading_target
from mailproof.live.aws.session import AwsSession
from mailproof.template.cloud_assembly import SynthesisedStack

OWN, OTHER = "111111111111", "222222222222"
ROLES = tuple(f"arn:aws:iam::{OTHER}:role/{kind}" for kind in ("deploy", "lookup"))
OWN_ROLE = f"arn:aws:iam::{OWN}:role/deploy"


class FakeAws(AwsSession):
    """Credentials of the own account, which may take some roles on; a client answers with whose it is."""

    def __init__(self, *roles: str) -> None:
        super().__init__()
        self.roles = roles

    def client(self, service: str, region: str | None = None) -> Any:
        """Return a client by the credentials alone."""
        assert region == "us-east-1"
        return self if service == "sts" else "own"

    def get_caller_identity(self) -> dict[str, str]:
        """Say whose credentials these are."""
        return {"Account": OWN}

    def assume_role(self, RoleArn: str, RoleSessionName: str) -> dict[str, Any]:  # noqa: N803 -- boto3's names
        """Take a role on, if that is allowed."""
        assert RoleSessionName == "mailproof"
        if RoleArn not in self.roles:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": f"not {RoleArn}"}}, "AssumeRole")
        return {"Credentials": {"AccessKeyId": RoleArn, "SecretAccessKey": "secret", "SessionToken": "token"}}


class RoleSession:
    """What boto3 makes of the keys of a role."""

    def __init__(self, aws_access_key_id: str, **_: str) -> None:
        self.role = aws_access_key_id
        self.events = HierarchicalEmitter()

    def client(self, service: str, region_name: str, config: object) -> str:
        """Return a client by the role."""
        assert (service, region_name) == ("cloudformation", "us-east-1")
        assert config
        return self.role


@pytest.fixture(autouse=True)
def _boto3(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("boto3.session.Session", RoleSession)


def asked_by(aws: FakeAws, account: str, *roles: str, prefer_roles: bool = False) -> AwsAnswer[Any]:
    """Return who asks in an account."""
    clients = Clients(aws, prefer_roles=prefer_roles)
    return clients.ask("cloudformation", Target(account, "us-east-1", roles), lambda client: client)


def test_the_first_role_that_may_be_taken_on_asks() -> None:
    """Here the deploy role may not, as in a pull request."""
    assert asked_by(FakeAws(*ROLES), OTHER, *ROLES) == ROLES[0]
    assert asked_by(FakeAws(ROLES[1]), OTHER, *ROLES) == ROLES[1]


@pytest.mark.parametrize("roles", [ROLES, ROLES[1:], ROLES[:1], ()])
def test_a_stack_is_read_by_its_last_role(roles: tuple[str, ...]) -> None:
    """That is the one for looking; where a synthesizer gives no such role, the only one there is."""
    stack = SynthesisedStack("prod/dns", "mailproof-prod-dns", OTHER, "us-east-1", roles=roles)

    assert reading_target(stack) == Target(OTHER, "us-east-1", roles[-1:])


@pytest.mark.parametrize(("prefer_roles", "who"), [(False, "own"), (True, OWN_ROLE)])
def test_in_the_own_account_roles_come_first_only_if_preferred(*, prefer_roles: bool, who: str) -> None:
    """The CDK's command line takes them even there: the caller may be allowed nothing else."""
    assert asked_by(FakeAws(OWN_ROLE), OWN, OWN_ROLE, prefer_roles=prefer_roles) == who


def test_the_credentials_ask_in_their_own_account_where_no_role_may_be_taken_on() -> None:
    """An account without roles of a bootstrap, say."""
    assert asked_by(FakeAws(), OWN, OWN_ROLE, prefer_roles=True) == "own"


def test_another_account_is_not_asked_without_its_role() -> None:
    """A stack of the same name would be taken for it; the first refusal is the reason."""
    assert asked_by(FakeAws(), OTHER, *ROLES) == Unanswered("AccessDenied", f"not {ROLES[0]}")
    wrong = asked_by(FakeAws(), OTHER, prefer_roles=True)
    assert str(wrong) == f"wrong account (the credentials belong to {OWN}, not to {OTHER})"


@pytest.mark.parametrize("whose", [OTHER, OWN])
def test_credentials_that_are_given_for_an_account_ask_there(whose: str) -> None:
    """Before any role, if they are of that account; the others stay as they are."""

    class Given(FakeAws):
        def client(self, service: str, region: str | None = None) -> Any:
            return self if service == "sts" else f"given in {region}"

        def get_caller_identity(self) -> dict[str, str]:
            return {"Account": whose}

    clients = Clients(FakeAws(*ROLES), others={OTHER: Given()})
    found = clients.ask("route53", Target(OTHER, "us-east-1", ROLES), lambda client: client)
    wrong = Unanswered("wrong account", f"the credentials given for {OTHER} belong to {OWN}")
    assert found == ("given in us-east-1" if whose == OTHER else wrong)
    assert clients.ask("route53", Target(OWN, "us-east-1"), lambda client: client) == "own"
