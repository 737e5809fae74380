"""Reads what CloudFormation has: the state of a stack and the template in force."""

from collections.abc import Callable
from typing import Any, TypeVar

from mailproof.live.answer import NotFound, Unanswered
from mailproof.live.aws.clients import Clients, Target
from mailproof.live.aws.stacks import UNREADABLE, DeployedStack, is_absent, read_stack
from mailproof.template.cloud_assembly import SynthesisedStack
from mailproof.template.contents import LIVE_TYPES

T = TypeVar("T")
NO_CHANGE_SET = "ChangeSetNotFound"


class DeployedStacks:
    """
    Reads stacks of an assembly.

    Args:
        clients: Ask CloudFormation.
    """

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    def fetch_state(self, stack: SynthesisedStack) -> str | Unanswered | None:
        """Return the state of a stack; None if it does not exist."""
        found = self._describe(stack)
        return str(found["StackStatus"]) if isinstance(found, dict) else found

    def fetch(self, stack: SynthesisedStack) -> DeployedStack | Unanswered:
        """Return the state of a stack and the template in force."""
        try:
            found = self._ask(stack, lambda client: read_stack(client, stack.name))
        except ValueError:
            return Unanswered(UNREADABLE, "it was not made by this app")
        return found or DeployedStack(None, None)

    def fetch_removed(self, stack: SynthesisedStack, change_set: str) -> set[str] | Unanswered:
        """Return the identities, records and groups, by logical id, that a change set has removed; none without it."""
        found = self._ask(stack, lambda client: _removed(client, stack.name, change_set))
        if isinstance(found, Unanswered) and found.reason != NO_CHANGE_SET:
            return found
        return found if isinstance(found, set) else set()

    def unprotect_empty_stack(self, stack: SynthesisedStack) -> bool | Unanswered:
        """
        Lift the termination protection of a stack that could not be made, if nothing of it lives.

        Returns:
            Whether there was one to lift, and it is lifted.
        """
        found = self._describe(stack)
        if not isinstance(found, dict):
            return found or False
        if found["StackStatus"] != "ROLLBACK_COMPLETE" or not found.get("EnableTerminationProtection"):
            return False
        states = self._ask(stack, lambda client: _resource_states(client, stack.name))
        if not isinstance(states, set):
            return states or False
        if states - {"DELETE_COMPLETE"}:
            return False
        off = {"StackName": stack.name, "EnableTerminationProtection": False}
        lifted = self._ask(stack, lambda client: dict(client.update_termination_protection(**off)))
        return lifted if isinstance(lifted, Unanswered) else lifted is not None

    def _describe(self, stack: SynthesisedStack) -> dict[str, Any] | Unanswered | None:
        return self._ask(stack, lambda client: dict(client.describe_stacks(StackName=stack.name)["Stacks"][0]))

    def _ask(self, stack: SynthesisedStack, call: Callable[[Any], T]) -> T | Unanswered | None:
        place = Target(stack.account, stack.region, stack.roles)
        found = self._clients.ask("cloudformation", place, call)
        return None if isinstance(found, NotFound) or is_absent(found) else found


def _removed(client: Any, stack_name: str, change_set: str) -> set[str]:
    pages = client.get_paginator("describe_change_set").paginate(StackName=stack_name, ChangeSetName=change_set)
    changes = [change["ResourceChange"] for page in pages for change in page["Changes"] if "ResourceChange" in change]
    return {
        change["LogicalResourceId"]
        for change in changes
        if change["Action"] == "Remove" and change["ResourceType"] in LIVE_TYPES
    }


def _resource_states(client: Any, stack_name: str) -> set[str]:
    pages = client.get_paginator("list_stack_resources").paginate(StackName=stack_name)
    return {resource["ResourceStatus"] for page in pages for resource in page["StackResourceSummaries"]}
