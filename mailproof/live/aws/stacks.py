"""A stack as CloudFormation has it."""

from dataclasses import dataclass
from typing import Any

from mailproof.live.answer import Unanswered
from mailproof.template.contents import Template
from mailproof.template.text import parse_template

# Nothing of these lives: the stack was never made, or what a failed creation made is gone again.
EMPTY_STATES = frozenset({"REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", "DELETE_COMPLETE"})
UNREADABLE = "the deployed template cannot be read"


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


def read_stack(client: Any, name: str) -> DeployedStack:
    """
    Read the state of a stack and the template in force.

    Args:
        client: boto3's for `cloudformation`.
        name: Of the stack.

    Raises:
        botocore.exceptions.ClientError: Also if there is no such stack; see `is_absent`.
        ValueError: The template is neither JSON nor YAML.
    """
    state = str(client.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"])
    return DeployedStack(state, None if state in EMPTY_STATES else read_template(client, name))


def read_template(client: Any, name: str) -> Template:
    """
    Read the template of a stack, in whatever form it was deployed: `cdk import` leaves YAML.

    Raises:
        ValueError: It is neither JSON nor YAML.
    """
    body = client.get_template(StackName=name)["TemplateBody"]
    return parse_template(body) if isinstance(body, str) else dict(body)


def is_absent(answer: object) -> bool:
    """Tell whether CloudFormation says that there is no such stack or resource: it has no error code for that alone."""
    return isinstance(answer, Unanswered) and answer.reason == "ValidationError" and "does not exist" in answer.detail
