"""Change batches over the Route 53 API: what is refused, in which words, and that nothing is half done."""

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
