"""Change batches over the Route 53 API: what is refused, in which words, and that nothing is half done."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.localaws.world import World

_ADDRESS = "192.0.2.1"


def _refused(world: World, *changes: tuple[str, str, str, tuple[str, ...]]) -> str:
    """Send a batch that is to be refused, check that it changed nothing, and return the message."""
    before = world.records()
    with pytest.raises(ClientError) as caught:
        world.change_batch(*changes)
    assert caught.value.response["Error"]["Code"] == "InvalidChangeBatch"
    assert world.records() == before
    return str(caught.value.response["Error"]["Message"])


def test_a_record_is_created_changed_and_deleted(world: World) -> None:
    """CREATE, UPSERT and DELETE reach DNS."""
    name = f"www.{world.zone}"
    world.change("CREATE", name, "A", _ADDRESS)
    assert world.values(name, "A") == [_ADDRESS]
    world.change("UPSERT", name, "A", "192.0.2.2", "192.0.2.3")
    assert world.values(name, "A") == ["192.0.2.2", "192.0.2.3"]
    world.change("DELETE", name, "A", "192.0.2.3", "192.0.2.2")
    assert world.records() == set()


def test_an_existing_record_cannot_be_created(world: World) -> None:
    """The message is the one that a second stack gets, whatever the case of the name."""
    world.change("CREATE", f"www.{world.zone}", "A", _ADDRESS)
    message = _refused(world, ("CREATE", f"WWW.{world.zone}.", "A", ("192.0.2.9",)))
    assert message == (
        f"[Tried to create resource record set [name='www.{world.zone}.', type='A'] but it already exists]"
    )


def test_a_batch_is_applied_wholly_or_not_at_all(world: World) -> None:
    """One wrong change keeps the right ones away, and every problem is named."""
    message = _refused(
        world,
        ("CREATE", f"good.{world.zone}", "A", (_ADDRESS,)),
        ("CREATE", "bad.other.example", "A", (_ADDRESS,)),
        ("DELETE", f"absent.{world.zone}", "A", (_ADDRESS,)),
    )
    assert f"RRSet with DNS name bad.other.example. is not permitted in zone {world.zone}." in message
    assert (
        f"Tried to delete resource record set [name='absent.{world.zone}.', type='A'] but it was not found" in message
    )


@pytest.mark.parametrize(
    ("name", "rdtype", "values", "part"),
    [
        pytest.param("not{zone}", "A", ("192.0.2.1",), "is not permitted in zone", id="same-ending"),
        pytest.param("{zone}", "CNAME", ("a.example",), "is not permitted at apex", id="cname-at-apex"),
        pytest.param("a.{zone}", "CNAME", ("a.example", "b.example"), "only one resource record", id="two-targets"),
        pytest.param("a.{zone}", "TXT", ("v=spf1 -all",), "enclosed in quotation marks", id="unquoted-text"),
        pytest.param("a.{zone}", "TXT", ('"' + "x" * 256 + '"',), "CharacterStringTooLong", id="long-string"),
        pytest.param("a.{zone}", "MX", ("mail.example",), "InvalidValue", id="mx-without-preference"),
        pytest.param("a.{zone}", "A", ("192.0.2.1", "192.0.2.1"), "Duplicate Resource Record", id="value-twice"),
        pytest.param("a..{zone}", "A", ("192.0.2.1",), "DomainLabelEmpty (Domain label is empty)", id="empty-label"),
        pytest.param("x" * 64 + ".{zone}", "A", ("192.0.2.1",), "DomainLabelTooLong", id="long-label"),
        pytest.param(("x" * 60 + ".") * 4 + "{zone}", "A", ("192.0.2.1",), "DomainNameTooLong", id="long-name"),
    ],
)
def test_wrong_records_are_refused(world: World, name: str, rdtype: str, values: tuple[str, ...], part: str) -> None:
    """Each rule of Route 53 has its message."""
    assert part in _refused(world, ("CREATE", name.format(zone=world.zone), rdtype, values))


def test_a_long_text_in_several_strings_is_accepted(world: World) -> None:
    """The limit is that of one string."""
    value = '"' + "x" * 255 + '" "' + "y" * 255 + '"'
    world.change("CREATE", f"a.{world.zone}", "TXT", value)
    assert world.values(f"a.{world.zone}", "TXT") == [value]


def test_an_alias_stands_alone(world: World) -> None:
    """A CNAME and another type exclude each other, in both orders."""
    world.change("CREATE", f"a.{world.zone}", "TXT", '"x"')
    world.change("CREATE", f"b.{world.zone}", "CNAME", "target.example")
    assert "conflicting RRSet" in _refused(world, ("CREATE", f"a.{world.zone}", "CNAME", ("target.example",)))
    assert "conflicting RRSet" in _refused(world, ("CREATE", f"b.{world.zone}", "TXT", ('"x"',)))


def test_an_alias_can_take_the_place_of_another_type_in_one_batch(world: World) -> None:
    """What counts is what the name holds in the end."""
    world.change("CREATE", f"a.{world.zone}", "A", _ADDRESS)
    world.change_batch(
        ("DELETE", f"a.{world.zone}", "A", (_ADDRESS,)),
        ("CREATE", f"a.{world.zone}", "CNAME", ("target.example",)),
    )
    assert world.records() == {(f"a.{world.zone}.", "CNAME")}


def test_deleting_needs_the_current_values(world: World) -> None:
    """A record that somebody changed is not deleted by its old values."""
    world.change("CREATE", f"a.{world.zone}", "A", _ADDRESS)
    message = _refused(world, ("DELETE", f"a.{world.zone}", "A", ("192.0.2.9",)))
    assert "do not match the current values" in message


def test_a_batch_has_a_limit(world: World) -> None:
    """More than 1,000 values are refused."""
    values = tuple(f"10.0.{number // 250}.{number % 250}" for number in range(1001))
    assert "limit of 1000 exceeded" in _refused(world, ("CREATE", f"a.{world.zone}", "A", values))


def test_many_records_stay_in_step_with_the_index(world: World) -> None:
    """Creating and deleting in any order leaves exactly the rest."""
    names = [f"n{number}.{world.zone}" for number in range(30)]
    world.change_batch(*(("CREATE", name, "A", (_ADDRESS,)) for name in names))
    world.change_batch(*(("DELETE", name, "A", (_ADDRESS,)) for name in names[::2]))
    assert world.records() == {(f"{name}.", "A") for name in names[1::2]}
    assert world.values(names[0], "A") == []
    assert world.values(names[1], "A") == [_ADDRESS]


def test_an_asterisk_is_shown_escaped(world: World) -> None:
    """Route 53 lists a wildcard as its octal escape."""
    world.change("CREATE", f"*.{world.zone}", "A", _ADDRESS)
    assert world.records() == {(f"\\052.{world.zone}.", "A")}


def test_a_missing_zone_is_named(world: World) -> None:
    """The code is NoSuchHostedZone."""
    with pytest.raises(ClientError, match="NoSuchHostedZone"):
        World(world.aws, world.account, world.zone_id, world.zone).client("route53").list_resource_record_sets(
            HostedZoneId="ZABSENT"
        )


def _send(world: World, action: str, name: str, **members: Any) -> None:
    record = {"Name": name, "Type": "A", **members}
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
    world.client("route53").change_resource_record_sets(HostedZoneId=world.zone_id, ChangeBatch=batch)


_VALUES = {"TTL": 300, "ResourceRecords": [{"Value": _ADDRESS}]}
_ALIAS = {"AliasTarget": {"HostedZoneId": "Z2", "DNSName": "target.example", "EvaluateTargetHealth": False}}


@pytest.mark.parametrize(
    ("members", "part"),
    [
        ({**_VALUES, **_ALIAS}, "ResourceRecords], or TrafficPolicyInstanceId], but found more than one in Change"),
        ({"TTL": 300, **_ALIAS}, "but found more than one in Change with"),
        ({"TTL": 300}, "but found none in Change with [Action=CREATE"),
        ({"ResourceRecords": _VALUES["ResourceRecords"]}, "but found none in Change with"),
        ({**_VALUES, "TTL": 2**31}, "TTL must be between 0 and 2147483647"),
        ({**_VALUES, "Weight": 10}, "Missing field 'SetIdentifier' in Change with"),
        ({**_VALUES, "SetIdentifier": "a"}, "but found none in Change with"),
        ({**_VALUES, "SetIdentifier": "a", "Weight": 256}, "Weight must be between 0 and 255"),
        ({**_VALUES, "SetIdentifier": "a", "Weight": 1, "Region": "eu-west-1"}, "but found more than one in Change"),
    ],
    ids=["alias-and-values", "alias-and-ttl", "no-values", "no-ttl", "ttl", "no-id", "no-policy", "weight", "policies"],
)
def test_parameters_that_do_not_go_together_are_refused(world: World, members: dict[str, Any], part: str) -> None:
    """The code is InvalidInput, and the message names the change."""
    with pytest.raises(ClientError) as caught:
        _send(world, "CREATE", f"a.{world.zone}", **members)
    assert caught.value.response["Error"]["Code"] == "InvalidInput"
    assert part in caught.value.response["Error"]["Message"]
    assert world.records() == set()


@pytest.mark.parametrize(
    ("first", "second", "part"),
    [
        ({}, {"SetIdentifier": "b", "Weight": 1}, "SetIdentifier b cannot be created as a non-weighted set exists"),
        (
            {"SetIdentifier": "a", "Weight": 1},
            {},
            "cannot be created as other RRSets exist with the same name and type",
        ),
        ({}, {"SetIdentifier": "b", "MultiValueAnswer": True}, "because a non multivalue answer rrset exists"),
        (
            {"SetIdentifier": "a", "Weight": 1},
            {"SetIdentifier": "b", "Region": "eu-west-1"},
            "cannot be created as a non-latency set exists",
        ),
        (
            {"SetIdentifier": "a", "Weight": 1},
            {"SetIdentifier": "b", "Weight": 1, "TTL": 60},
            "weighted sets must contain the same TTL",
        ),
    ],
    ids=["weighted-beside-simple", "simple-beside-weighted", "multivalue", "two-policies", "ttl"],
)
def test_a_name_and_type_has_one_routing_policy(
    world: World, first: dict[str, Any], second: dict[str, Any], part: str
) -> None:
    """A second record set has to have the policy of the first."""
    name = f"a.{world.zone}"
    _send(world, "CREATE", name, **{**_VALUES, **first})
    for action in ("CREATE", "UPSERT"):
        with pytest.raises(ClientError) as caught:
            _send(world, action, name, **{**_VALUES, **second})
        assert caught.value.response["Error"]["Code"] == "InvalidChangeBatch"
        assert part in caught.value.response["Error"]["Message"]


def test_weighted_record_sets_are_beside_each_other(world: World) -> None:
    """Each has an identifier of its own, and one may be changed."""
    for identifier in "ab":
        _send(world, "CREATE", f"a.{world.zone}", **_VALUES, SetIdentifier=identifier, Weight=1)
    _send(world, "UPSERT", f"a.{world.zone}", **_VALUES, SetIdentifier="b", Weight=2)
    listed = world.client("route53").list_resource_record_sets(HostedZoneId=world.zone_id)["ResourceRecordSets"]
    assert [found["Weight"] for found in listed if "Weight" in found] == [1, 2]


@pytest.mark.parametrize("actions", [("CREATE", "CREATE"), ("UPSERT", "UPSERT"), ("UPSERT", "DELETE")])
def test_one_record_set_is_changed_once_in_a_batch(world: World, actions: tuple[str, str]) -> None:
    """Only a deletion may be followed by a creation."""
    name = f"a.{world.zone}"
    message = _refused(world, *((action, name, "A", (_ADDRESS,)) for action in actions))
    assert f"The request contains an invalid set of changes for a resource record set 'A {name}.'" in message


@pytest.mark.parametrize("rdtype", ["NS", "SOA"])
def test_the_records_of_the_zone_itself_stay(world: World, rdtype: str) -> None:
    """A hosted zone is not left without name servers."""
    listed = world.client("route53").list_resource_record_sets(HostedZoneId=world.zone_id)["ResourceRecordSets"]
    (apex,) = (found for found in listed if found["Type"] == rdtype)
    with pytest.raises(ClientError, match="A HostedZone must contain"):
        world.client("route53").change_resource_record_sets(
            HostedZoneId=world.zone_id, ChangeBatch={"Changes": [{"Action": "DELETE", "ResourceRecordSet": apex}]}
        )


def test_a_list_begins_at_a_name_before_a_type(world: World) -> None:
    """A type alone is not a place to start at."""
    with pytest.raises(ClientError, match="InvalidInput"):
        world.client("route53").list_resource_record_sets(HostedZoneId=world.zone_id, StartRecordType="A")
