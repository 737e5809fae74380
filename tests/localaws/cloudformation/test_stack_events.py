"""Events of a stack tell the properties that its resources were made with."""

import json

from tests.localaws.world import World, dkim_members, email_identity, record_group


def test_the_latest_event_holds_the_properties_with_references_resolved(world: World) -> None:
    """Of a group, that is the only place where the names of its members can be read."""
    group = record_group(world.zone_id, *dkim_members("Identity"))
    world.deploy({"Identity": email_identity(world.zone), "Records": group})
    events = world.client("cloudformation").describe_stack_events(StackName="stack")["StackEvents"]
    [found] = [event for event in events if event["LogicalResourceId"] == "Records" and "ResourceProperties" in event]
    names = {member["Name"] for member in json.loads(found["ResourceProperties"])["RecordSets"]}
    tokens = world.identity()["DkimAttributes"]["Tokens"]
    assert names == {f"{token}._domainkey.{world.zone}." for token in tokens}
