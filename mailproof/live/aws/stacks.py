"""CloudFormation in one region: every call that is made to it, and what it says of a stack."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from mailproof.live.answer import NotFound, Unanswered
from mailproof.live.aws.change_sets import list_changes
from mailproof.live.aws.clients import Clients, Target
from mailproof.live.aws.members import UnreadableAnswer, required
from mailproof.model.names import identity_name
from mailproof.model.resource_types import IDENTITY
from mailproof.template.cloud_assembly import SynthesisedStack
from mailproof.template.contents import LIVE_TYPES, Template
from mailproof.template.text import parse_template

# Nothing of these lives: the stack was never made, or what a failed creation made is gone again.
EMPTY_STATES = frozenset({"REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", "DELETE_COMPLETE"})
UNREADABLE = "the deployed template cannot be read"
BEGINNING = frozenset({"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "IMPORT_IN_PROGRESS"})
NO_CHANGE_SET = "ChangeSetNotFound"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Undeleted:
    """
    What an update was to delete and could not: the stack goes on without it.

    Attributes:
        type: Of the resource.
        name: Its name in AWS.
        region: Of the stack.
        reason: As CloudFormation has it.
    """

    type: str
    name: str
    region: str
    reason: str

    def __str__(self) -> str:
        """Name it, with the reason."""
        what = f"identity {self.name!r} in {self.region}" if self.type == IDENTITY else f"record set {self.name!r}"
        return f"{what}, which CloudFormation could not delete ({self.reason})"


@dataclass(frozen=True, slots=True)
class DeployedStack:
    """
    A stack that exists, or does not.

    Attributes:
        state: None if it does not exist.
        template: None if nothing of it lives.
    """

    state: str | None
    template: Template | None


def describe_stacks(client: Any) -> Iterator[Mapping[str, Any]]:
    """Yield all stacks of the region, but those that are deleted, as DescribeStacks has them."""
    for page in client.get_paginator("describe_stacks").paginate():
        yield from required(page, "Stacks", list)


def describe_stack(client: Any, name: str) -> Mapping[str, Any]:
    """Return a stack as DescribeStacks has it."""
    found: Mapping[str, Any] = required(client.describe_stacks(StackName=name), "Stacks", list)[0]
    required(found, "StackStatus", str)
    return found


def list_stacks(client: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the summaries of all stacks of the region, those deleted in the last 90 days included."""
    for page in client.get_paginator("list_stacks").paginate():
        yield from required(page, "StackSummaries", list)


def list_resources(client: Any, stack_name: str) -> Iterator[Mapping[str, Any]]:
    """Yield the summaries of the resources of a stack, deleted ones included."""
    for page in client.get_paginator("list_stack_resources").paginate(StackName=stack_name):
        yield from required(page, "StackResourceSummaries", list)


def list_events(client: Any, stack_id: str) -> Iterator[Mapping[str, Any]]:
    """Yield the events of a stack, which may be deleted."""
    for page in client.get_paginator("describe_stack_events").paginate(StackName=stack_id):
        yield from required(page, "StackEvents", list)


def delete_stack(client: Any, stack_id: str, token: str) -> None:
    """
    Delete a stack.

    Args:
        client: boto3's for `cloudformation`.
        stack_id: Of this very stack, not of another one that has its name.
        token: Marks the events that come of it.
    """
    client.delete_stack(StackName=stack_id, ClientRequestToken=token)


def protect_stack(client: Any, name: str, *, on: bool) -> bool:
    """Put the termination protection of a stack on, or lift it; true if that is done."""
    client.update_termination_protection(StackName=name, EnableTerminationProtection=on)
    return True


def fetch_owner(client: Any, physical_id: str) -> str:
    """Return the name of the stack that a resource belongs to."""
    found = required(client.describe_stack_resources(PhysicalResourceId=physical_id), "StackResources", list)
    return required(found[0], "StackName", str)


def summarise_template(client: Any, body: str) -> Mapping[str, Any]:
    """Return what CloudFormation says of a template that is not deployed."""
    summary: Mapping[str, Any] = client.get_template_summary(TemplateBody=body)
    return summary


def read_stack(client: Any, name: str) -> DeployedStack:
    """
    Read the state of a stack and the template in force.

    Args:
        client: boto3's for `cloudformation`.
        name: Of the stack.

    Raises:
        botocore.exceptions.ClientError: Also if there is no such stack; see `is_absent`.
        UnreadableAnswer: The template is neither JSON nor YAML.
    """
    state = str(describe_stack(client, name)["StackStatus"])
    return DeployedStack(state, None if state in EMPTY_STATES else read_template(client, name))


def read_template(client: Any, name: str) -> Template:
    """
    Read the template of a stack, in whatever form it was deployed: `cdk import` leaves YAML.

    Raises:
        UnreadableAnswer: It is neither JSON nor YAML.
    """
    body: Any = required(client.get_template(StackName=name), "TemplateBody", object)
    try:
        # boto3 makes dictionaries of JSON whose order counts when they are compared.
        return parse_template(body) if isinstance(body, str) else dict(json.loads(json.dumps(body)))
    except (TypeError, ValueError) as err:
        raise UnreadableAnswer(f"that of {name}", UNREADABLE) from err


def is_absent(answer: object) -> bool:
    """Tell whether CloudFormation says that there is no such stack or resource: it has no error code for that alone."""
    return isinstance(answer, Unanswered) and answer.reason == "ValidationError" and "does not exist" in answer.detail


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
        found = self._ask(stack, lambda client: read_stack(client, stack.name))
        return found or DeployedStack(None, None)

    def fetch_removed(self, stack: SynthesisedStack, change_set: str) -> set[str] | Unanswered:
        """Return the identities, records and groups, by logical id, that a change set has removed; none without it."""
        found = self._ask(stack, lambda client: _removed(client, stack.name, change_set))
        if isinstance(found, Unanswered) and found.reason != NO_CHANGE_SET:
            return found
        return found if isinstance(found, set) else set()

    def fetch_undeleted(self, stack: SynthesisedStack) -> list[Undeleted] | Unanswered:
        """Return the identities, records and groups that the last update was to delete and could not."""
        return self._ask(stack, lambda client: list(_undeleted(client, stack))) or []

    def fetch_policy(self, stack: SynthesisedStack) -> str | Unanswered | None:
        """Return the stack policy, empty if there is none; None if nothing of the stack lives."""
        asked = self._ask(stack, lambda client: client.get_stack_policy(StackName=stack.name))
        if not isinstance(asked, dict):
            return asked
        if policy := str(asked.get("StackPolicyBody") or ""):
            return policy
        state = self.fetch_state(stack)
        return None if state in EMPTY_STATES else "" if isinstance(state, str) else state

    def set_policy(self, stack: SynthesisedStack, policy: str) -> Unanswered | None:
        """Set the stack policy, and return why that was refused."""
        done = self._ask(
            stack, lambda client: dict(client.set_stack_policy(StackName=stack.name, StackPolicyBody=policy))
        )
        return done if isinstance(done, Unanswered) else None

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
        states = self._ask(stack, lambda client: {of["ResourceStatus"] for of in list_resources(client, stack.name)})
        if not isinstance(states, set):
            return states or False
        if states - {"DELETE_COMPLETE"}:
            return False
        lifted = self._ask(stack, lambda client: protect_stack(client, stack.name, on=False))
        return lifted or False

    def _describe(self, stack: SynthesisedStack) -> dict[str, Any] | Unanswered | None:
        return self._ask(stack, lambda client: dict(describe_stack(client, stack.name)))

    def _ask(self, stack: SynthesisedStack, call: Callable[[Any], T]) -> T | Unanswered | None:
        target = Target(stack.account, stack.region, stack.roles)
        found = self._clients.ask("cloudformation", target, call)
        return None if isinstance(found, NotFound) or is_absent(found) else found


def _undeleted(client: Any, stack: SynthesisedStack) -> Iterator[Undeleted]:
    seen: set[str] = set()
    for event in list_events(client, stack.name):  # the newest first: an attempt may follow a failed one
        name = event.get("PhysicalResourceId", "")
        if name == event["StackId"] and event["ResourceStatus"] in BEGINNING:
            return
        if event["ResourceType"] in LIVE_TYPES and name not in seen:
            seen.add(name)
            if event["ResourceStatus"] == "DELETE_FAILED":
                why = event.get("ResourceStatusReason", "")
                yield Undeleted(event["ResourceType"], identity_name(name), stack.region, why)


def _removed(client: Any, stack_name: str, change_set: str) -> set[str]:
    return {
        change["LogicalResourceId"]
        for change in list_changes(client, stack_name, change_set)
        if change["Action"] == "Remove" and change["ResourceType"] in LIVE_TYPES
    }
