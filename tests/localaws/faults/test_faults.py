"""Faults of calls and of resources, and the count of calls."""

import threading
import time

import pytest
from botocore.exceptions import ClientError

from tests.localaws.world import World, email_identity, member, record_group


def test_a_call_fails_as_often_as_asked(world: World) -> None:
    """The error has the code and status of the service; then the call succeeds."""
    ses = world.client("sesv2")
    world.aws.add_fault(
        service="sesv2", operation="GetAccount", account=world.account, code="TooManyRequestsException", times=2
    )
    for _ in range(2):
        with pytest.raises(ClientError) as caught:
            ses.get_account()
        assert caught.value.response["Error"]["Code"] == "TooManyRequestsException"
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert ses.get_account()["SendingEnabled"]
    assert [rule["hits"] for rule in world.aws.faults()] == [2]


@pytest.mark.parametrize(
    ("service", "operation", "call"),
    [
        ("cloudformation", "DescribeStacks", "describe_stacks"),
        ("route53", "ListHostedZones", "list_hosted_zones"),
        ("sts", "GetCallerIdentity", "get_caller_identity"),
        ("s3", "GET", "list_buckets"),
        ("ssm", "DescribeParameters", "describe_parameters"),
        ("iam", "ListRoles", "list_roles"),
    ],
)
def test_every_protocol_has_its_form_of_error(world: World, service: str, operation: str, call: str) -> None:
    """boto3 reads the code from each service's own error document."""
    world.aws.add_fault(service=service, operation=operation, account=world.account, code="AccessDenied")
    with pytest.raises(ClientError) as caught:
        getattr(world.client(service), call)()
    assert caught.value.response["Error"]["Code"] == "AccessDenied"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_a_fault_hits_only_its_target_and_region(world: World) -> None:
    """Another identity, and the same one in another region, are not concerned."""
    other = f"other.{world.zone}"
    for region in ("us-east-1", "eu-west-1"):
        for name in (world.zone, other):
            world.client("sesv2", region).create_email_identity(EmailIdentity=name)
    world.aws.add_fault(service="sesv2", target=other, region="eu-west-1", code="InternalFailure")
    assert world.identity(region="eu-west-1")
    assert world.identity(other)
    with pytest.raises(ClientError, match="InternalFailure"):
        world.identity(other, "eu-west-1")


def test_a_delay_without_a_code_only_delays(world: World) -> None:
    """The call succeeds later."""
    world.aws.add_fault(service="sesv2", operation="GetAccount", account=world.account, delay_s=0.3)
    begin = time.monotonic()
    assert world.client("sesv2").get_account()["SendingEnabled"]
    assert time.monotonic() - begin >= 0.3


def test_a_throttled_resource_rolls_its_stack_back_once(world: World) -> None:
    """CloudFormation does not call over HTTP; its resources have faults of their own."""
    world.aws.add_fault(resource_type="AWS::SES::EmailIdentity", target=world.zone, code="ThrottlingException", times=1)
    assert world.deploy({"Identity": email_identity(world.zone)}) == "ROLLBACK_COMPLETE"
    assert "ThrottlingException" in world.reasons()[0]
    assert world.deploy({"Identity": email_identity(world.zone)}, stack="again") == "CREATE_COMPLETE"


def test_a_resource_of_a_group_can_be_named_by_a_record(world: World) -> None:
    """A group is met by the name of any of its members, here when it is deleted."""
    name = f"a.{world.zone}"
    world.deploy({"Group": record_group(world.zone_id, member(name, "A", "192.0.2.1"))})
    world.aws.add_fault(
        resource_type="AWS::Route53::RecordSetGroup", action="delete", target=name, code="Throttling", times=1
    )
    assert world.destroy() == "DELETE_FAILED"
    assert world.destroy() == "DELETE_COMPLETE"


def test_the_api_answers_while_a_resource_is_delayed(world: World) -> None:
    """A slow resource does not hold up other calls."""
    world.aws.add_fault(resource_type="AWS::SES::EmailIdentity", target=world.zone, delay_s=1.0)
    deploying = threading.Thread(target=world.deploy, args=({"Identity": email_identity(world.zone)},))
    deploying.start()
    cloudformation = world.client("cloudformation")
    begin = time.monotonic()
    statuses = set()
    while time.monotonic() - begin < 0.6:
        statuses |= {stack["StackStatus"] for stack in cloudformation.describe_stacks()["Stacks"]}
    deploying.join()
    assert "CREATE_IN_PROGRESS" in statuses
    assert world.identity()["IdentityType"] == "DOMAIN"


def test_calls_are_counted_by_service_and_operation(world: World) -> None:
    """A test can say how many calls something costs."""
    ses = world.client("sesv2")
    ses.create_email_identity(EmailIdentity=world.zone)
    for _ in range(3):
        world.identity()
    world.records()
    assert world.aws.calls(world.account) == {
        "route53": {"ListResourceRecordSets": 1},
        "sesv2": {"CreateEmailIdentity": 1, "GetEmailIdentity": 3},
    }
