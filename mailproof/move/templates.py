"""Templates in force between the steps of a move."""

from collections.abc import Collection
from typing import Any

from mailproof.template.contents import Template, is_retained, live_resources
from mailproof.template.taking_out import references


def retaining(template: Template, logical_ids: Collection[str]) -> dict[str, Any]:
    """Return a template that retains some resources once they are taken out of it."""
    resources = {
        name: {**resource, "DeletionPolicy": "Retain"}
        if name in logical_ids and not is_retained(resource)
        else resource
        for name, resource in template.get("Resources", {}).items()
    }
    return {**template, "Resources": resources}


def with_outputs(deployed: Template, wanted: Template) -> dict[str, Any]:
    """
    Return a template with the outputs that it is to have, and the roles by which others read them.

    Args:
        deployed: The template in force; an output of what is not in it has to wait.
        wanted: As it is to be.
    """
    live = live_resources(wanted)
    beside = {name: found for name, found in wanted.get("Resources", {}).items() if name not in live}
    resources = {**beside, **deployed.get("Resources", {})}
    outputs = {
        name: output
        for name, output in wanted.get("Outputs", {}).items()
        if resources.keys() >= {found for found in references(output) if not found.startswith("AWS::")}
    }
    return {**deployed, "Resources": resources, "Outputs": {**outputs, **deployed.get("Outputs", {})}}
