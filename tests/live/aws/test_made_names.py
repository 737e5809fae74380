"""Under which names CloudFormation has made record sets: what it does not tell is not told."""

import json
from collections.abc import Iterator
from typing import Any

from mailproof.live.aws.clients import Target
from mailproof.live.aws.made_names import fetch_made_names
from mailproof.model.resource_types import RECORD_SET_GROUP

TARGET = Target("111122223333", "us-east-1")


def event(name: str, status: str, *members: str) -> dict[str, str]:
    """Return an event of a group, with the properties that it was made with."""
    properties = json.dumps({"RecordSets": [{"Name": member} for member in members]})
    found = {"LogicalResourceId": name, "ResourceStatus": status, "ResourceType": RECORD_SET_GROUP}
    return {**found, "ResourceProperties": properties}


class Events:
    """A CloudFormation that has nothing but the events of a stack, one per page, the latest first."""

    def __init__(self, *events: dict[str, str]) -> None:
        self.events = events
        self.read = 0

    def ask(self, service: str, target: Target, call: Any) -> Any:
        """Call it."""
        assert (service, target) == ("cloudformation", TARGET)
        return call(self)

    def get_paginator(self, operation: str) -> "Events":
        """Return itself."""
        assert operation == "describe_stack_events"
        return self

    def paginate(self, StackName: str) -> Iterator[dict[str, Any]]:  # noqa: N803 -- boto3's
        """Yield the pages."""
        assert StackName == "stack"
        for found in self.events:
            self.read += 1
            yield {"StackEvents": [found]}


def names(events: Events, *groups: str) -> Any:
    """Ask for groups."""
    return fetch_made_names(events, TARGET, "stack", [], groups)  # type: ignore[arg-type]


def test_the_latest_event_after_which_a_group_stands_counts() -> None:
    """Not one of a deletion, or of something that has only begun; older ones are not read."""
    events = Events(
        event("A", "UPDATE_IN_PROGRESS", "new.example."),
        event("A", "DELETE_COMPLETE", "gone.example."),
        event("A", "UPDATE_COMPLETE", "New.example."),
        event("A", "CREATE_COMPLETE", "old.example."),
    )
    assert names(events, "A") == {"A": frozenset({"new.example"})}
    assert events.read == 3


def test_properties_that_are_cut_off_or_gone_tell_nothing() -> None:
    """Nor do events that CloudFormation keeps no more."""
    cut = {**event("A", "UPDATE_COMPLETE"), "ResourceProperties": '{"RecordSets": [{"Na'}
    bare = {key: value for key, value in event("B", "CREATE_COMPLETE").items() if key != "ResourceProperties"}
    assert names(Events(cut, bare), "A", "B", "C") == {}
