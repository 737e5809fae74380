"""DescribeStackResources by physical id: which stack holds an identity or a record."""

from typing import Any

from mailproof.localaws.names import host_name
from mailproof.localaws.upstream import cloudformation, handlers

ACTION = "DescribeStackResources"
_describe_upstream = handlers._ACTION_HANDLERS[ACTION]


def describe_stack_resources(params: dict[str, Any]) -> Any:
    """Answer DescribeStackResources; ministack alone knows stacks by their name only."""
    physical_id = handlers._p(params, "PhysicalResourceId")
    if not physical_id or handlers._p(params, "StackName"):
        return _describe_upstream(params)
    stack_name = find_holder(physical_id)
    if stack_name is None:
        return handlers._error("ValidationError", f"Stack for {physical_id} does not exist")
    return _describe_upstream({**params, "StackName": [stack_name]})


def find_holder(physical_id: str) -> str | None:
    """Return the name of the live stack of the caller's account and region that holds a resource."""
    for stack in cloudformation._stacks.values():
        held = stack.get("_resources", {}).values()
        if stack["StackStatus"] != "DELETE_COMPLETE" and any(_is_same(one, physical_id) for one in held):
            return str(stack["StackName"])
    return None


def _is_same(resource: dict[str, Any], physical_id: str) -> bool:
    is_held = not str(resource.get("ResourceStatus", "")).startswith("DELETE")
    return is_held and host_name(resource.get("PhysicalResourceId") or "") == host_name(physical_id)
