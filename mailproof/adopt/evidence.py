"""What shows that a stack of ours made an identity: nothing less lets it be removed."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from mailproof.adopt.existing import STACK_TAG
from mailproof.cloudformation.resources import IDENTITY
from mailproof.live.answer import NotFound, Unanswered
from mailproof.live.clients import Clients, Place
from mailproof.spec.placement import STACK_PREFIX

OWN_STACK = re.compile(rf"{STACK_PREFIX}-.+-ses-[a-z0-9-]+")


def is_own_stack(name: str) -> bool:
    """Tell whether a stack has the name of one of ours that holds identities."""
    return OWN_STACK.fullmatch(name) is not None


def fetch_let_go(clients: Clients, place: Place) -> Mapping[str, str] | Unanswered:
    """
    Ask CloudFormation which identities stacks of ours have let go, in the 90 days for which it remembers.

    Returns:
        Domain to name of the stack. Stacks that are deleted are among them.
    """
    found = clients.ask("cloudformation", place, lambda client: dict(_let_go(client)))
    return Unanswered("NotFound") if isinstance(found, NotFound) else found


def _let_go(client: Any) -> Iterator[tuple[str, str]]:
    for page in client.get_paginator("list_stacks").paginate():
        for stack in page["StackSummaries"]:
            if is_own_stack(stack["StackName"]):
                yield from ((domain, stack["StackName"]) for domain in _skipped(client, stack["StackId"]))


def _skipped(client: Any, stack_id: str) -> Iterator[str]:
    for page in client.get_paginator("describe_stack_events").paginate(StackName=stack_id):
        for event in page["StackEvents"]:
            if event["ResourceType"] == IDENTITY and event["ResourceStatus"] == "DELETE_SKIPPED":
                yield event["PhysicalResourceId"].lower()


def fetch_marker(clients: Clients, place: Place, domain: str, partition: str) -> str | Unanswered:
    """Return the stack that CloudFormation's own tag on an identity names; empty if there is no such tag."""
    arn = f"arn:{partition}:ses:{place.region}:{place.account}:identity/{domain}"
    found = clients.ask("sesv2", place, lambda client: client.list_tags_for_resource(ResourceArn=arn)["Tags"])
    if isinstance(found, NotFound):
        return ""
    if isinstance(found, Unanswered):
        return found
    return next((str(tag["Value"]) for tag in found if tag["Key"] == STACK_TAG), "")
