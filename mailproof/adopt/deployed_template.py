"""The template in force of a stack, also where `cdk import` has made it YAML."""

from dataclasses import dataclass
from typing import Any

from mailproof.adopt.aws_clients import Clients, place_of
from mailproof.live.answer import NotFound, Unanswered
from mailproof.rollout.assembly import SynthesisedStack
from mailproof.rollout.deployed import ABSENT, EMPTY_STATES
from mailproof.rollout.resources import Template
from mailproof.rollout.template_text import parse_template


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


def fetch_deployed(clients: Clients, stack: SynthesisedStack) -> DeployedStack | Unanswered:
    """Read the state and the template of a stack."""
    found = clients.ask("cloudformation", place_of(stack), lambda client: _read(client, stack.name))
    if isinstance(found, NotFound):
        return DeployedStack(None, None)
    if isinstance(found, Unanswered) and found.reason == "ValidationError" and ABSENT in found.detail:
        return DeployedStack(None, None)
    return found


def _read(client: Any, name: str) -> DeployedStack:
    state = client.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
    return DeployedStack(state, None if state in EMPTY_STATES else fetch_template(client, name))


def fetch_template(client: Any, name: str) -> Template:
    """Read a template."""
    body = client.get_template(StackName=name)["TemplateBody"]
    return parse_template(body) if isinstance(body, str) else dict(body)
