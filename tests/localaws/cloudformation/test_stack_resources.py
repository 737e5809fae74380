"""Which stack holds a resource, and how full a zone is."""

import pytest
from botocore.exceptions import ClientError

from tests.localaws.world import World


def test_a_resource_names_its_stack(world: World) -> None:
    """The stack of an identity is found by its name; an identity made by hand has none."""
    world.deploy({"Identity": {"Type": "AWS::SES::EmailIdentity", "Properties": {"EmailIdentity": world.zone}}})
    world.client("sesv2").create_email_identity(EmailIdentity=f"hand.{world.zone}")
    cloudformation = world.client("cloudformation")
    (held,) = cloudformation.describe_stack_resources(PhysicalResourceId=world.zone)["StackResources"]
    assert held["LogicalResourceId"] == "Identity"
    with pytest.raises(ClientError, match="does not exist"):
        cloudformation.describe_stack_resources(PhysicalResourceId=f"hand.{world.zone}")


def test_a_zone_tells_its_limit(world: World) -> None:
    """The records of a zone are counted against the quota of a new account."""
    answer = world.client("route53").get_hosted_zone_limit(HostedZoneId=world.zone_id, Type="MAX_RRSETS_BY_ZONE")
    assert (answer["Limit"]["Value"], answer["Count"]) == (10_000, 2)
