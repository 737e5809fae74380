"""Prove that one of our stacks created an identity; required before deletion."""

from collections.abc import Iterator, Mapping
from typing import Any

from mailproof.live.answer import NotFound, Unanswered
from mailproof.live.aws.clients import Clients, Target
from mailproof.live.aws.stacks import list_events, list_stacks
from mailproof.model.resource_types import IDENTITY
from mailproof.model.stack_id import StackId, StackKind


def environments_of(stack_name: str, region: str) -> tuple[str, ...]:
    """
    Return the environments whose stack of identities in a region may have such a name.

    Returns:
        The longest name first; none for a stack of others. Two or more if the name alone does not tell: then each
        may have made what the stack holds.
    """
    return tuple(found.environment for found in StackId.parse(stack_name, region) if found.kind is StackKind.REGION)


def fetch_retained(clients: Clients, target: Target) -> Mapping[str, str] | Unanswered:
    """
    Ask CloudFormation which identities our stacks have retained, in the 90 days for which it keeps deleted stacks.

    Returns:
        Domain to name of the stack. Stacks that are deleted are among them.
    """
    found = clients.ask("cloudformation", target, lambda client: dict(_retained(client, target.region)))
    return Unanswered("NotFound") if isinstance(found, NotFound) else found


def _retained(client: Any, region: str) -> Iterator[tuple[str, str]]:
    for stack in list_stacks(client):
        if environments_of(stack["StackName"], region):
            yield from ((domain, stack["StackName"]) for domain in _retained_identities(client, stack["StackId"]))


def _retained_identities(client: Any, stack_id: str) -> Iterator[str]:
    for event in list_events(client, stack_id):
        if event["ResourceType"] == IDENTITY and event["ResourceStatus"] == "DELETE_SKIPPED":
            yield event["PhysicalResourceId"].lower()
