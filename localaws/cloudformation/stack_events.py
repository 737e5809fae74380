"""DescribeStackEvents: events hold the properties that a resource was made with."""

import json
import re
from typing import Any

from mailproof.localaws.upstream import handlers

ACTION = "DescribeStackEvents"
_describe_upstream = handlers._ACTION_HANDLERS[ACTION]
_EVENT = re.compile(
    r"<LogicalResourceId>(?P<id>\w+)</LogicalResourceId>.*?<ResourceStatus>(?P<status>\w+)</ResourceStatus>.*?(?=<Timestamp>)",
    re.DOTALL,
)


def describe_stack_events(params: dict[str, Any]) -> Any:
    """
    Answer DescribeStackEvents; ministack's events lack the properties.

    The latest event after which a resource stands has them, earlier ones have none.
    """
    status, headers, body = _describe_upstream(params)
    stack = handlers._resolve_stack(handlers._p(params, "StackName"))
    left = dict(stack.get("_resources", {})) if stack else {}

    def add_properties(event: re.Match[str]) -> str:
        is_standing = event["status"].endswith("_COMPLETE") and not event["status"].startswith("DELETE")
        resource = left.pop(event["id"], None) if is_standing else None
        return event[0] + (_element(resource) if resource else "")

    return status, headers, _EVENT.sub(add_properties, body.decode()).encode()


def _element(resource: dict[str, Any]) -> str:
    """Write the properties; what a dynamic reference stands for, a secret above all, CloudFormation never shows."""
    text = json.dumps(resource["Properties"])
    for reference, value in resource.get("_dynamic", {}).items():
        text = text.replace(json.dumps(value)[1:-1], reference)
    return f"<ResourceProperties>{handlers._esc(text)}</ResourceProperties>"
