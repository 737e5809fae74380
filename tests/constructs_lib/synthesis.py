"""Synthesises small apps and hands back plain data."""

import inspect
import textwrap
from typing import Any, TypeAlias
from unittest.mock import patch

from aws_cdk import App, Environment, Stack
from constructs import Construct

from mailproof.constructs_lib import HostedZoneReference
from mailproof.stacks.new_app import new_app as begin_app

ACCOUNT = "111122223333"
REGION = "eu-west-1"
ZONE = HostedZoneReference("Z0EXAMPLE", "example.com")

Template: TypeAlias = dict[str, Any]
Resource: TypeAlias = dict[str, Any]


def new_app(**context: Any) -> App:
    """Return an app without what only the command line needs."""
    return begin_app(tree_metadata=False, context=context)


def new_stack(app: App | None = None, name: str = "stack", region: str | None = REGION) -> Stack:
    """Return an empty stack with an account and, unless told otherwise, a region."""
    return Stack(app or new_app(), name, env=Environment(account=ACCOUNT, region=region))


def template(stack: Stack) -> Template:
    """Synthesise the app of a stack and return the stack's template."""
    app = stack.node.root
    assert isinstance(app, App)
    found: Template = app.synth(force=True).get_stack_artifact(stack.artifact_id).template
    return found


def resources(stack: Stack, type_name: str = "") -> dict[str, Resource]:
    """Return a stack's resources by logical id, of one type if it is given."""
    found: dict[str, Resource] = template(stack).get("Resources", {})
    return {name: resource for name, resource in found.items() if type_name in {"", resource["Type"]}}


def properties(stack: Stack, type_name: str) -> dict[str, Any]:
    """Return the properties of a stack's only resource of a type."""
    (resource,) = resources(stack, type_name).values()
    found: dict[str, Any] = resource["Properties"]
    return found


def record_sets(stack: Stack) -> list[dict[str, Any]]:
    """Return the single record sets of a stack, without their zone."""
    found = (record["Properties"] for record in resources(stack, "AWS::Route53::RecordSet").values())
    return [{key: value for key, value in record.items() if key != "HostedZoneId"} for record in found]


def record_zone(stack: Stack) -> Any:
    """Return the id of the one zone in which all record sets of a stack are."""
    zones = [record["Properties"]["HostedZoneId"] for record in resources(stack, "AWS::Route53::RecordSet").values()]
    assert zones == zones[:1] * len(zones)
    return zones[0]


def run_example(construct: type[Construct]) -> dict[str, Any]:
    """Run the example in a construct's documentation and return the names that it defines."""
    example = (inspect.getdoc(construct) or "").partition("Example::\n")[2].partition("\nSource:")[0]
    names: dict[str, Any] = {}
    with patch("aws_cdk.App", new_app):
        exec(textwrap.dedent(example), names)  # noqa: S102 -- our own text
    return names
