"""Fn::GetStackOutput: an output of another stack, of another region or account too."""

import json
import re
from typing import Any

from mailproof.localaws.errors import ServiceError
from mailproof.localaws.upstream import cloudformation, engine, iam, responses

FUNCTION = "Fn::GetStackOutput"
_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::(?P<account>\d{12}):role/(?:.*/)?(?P<name>[^/]+)")

_resolve_upstream = engine._resolve_refs


def resolve(value: Any, *context: Any, **named: Any) -> Any:
    """Resolve the intrinsic functions of a template value, as ministack does, and Fn::GetStackOutput as AWS does."""
    if isinstance(value, dict) and len(value) == 1 and FUNCTION in value:
        spec = value[FUNCTION]
        return find_output({key: str(resolve(part, *context, **named)) for key, part in spec.items()})
    return _resolve_upstream(value, *context, **named)


def find_output(spec: dict[str, str]) -> str:
    """
    Return the output that the members of Fn::GetStackOutput name.

    Args:
        spec: StackName, OutputName and, where they are not the caller's, Region and RoleArn.

    Raises:
        ServiceError: The role cannot be assumed, or there is no such stack or output.
    """
    region = spec.get("Region") or responses.get_region()
    role_arn = spec.get("RoleArn")
    account = check_role(role_arn, responses.get_account_id()) if role_arn else responses.get_account_id()
    stack_name, output_name = spec["StackName"], spec["OutputName"]
    with responses.request_scope(account, region):
        stack = cloudformation._stacks.get(stack_name)
        if stack is None or stack["StackStatus"] == "DELETE_COMPLETE":
            raise ServiceError("ValidationError", f"Stack [{stack_name}] does not exist in {region} of {account}")
        for output in stack.get("Outputs", []):
            if output["OutputKey"] == output_name:
                return str(output["OutputValue"])
    raise ServiceError("ValidationError", f"Output [{output_name}] of stack [{stack_name}] does not exist")


def check_role(role_arn: str, caller_account: str) -> str:
    """
    Return the account of a role that the caller's account may assume.

    Raises:
        ServiceError: There is no such role, or its trust policy names nobody of the caller's account.
    """
    match = _ROLE_ARN.fullmatch(role_arn)
    role = None
    if match is not None:
        with responses.request_scope(match["account"], responses.get_region()):
            role = iam._roles.get(match["name"])
    if match is None or role is None or not _trusts(role, caller_account):
        message = (
            f"User of account {caller_account} is not authorized to perform: sts:AssumeRole on resource: {role_arn}"
        )
        raise ServiceError("AccessDenied", message, status=403)
    return match["account"]


def _trusts(role: dict[str, Any], account: str) -> bool:
    """Tell whether the trust policy lets any principal of an account in; conditions are not weighed."""
    document = role.get("AssumeRolePolicyDocument") or {}
    policy = json.loads(document) if isinstance(document, str) else document
    statements = policy.get("Statement", [])
    return any(
        statement.get("Effect") == "Allow" and _names(statement.get("Principal"), account)
        for statement in (statements if isinstance(statements, list) else [statements])
    )


def _names(principal: Any, account: str) -> bool:
    if isinstance(principal, dict):
        return _names(principal.get("AWS"), account)
    if isinstance(principal, list):
        return any(_names(one, account) for one in principal)
    text = str(principal or "")
    return text in ("*", account) or f"::{account}:" in text
