"""Route 53 records in stacks: single record sets and groups."""

import json

from tests.localaws.world import World, member, record_group, record_set

_ADDRESS = "192.0.2.1"


def test_a_record_set_is_made_changed_and_deleted(world: World) -> None:
    """A single record follows its template."""
    name = f"www.{world.zone}"
    assert world.deploy({"Record": record_set(world.zone_id, name, "A", _ADDRESS)}) == "CREATE_COMPLETE"
    assert world.values(name, "A") == [_ADDRESS]
    assert world.deploy({"Record": record_set(world.zone_id, name, "A", "192.0.2.2")}) == "UPDATE_COMPLETE"
    assert world.values(name, "A") == ["192.0.2.2"]
    assert world.destroy() == "DELETE_COMPLETE"
    assert world.records() == set()


def test_fails_on_a_record_that_exists(world: World) -> None:
    """The record of somebody else stays as it is."""
    name = f"www.{world.zone}"
    world.change("CREATE", name, "A", "192.0.2.9")
    assert world.deploy({"Record": record_set(world.zone_id, name, "A", _ADDRESS)}) == "ROLLBACK_COMPLETE"
    assert world.reasons() == [
        f"[Tried to create resource record set [name='{name}.', type='A'] but it already exists]"
    ]
    assert world.values(name, "A") == ["192.0.2.9"]


def test_another_type_at_a_name_takes_the_place_of_the_first(world: World) -> None:
    """The new record set is made and the old one removed."""
    name = f"www.{world.zone}"
    world.deploy({"Record": record_set(world.zone_id, name, "A", _ADDRESS)})
    assert world.deploy({"Record": record_set(world.zone_id, name, "TXT", '"x"')}) == "UPDATE_COMPLETE"
    assert world.records() == {(f"{name}.", "TXT")}


def test_another_zone_replaces_the_record_and_removes_the_old_one(world: World) -> None:
    """The physical id is the name and stays, and yet the record leaves the old zone."""
    sub_id, name = f"{world.zone_id}SUB", f"www.sub.{world.zone}"
    world.aws.seed_zone(world.account, sub_id, f"sub.{world.zone}")
    world.deploy({"Record": record_set(world.zone_id, name, "A", _ADDRESS)})
    assert world.deploy({"Record": record_set(sub_id, name, "A", _ADDRESS)}) == "UPDATE_COMPLETE"
    assert world.records() == set()
    assert world.values(name, "A") == [_ADDRESS]


def test_a_zone_can_be_given_by_name_if_there_is_one_of_it(world: World) -> None:
    """HostedZoneName is refused where it is ambiguous or unknown."""
    record = record_set(world.zone_id, f"www.{world.zone}", "A", _ADDRESS)
    del record["Properties"]["HostedZoneId"]
    record["Properties"]["HostedZoneName"] = f"{world.zone}."
    assert world.deploy({"Record": record}) == "CREATE_COMPLETE"
    world.destroy()
    world.aws.seed_zone(world.account, f"{world.zone_id}B", world.zone)
    assert world.deploy({"Record": record}, stack="second") == "ROLLBACK_COMPLETE"
    assert world.reasons("second") == [f"Multiple hosted zones named {world.zone}. found"]


def test_a_group_is_made_wholly_or_not_at_all(world: World) -> None:
    """One wrong member keeps all others away."""
    group = record_group(
        world.zone_id,
        member(f"a.{world.zone}", "A", _ADDRESS),
        member(f"b.{world.zone}", "TXT", "unquoted"),
    )
    assert world.deploy({"Group": group}) == "ROLLBACK_COMPLETE"
    assert world.records() == set()


def test_fails_on_a_group_that_names_a_record_twice(world: World) -> None:
    """Route 53 refuses two changes of one record set."""
    twice = [member(f"a.{world.zone}", "A", _ADDRESS), member(f"A.{world.zone}.", "A", "192.0.2.2")]
    assert world.deploy({"Group": record_group(world.zone_id, *twice)}) == "ROLLBACK_COMPLETE"
    assert "invalid set of changes" in world.reasons()[0]


def test_a_group_update_is_one_batch(world: World) -> None:
    """Gone members are deleted, kept ones changed, new ones made; a wrong one stops all of it."""
    a, b, c = (f"{letter}.{world.zone}" for letter in "abc")
    world.deploy({"Group": record_group(world.zone_id, member(a, "A", _ADDRESS), member(b, "A", _ADDRESS))})
    updated = record_group(world.zone_id, member(b, "A", "192.0.2.2"), member(c, "A", _ADDRESS))
    assert world.deploy({"Group": updated}) == "UPDATE_COMPLETE"
    assert world.records() == {(f"{b}.", "A"), (f"{c}.", "A")}
    assert world.values(b, "A") == ["192.0.2.2"]
    wrong = record_group(world.zone_id, member(a, "A", _ADDRESS), member(c, "CNAME", "t.example", "u.example"))
    assert world.deploy({"Group": wrong}) == "UPDATE_ROLLBACK_COMPLETE"
    assert world.records() == {(f"{b}.", "A"), (f"{c}.", "A")}
    assert world.destroy() == "DELETE_COMPLETE"
    assert world.records() == set()


def test_a_changed_value_of_a_group_replaces_nothing(world: World) -> None:
    """The change set says so; another zone would replace the group."""
    world.deploy({"Group": record_group(world.zone_id, member(f"a.{world.zone}", "A", _ADDRESS))})
    cloudformation = world.client("cloudformation")
    replacements = []
    for name, zone_id, value in (("value", world.zone_id, "192.0.2.2"), ("zone", "ZOTHER", _ADDRESS)):
        template = {"Resources": {"Group": record_group(zone_id, member(f"a.{world.zone}", "A", value))}}
        cloudformation.create_change_set(StackName="stack", ChangeSetName=name, TemplateBody=json.dumps(template))
        (change,) = cloudformation.describe_change_set(StackName="stack", ChangeSetName=name)["Changes"]
        replacements.append(change["ResourceChange"]["Replacement"])
    assert replacements == ["False", "True"]


def test_records_that_somebody_deleted_do_not_stop_the_deletion_of_a_stack(world: World) -> None:
    """What is gone counts as deleted; what was changed is deleted as it is."""
    a, b = f"a.{world.zone}", f"b.{world.zone}"
    world.deploy({"Group": record_group(world.zone_id, member(a, "A", _ADDRESS), member(b, "A", _ADDRESS))})
    world.change("DELETE", a, "A", _ADDRESS)
    world.change("UPSERT", b, "A", "192.0.2.2")
    assert world.destroy() == "DELETE_COMPLETE"
    assert world.records() == set()


def test_a_deployed_template_has_no_changes(world: World) -> None:
    """A change set of the same template finds nothing, as `cdk diff` does."""
    resources = {"Group": record_group(world.zone_id, member(f"A.{world.zone}", "A", _ADDRESS))}
    world.deploy(resources)
    cloudformation = world.client("cloudformation")
    cloudformation.create_change_set(
        StackName="stack", ChangeSetName="same", TemplateBody=json.dumps({"Resources": resources})
    )
    described = cloudformation.describe_change_set(StackName="stack", ChangeSetName="same")
    assert (described["Changes"], described["ExecutionStatus"]) == ([], "UNAVAILABLE")
