"""Reads what CloudFormation has: the state of a stack and the template in force."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from mailproof.live.answer import NotFound, Unanswered
from mailproof.live.clients import Clients, Place
from mailproof.rollout.assembly import SynthesisedStack
from mailproof.rollout.resources import Template
from mailproof.rollout.template_text import parse_template

ABSENT = "does not exist"
# Nothing of these lives: the stack was never made, or what a failed creation made is gone again.
EMPTY_STATES = frozenset({"REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", "DELETE_COMPLETE"})

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class DeployedStack:
    """
    A stack as CloudFormation has it.

    Attributes:
        state: None if it does not exist.
        template: None if nothing of it lives.
    """

    state: str | None
    template: Template | None


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
        state = self.fetch_state(stack)
        if isinstance(state, Unanswered):
            return state
        if state is None or state in EMPTY_STATES:
            return DeployedStack(state, None)
        try:
            template = self._ask(stack, lambda client: read_template(client, stack.name))
        except ValueError:
            return Unanswered("the deployed template cannot be read", "it was not made by this app")
        return template if isinstance(template, Unanswered) else DeployedStack(state, template)

    def lift_protection_of_nothing(self, stack: SynthesisedStack) -> bool | Unanswered:
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
        place = Place(stack.account, stack.region, stack.roles)
        found = self._clients.ask("cloudformation", place, call)
        if isinstance(found, NotFound):
            return None
        if isinstance(found, Unanswered) and found.reason == "ValidationError" and ABSENT in found.detail:
            return None
        return found


def _resource_states(client: Any, stack_name: str) -> set[str]:
    pages = client.get_paginator("list_stack_resources").paginate(StackName=stack_name)
    return {resource["ResourceStatus"] for page in pages for resource in page["StackResourceSummaries"]}


def read_template(client: Any, name: str) -> Template:
    """
    Read a template that is in force, in whatever form it was deployed.

    Raises:
        ValueError: It is neither JSON nor YAML.
    """
    body = client.get_template(StackName=name)["TemplateBody"]
    return parse_template(body) if isinstance(body, str) else dict(body)
