"""Fn::GetStackOutput over regions and accounts."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.localaws.world import Resources, World, dkim_members, email_identity, record_group

_ROLE = "reader"
_OUTPUTS = {
    f"{part}{number}": {"Value": {"Fn::GetAtt": ["Identity", f"DkimDNSToken{part}{number}"]}}
    for part in ("Name", "Value")
    for number in (1, 2, 3)
}


def _consumer(world: World, **spec: str) -> Resources:
    """Return a group of DKIM records whose names and targets are outputs of the stack `producer`."""

    def output(name: str) -> dict[str, Any]:
        return {"Fn::GetStackOutput": {"StackName": "producer", "OutputName": name, **spec}}

    group = record_group(world.zone_id, *dkim_members("Identity"))
    for number, record in enumerate(group["Properties"]["RecordSets"], start=1):
        record["Name"] = {"Fn::Join": ["", [output(f"Name{number}"), "."]]}
        record["ResourceRecords"] = [output(f"Value{number}")]
    return {"Group": group}


def _produce(account: World, domain: str, region: str = "us-east-1") -> None:
    resources = {"Identity": email_identity(domain)}
    assert account.deploy(resources, stack="producer", region=region, outputs=_OUTPUTS) == "CREATE_COMPLETE"


def _neighbour(world: World) -> World:
    """Return another account, whose zone nobody uses."""
    return World(world.aws, world.neighbour, f"{world.zone_id}N", f"neighbour-{world.zone}")


def _create_role(producer: World, trusted: str) -> str:
    policy = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": trusted}}
    role = producer.client("iam").create_role(
        RoleName=_ROLE, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [policy]})
    )
    return str(role["Role"]["Arn"])


def test_an_output_of_another_region(world: World) -> None:
    """Records in one region's stack are those of another region's identity."""
    region = "eu-central-2"
    _produce(world, world.zone, region)
    assert world.deploy(_consumer(world, Region=region)) == "CREATE_COMPLETE"
    assert world.dkim_status(region) == "SUCCESS"


def test_an_output_of_another_account(world: World) -> None:
    """With a role that trusts the account, its output is read."""
    producer = _neighbour(world)
    _produce(producer, world.zone)
    arn = _create_role(
        producer, f"arn:aws:iam::{world.account}:role/cdk-hnb659fds-cfn-exec-role-{world.account}-us-east-1"
    )
    assert world.deploy(_consumer(world, RoleArn=arn)) == "CREATE_COMPLETE"
    assert producer.identity(world.zone)["DkimAttributes"]["Status"] == "SUCCESS"


def test_an_output_that_is_an_output(world: World) -> None:
    """The function resolves in the Outputs section too."""
    _produce(world, world.zone)
    value = {"Fn::GetStackOutput": {"StackName": "producer", "OutputName": "Value1"}}
    other = email_identity(f"other.{world.zone}")
    assert world.deploy({"Other": other}, outputs={"Handed": {"Value": value}}) == "CREATE_COMPLETE"
    (stack,) = world.client("cloudformation").describe_stacks(StackName="stack")["Stacks"]
    assert stack["Outputs"][0]["OutputValue"].endswith(".dkim.amazonses.com")


def test_fails_without_the_stack(world: World) -> None:
    """A producer that is not deployed fails the consumer."""
    assert world.deploy(_consumer(world)) == "ROLLBACK_COMPLETE"
    assert "Stack [producer] does not exist" in world.reasons()[0]


def test_fails_without_the_output(world: World) -> None:
    """An output that the producer does not have fails the consumer."""
    other = {"Other": email_identity(f"other.{world.zone}")}
    world.deploy(other, stack="producer", outputs={"Unrelated": {"Value": "x"}})
    assert world.deploy(_consumer(world)) == "ROLLBACK_COMPLETE"
    assert "Output [Name1] of stack [producer] does not exist" in world.reasons()[0]


@pytest.mark.parametrize("trusted", [None, "arn:aws:iam::123456789012:root"], ids=["no-role", "trusts-somebody-else"])
def test_fails_without_a_role_that_trusts_the_account(world: World, trusted: str | None) -> None:
    """The role has to exist and to let the account in."""
    producer = _neighbour(world)
    _produce(producer, world.zone)
    arn = _create_role(producer, trusted) if trusted else f"arn:aws:iam::{producer.account}:role/{_ROLE}"
    assert world.deploy(_consumer(world, RoleArn=arn)) == "ROLLBACK_COMPLETE"
    assert f"is not authorized to perform: sts:AssumeRole on resource: {arn}" in world.reasons()[0]


def test_roles_are_assumed_only_by_those_whom_they_trust(world: World) -> None:
    """STS asks the trust policy, as on AWS; the session then works in the role's account."""
    producer = _neighbour(world)
    arn = _create_role(producer, f"arn:aws:iam::{world.account}:root")
    session = world.client("sts").assume_role(RoleArn=arn, RoleSessionName="test")
    assert session["AssumedRoleUser"]["Arn"].split(":")[4] == producer.account
    with pytest.raises(ClientError, match="AccessDenied"):
        world.aws.client("sts", "123456789012").assume_role(RoleArn=arn, RoleSessionName="test")
