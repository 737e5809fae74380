"""Zones of other providers, and delegations that differ from what the zones say."""

import dns.rcode
import pytest

from mailproof.localaws.errors import ControlError
from tests.localaws.world import World


def test_an_external_zone_is_served_and_replaced(world: World) -> None:
    """A master file is enough; SOA and NS are added; putting it again replaces it."""
    name = f"ext-{world.zone}"
    world.aws.put_external_zone(name, f'$TTL 60\n@ IN TXT "one"\nwww.{name}. IN A 192.0.2.1\n')
    assert world.values(name, "TXT") == ['"one"']
    assert world.values(f"www.{name}", "A") == ["192.0.2.1"]
    assert world.values(name, "NS")
    world.aws.put_external_zone(name, '@ 60 IN TXT "two"\n')
    assert world.values(name, "TXT") == ['"two"']
    assert world.query(f"www.{name}", "A").rcode() == dns.rcode.NXDOMAIN


def test_an_external_zone_hides_a_hosted_zone_of_its_name(world: World) -> None:
    """The domain is delegated to somebody else, whatever Route 53 holds."""
    world.change("CREATE", world.zone, "TXT", '"in route 53"')
    world.aws.put_external_zone(world.zone, '@ 60 IN TXT "elsewhere"\n@ 60 IN NS ns.elsewhere.example.\n')
    assert world.values(world.zone, "TXT") == ['"elsewhere"']
    assert world.values(world.zone, "NS") == ["ns.elsewhere.example."]


@pytest.mark.parametrize("text", ["www IN A not-an-address\n", "$INCLUDE /etc/passwd\n", '@ IN TXT "open\n'])
def test_a_faulty_master_file_is_refused(world: World, text: str) -> None:
    """The reason is named, and no file is ever read."""
    with pytest.raises(ControlError, match="is not a master file"):
        world.aws.put_external_zone("faulty.example", text)


def test_a_cut_delegation_takes_the_zone_and_all_below_away(world: World) -> None:
    """NXDOMAIN from the parent, until the delegation is restored."""
    world.change("CREATE", f"www.{world.zone}", "A", "192.0.2.1")
    world.aws.cut_delegation(world.zone)
    assert world.query(world.zone, "NS").rcode() == dns.rcode.NXDOMAIN
    assert world.query(f"www.{world.zone}", "A").rcode() == dns.rcode.NXDOMAIN
    world.aws.restore_delegation(world.zone)
    assert world.values(f"www.{world.zone}", "A") == ["192.0.2.1"]


def test_a_delegated_part_of_a_zone_is_referred_to(world: World) -> None:
    """Names below NS records are somebody else's, unless the zone is here too."""
    world.change("CREATE", f"sub.{world.zone}", "NS", "ns1.other.example", "ns2.other.example")
    answer = world.query(f"www.sub.{world.zone}", "A")
    assert (answer.rcode(), answer.answer) == (dns.rcode.NOERROR, [])
    assert answer.authority[0].name.to_text() == f"sub.{world.zone}."
    world.aws.put_external_zone(f"sub.{world.zone}", "www 60 IN A 192.0.2.1\n")
    assert world.values(f"www.sub.{world.zone}", "A") == ["192.0.2.1"]


def test_private_zones_are_not_served(world: World) -> None:
    """Only public zones are in DNS."""
    name = f"private-{world.zone}"
    world.client("route53").create_hosted_zone(
        Name=name, CallerReference=name, VPC={"VPCRegion": "us-east-1", "VPCId": "vpc-1"}
    )
    assert world.query(name, "SOA").rcode() == dns.rcode.NXDOMAIN


def test_a_chosen_zone_must_exist(world: World) -> None:
    """A delegation to an id that is not a zone of that name is refused."""
    with pytest.raises(ControlError, match="no hosted zone named"):
        world.aws.delegate_to(world.zone, "ZABSENT")


def test_a_delegation_to_a_hosted_zone_wins_over_an_external_zone(world: World) -> None:
    """The zone has moved into Route 53, and goes back when the old delegation is set again."""
    world.change("CREATE", world.zone, "TXT", '"in route 53"')
    world.aws.put_external_zone(world.zone, '@ 60 IN TXT "elsewhere"\n')
    world.aws.delegate_to(world.zone, world.zone_id)
    assert world.values(world.zone, "TXT") == ['"in route 53"']
    world.aws.restore_delegation(world.zone)
    assert world.values(world.zone, "TXT") == ['"elsewhere"']
