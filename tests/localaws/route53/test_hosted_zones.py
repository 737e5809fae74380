"""Hosted zones: fixed ids, name servers, and zones of one name."""

import pytest
from botocore.exceptions import ClientError

from mailproof.localaws.errors import ControlError
from tests.localaws.world import World


def test_seeding_twice_changes_nothing(world: World) -> None:
    """A seeded zone keeps its records."""
    world.change("CREATE", f"www.{world.zone}", "A", "192.0.2.1")
    world.aws.seed_zone(world.account, world.zone_id, world.zone.upper() + ".")
    assert world.records() == {(f"www.{world.zone}.", "A")}


def test_seeding_an_id_that_is_another_zone_is_refused(world: World) -> None:
    """An id stays with its name."""
    with pytest.raises(ControlError, match="is already the zone"):
        world.aws.seed_zone(world.account, world.zone_id, "other.example")


def test_the_delegation_set_is_what_dns_serves(world: World) -> None:
    """GetHostedZone, the NS records and DNS name the same four servers."""
    zone = world.client("route53").get_hosted_zone(Id=world.zone_id)
    servers = sorted(zone["DelegationSet"]["NameServers"])
    assert len(servers) == 4
    assert world.values(world.zone, "NS") == [f"{server}." for server in servers]


def test_a_zone_made_over_the_api_has_servers_of_its_own(world: World) -> None:
    """CreateHostedZone answers with the servers that the zone really has, and lower-cases the name."""
    route53 = world.client("route53")
    name = f"Sub.{world.zone}"
    made = route53.create_hosted_zone(Name=name, CallerReference=name)
    zone_id = made["HostedZone"]["Id"].removeprefix("/hostedzone/")
    assert made["HostedZone"]["Name"] == f"sub.{world.zone}."
    assert made["DelegationSet"] == route53.get_hosted_zone(Id=zone_id)["DelegationSet"]
    assert world.values(f"sub.{world.zone}", "NS") == sorted(f"{s}." for s in made["DelegationSet"]["NameServers"])
    assert made["DelegationSet"] != route53.get_hosted_zone(Id=world.zone_id)["DelegationSet"]
    route53.delete_hosted_zone(Id=zone_id)
    assert world.values(f"sub.{world.zone}", "NS") == []


def test_a_zone_made_by_a_stack_has_servers_of_its_own(world: World) -> None:
    """The attribute NameServers is what DNS serves."""
    zone = {"Type": "AWS::Route53::HostedZone", "Properties": {"Name": f"sub.{world.zone}"}}
    outputs = {"Servers": {"Value": {"Fn::Join": [",", {"Fn::GetAtt": ["Zone", "NameServers"]}]}}}
    assert world.deploy({"Zone": zone}, outputs=outputs) == "CREATE_COMPLETE"
    (stack,) = world.client("cloudformation").describe_stacks(StackName="stack")["Stacks"]
    servers = stack["Outputs"][0]["OutputValue"].split(",")
    assert world.values(f"sub.{world.zone}", "NS") == sorted(f"{server}." for server in servers)


def test_of_two_zones_of_one_name_the_first_answers_unless_told_otherwise(world: World) -> None:
    """The delegation chooses the zone that live DNS has."""
    first = world.values(world.zone, "NS")
    second = world.aws.seed_zone(world.account, f"{world.zone_id}B", world.zone)
    assert world.values(world.zone, "NS") == first
    world.aws.delegate_to(world.zone, f"{world.zone_id}B")
    assert world.values(world.zone, "NS") == sorted(f"{server}." for server in second)
    world.aws.restore_delegation(world.zone)
    assert world.values(world.zone, "NS") == first


def test_a_caller_reference_serves_once(world: World) -> None:
    """A second zone with the reference of the first is refused, whatever its name."""
    route53 = world.client("route53")
    route53.create_hosted_zone(Name=f"a.{world.zone}", CallerReference="once")
    for name in (f"a.{world.zone}", f"b.{world.zone}"):
        with pytest.raises(ClientError) as caught:
            route53.create_hosted_zone(Name=name, CallerReference="once")
        assert caught.value.response["Error"]["Code"] == "HostedZoneAlreadyExists"
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 409
    assert len(route53.list_hosted_zones()["HostedZones"]) == 2


@pytest.mark.parametrize("name", ["a..example", "x" * 64 + ".example", ("x" * 60 + ".") * 5 + "example"])
def test_a_zone_needs_a_name_of_dns(world: World, name: str) -> None:
    """Labels of 1 to 63 bytes, 255 in all."""
    with pytest.raises(ClientError, match="InvalidDomainName"):
        world.client("route53").create_hosted_zone(Name=name, CallerReference="malformed")
