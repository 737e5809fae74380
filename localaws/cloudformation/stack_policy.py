"""
Stack policies: what they may hold, and what they deny.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html
"""

import fnmatch
import json
from typing import Any

from mailproof.localaws.errors import ServiceError

Statement = dict[str, Any]

_EFFECTS = ("Allow", "Deny")
_ACTIONS = ("Update:*", "Update:Delete", "Update:Modify", "Update:Replace")
_MEMBERS = frozenset(
    {"Action", "Condition", "Effect", "NotAction", "NotPrincipal", "NotResource", "Principal", "Resource", "Sid"}
)


def parse_policy(text: str) -> list[Statement]:
    """
    Return the statements of a policy.

    Raises:
        ServiceError: It is not a stack policy.
    """
    try:
        policy = json.loads(text)
    except ValueError as err:
        raise _malformed("it is not JSON") from err
    statements = policy.get("Statement") if isinstance(policy, dict) else None
    statements = [statements] if isinstance(statements, dict) else statements
    if not isinstance(statements, list) or not all(isinstance(one, dict) for one in statements):
        raise _malformed("it has no list of statements")
    for statement in statements:
        _check_statement(statement)
    return statements


def _check_statement(statement: Statement) -> None:
    unknown = sorted(set(statement) - _MEMBERS)
    if unknown:
        raise _malformed(f"unknown element {', '.join(unknown)}")
    if statement.get("Effect") not in _EFFECTS:
        raise _malformed(f"Effect is not Allow or Deny, got {statement.get('Effect')!r}")
    if statement.get("Principal") not in ("*", {"AWS": "*"}):
        raise _malformed("Principal has to be *")
    actions = _texts(statement, "Action") or _texts(statement, "NotAction")
    wrong = [action for action in actions if action not in _ACTIONS]
    if wrong or not actions:
        raise _malformed(f"Action is not one of {', '.join(_ACTIONS)}, got {', '.join(wrong) or 'none'}")
    if not (_texts(statement, "Resource") or _texts(statement, "NotResource")):
        raise _malformed("a statement has no Resource")


def _malformed(reason: str) -> ServiceError:
    return ServiceError("ValidationError", f"Error validating stack policy: Invalid stack policy ({reason})")


def find_denial(policy: str, action: str, logical_id: str, resource_type: str) -> str | None:
    """
    Return why a policy denies an action, in CloudFormation's words; None if it allows it.

    Args:
        policy: Text of the policy; an empty one allows everything.
        action: `Update:Modify`, `Update:Replace` or `Update:Delete`.
        logical_id: Of the resource.
        resource_type: Of the resource.
    """
    if not policy:
        return None
    statements = parse_policy(policy)
    matching = [
        number
        for number, statement in enumerate(statements, start=1)
        if _matches(statement, action, logical_id, resource_type)
    ]
    denying = [number for number in matching if statements[number - 1]["Effect"] == "Deny"]
    if matching and not denying:
        return None
    # What AWS says where no statement matches at all is not known.
    subject = f"Statement [#{denying[0]}] does not allow" if denying else "no statement allows"
    return f"Action denied by stack policy: {subject} [{action}] for resource [LogicalResourceId/{logical_id}];"


def _matches(statement: Statement, action: str, logical_id: str, resource_type: str) -> bool:
    types = _condition_types(statement)
    return (
        _applies(statement, "Action", action)
        and _applies(statement, "Resource", f"LogicalResourceId/{logical_id}")
        and (types is None or any(fnmatch.fnmatchcase(resource_type, pattern) for pattern in types))
    )


def _applies(statement: Statement, member: str, value: str) -> bool:
    """Tell whether `Action` or `Resource` of a statement, or its opposite, holds for a value."""
    if f"Not{member}" in statement:
        return not any(fnmatch.fnmatchcase(value, pattern) for pattern in _texts(statement, f"Not{member}"))
    return any(fnmatch.fnmatchcase(value, pattern) for pattern in _texts(statement, member))


def _condition_types(statement: Statement) -> list[str] | None:
    """Return the resource types, or patterns of them, for which a statement holds; None for all."""
    conditions = statement.get("Condition")
    if not conditions:
        return None
    return [text for values in conditions.values() for text in _texts(values, "ResourceType")]


def _texts(holder: dict[str, Any], member: str) -> list[str]:
    value = holder.get(member) or []
    return [value] if isinstance(value, str) else [str(one) for one in value]
