"""Replicas are made once their parent can be one; whatever is in the way is said, and nothing is made."""

from collections.abc import Callable

import pytest

from mailproof.change.consent import Consent
from mailproof.change.errors import CommandError
from mailproof.change.replication import Replicator, find_replicas
from mailproof.live.aws.clients import Clients
from mailproof.live.aws.session import AwsSession
from tests.localaws.world import World
from tests.model.reading import read

PARENT, REPLICA = "us-east-1", "eu-west-1"
POLICY = "mailproof dkim replicate prod --policy"


@pytest.fixture
def replicate(world: World, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Return what makes the one replica of a file."""
    for name, value in world.aws.environment(world.account).items():
        monkeypatch.setenv(name, value)
    prod = read(
        f'account: "{world.account}"\nregions: [{PARENT}, {REPLICA}]\n'
        f"zones: {{{world.zone}: {{id: {world.zone_id}}}}}\n"
        f"domains: [{{name: {world.zone}, dkim: {{replica_of: {PARENT}}}}}]\n"
    )
    return lambda: Replicator(prod, Clients(AwsSession()), Consent(yes=True), POLICY).run(find_replicas(prod))


def refusal(replicate: Callable[[], None]) -> str:
    """Return why nothing is made."""
    with pytest.raises(CommandError) as refused:
        replicate()
    return str(refused.value)


def origin(region: str) -> dict[str, dict[str, str]]:
    """Return options of an identity that is a replica."""
    return {"DkimSigningAttributes": {"DomainSigningAttributesOrigin": f"AWS_SES_{region.upper().replace('-', '_')}"}}


def test_a_parent_is_there_and_verified_first(world: World, replicate: Callable[[], None]) -> None:
    """Then SES may still refuse: what that takes of IAM is named; and once made, nothing more is done."""
    ses, other = world.client("sesv2", PARENT), world.client("sesv2", REPLICA)
    assert f"{world.zone} in {PARENT}, the parent, has no identity yet" in refusal(replicate)
    ses.create_email_identity(EmailIdentity=world.zone)
    assert "the parent, is not verified (PENDING): `mailproof wait --environment prod` waits" in refusal(replicate)
    world.publish_dkim()
    world.aws.add_fault(
        service="sesv2", operation="CreateEmailIdentity", account=world.account, code="AccessDeniedException"
    )
    message = refusal(replicate)
    assert f"{world.zone} in {REPLICA} was not made: ses:CreateEmailIdentity: AccessDenied" in message
    assert f"what it takes of IAM: {POLICY}" in message
    world.aws.clear_faults()
    replicate()
    made = world.identity(region=REPLICA)
    assert made["DkimAttributes"]["SigningAttributesOrigin"] == "AWS_SES_US_EAST_1"
    replicate()
    other.delete_email_identity(EmailIdentity=world.zone)
    other.create_email_identity(EmailIdentity=world.zone)
    assert f"{world.zone} in {REPLICA} has keys of its own (Easy DKIM), and stays: AWS documents" in refusal(replicate)


def test_a_replica_is_no_parent(world: World, replicate: Callable[[], None]) -> None:
    """SES would refuse it, once the identity is there."""
    world.client("sesv2", PARENT).create_email_identity(EmailIdentity=world.zone, **origin("eu-west-2"))
    assert "the parent, is a replica of eu-west-2: a parent has Easy DKIM, and is not a replica itself" in refusal(
        replicate
    )
