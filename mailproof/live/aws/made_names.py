"""Names of record sets as CloudFormation has made them, which its templates, with tokens in them, do not tell."""

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from mailproof.live.answer import AwsAnswer
from mailproof.live.aws.clients import Clients, Target
from mailproof.live.aws.route53 import unescape
from mailproof.live.aws.stacks import list_events, list_resources
from mailproof.model.names import host_name
from mailproof.model.resource_types import RECORD_SET_GROUP

Names = Mapping[str, frozenset[str]]
"""Logical id to names of record sets, lower-case and without a trailing dot."""


def fetch_made_names(
    clients: Clients, target: Target, stack_name: str, records: Collection[str], groups: Collection[str]
) -> AwsAnswer[Names]:
    """
    Ask CloudFormation under which names it has made record sets.

    A single record set has its name for its physical id. What is in a group only the events of the stack tell, which
    hold the properties that each resource was made with, and which CloudFormation keeps for some time.

    Args:
        clients: Ask CloudFormation.
        target: Where the stack is.
        stack_name: The stack.
        records: Logical ids of single record sets.
        groups: Logical ids of groups.

    Returns:
        Logical ids of which it tells nothing any more are not among the names.
    """

    def ask(client: Any) -> Names:
        return dict([*_singles(client, stack_name, records), *_groups(client, stack_name, groups)])

    return clients.ask("cloudformation", target, ask)


def _singles(client: Any, stack_name: str, wanted: Collection[str]) -> Iterator[tuple[str, frozenset[str]]]:
    for found in list_resources(client, stack_name) if wanted else ():
        if found["LogicalResourceId"] in wanted and found.get("PhysicalResourceId"):
            yield found["LogicalResourceId"], frozenset(names_of(found))


def names_of(resource: Mapping[str, Any]) -> Iterator[str]:
    """
    Yield what a record set of a stack may be called.

    Its physical id is its name, resolved, in which an asterisk may be escaped. Other forms of it have been seen, with
    zone and type behind bars.
    """
    return (host_name(unescape(part)) for part in resource["PhysicalResourceId"].split("|"))


def _groups(client: Any, stack_name: str, wanted: Collection[str]) -> Iterator[tuple[str, frozenset[str]]]:
    """Read the latest event of each group, which comes first."""
    left = set(wanted)
    events = list_events(client, stack_name) if left else iter(())
    for event in events:
        name, status = event["LogicalResourceId"], event["ResourceStatus"]
        is_made = status.endswith("_COMPLETE") and not status.startswith("DELETE")
        if name in left and is_made and event["ResourceType"] == RECORD_SET_GROUP:
            if names := _members(event.get("ResourceProperties")):
                yield name, names
            left.remove(name)
        if not left:
            return


def _members(properties: str | None) -> frozenset[str]:
    """Return the names in the properties of a group; none if they are cut off, or hold something else."""
    try:
        return frozenset(host_name(member["Name"]) for member in json.loads(properties or "{}")["RecordSets"])
    except (ValueError, LookupError, TypeError, AttributeError):
        return frozenset()
