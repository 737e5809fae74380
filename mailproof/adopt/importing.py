"""Import what is live into stacks."""

from collections.abc import Sequence
from typing import Any

from mailproof.adopt.import_plan_result import Adoption
from mailproof.change.stack_update import StackUpdater
from mailproof.live.aws.identifiers import import_entry
from mailproof.template.cloud_assembly import SynthesisedStack


def import_into(updater: StackUpdater, stack: SynthesisedStack, adoptions: Sequence[Adoption]) -> None:
    """
    Import into one stack: all of it or nothing. What the stack holds already is left alone.

    Args:
        updater: Updates stacks.
        stack: The stack; it is made if there is none.
        adoptions: What it takes in.

    Raises:
        CommandError: CloudFormation refused, could not be asked, or has undone the import.
    """
    resources = {found.logical_id: resource_as_found(stack, found) for found in adoptions}
    imports = [
        import_entry(found.logical_id, resources[found.logical_id]["Type"], found.identifier) for found in adoptions
    ]
    updater.take_in(stack, resources, imports)


def resource_as_found(stack: SynthesisedStack, found: Adoption) -> dict[str, Any]:
    """
    Return the resource to import, as it is live.

    It is kept whatever the environment's policy is, until a deployment has seen it. That the deployment has something
    to change also gives the stack its description and rules, which an import leaves out. It waits for nothing: what it
    is to be made after may not be in the stack yet.
    """
    wanted = stack.template["Resources"][found.logical_id]
    resource = {key: value for key, value in wanted.items() if key != "DependsOn"}
    return {**resource, "Properties": dict(found.properties), "DeletionPolicy": "Retain"}
