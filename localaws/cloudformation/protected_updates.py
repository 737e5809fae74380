"""Calls and updates of CloudFormation under a stack policy: it is kept, and asked before a resource is touched."""

from typing import Any

from mailproof.localaws.cloudformation.stack_policy import find_denial, parse_policy
from mailproof.localaws.errors import ServiceError
from mailproof.localaws.upstream import changesets, cloudformation, handlers, helpers, provisioners, stacks

Params = dict[str, Any]
Response = tuple[int, dict[str, str], bytes]

# Kept with the stack: the policy that counts for the update under way.
_IN_FORCE = "_localaws_policy_in_force"

_upstream = dict(handlers._ACTION_HANDLERS)
_update_resource_upstream = stacks._update_keeping_seed
_resolve_outputs_upstream = stacks._resolve_stack_outputs


def set_stack_policy(params: Params) -> Any:
    """Answer SetStackPolicy."""
    return _refuse_malformed(params, "StackPolicy") or _upstream["SetStackPolicy"](params)


def create_stack(params: Params) -> Any:
    """Answer CreateStack."""
    return _refuse_malformed(params, "StackPolicy") or _upstream["CreateStack"](params)


def update_stack(params: Params) -> Any:
    """
    Answer UpdateStack.

    The policy for this update alone counts, else the one that the stack has before it: a new one begins to count
    afterwards.
    """
    refusal = _refuse_malformed(params, "StackPolicy") or _refuse_malformed(params, "StackPolicyDuringUpdate")
    if refusal:
        return refusal
    stack = handlers._resolve_stack(handlers._p(params, "StackName"))
    if stack and not str(stack["StackStatus"]).endswith("_IN_PROGRESS"):
        stack[_IN_FORCE] = _read(params, "StackPolicyDuringUpdate") or stack.get("_stack_policy", "")
    return _upstream["UpdateStack"](params)


def create_change_set(params: Params) -> Any:
    """Answer CreateChangeSet, which CloudFormation refuses while it is at work on the stack."""
    stack = handlers._resolve_stack(handlers._p(params, "StackName"))
    status = str(stack["StackStatus"]) if stack else ""
    if stack and status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS":
        message = f"Stack:{stack['StackId']} is in {status} state and can not be updated."
        return handlers._error("ValidationError", message)
    return _upstream["CreateChangeSet"](params)


def execute_change_set(params: Params) -> Any:
    """Answer ExecuteChangeSet, which takes no policy: that of the stack counts."""
    _, change_set = changesets._find_change_set(handlers._p(params, "ChangeSetName"), handlers._p(params, "StackName"))
    if change_set and change_set["ExecutionStatus"] == "AVAILABLE":
        cloudformation._stacks[change_set["StackName"]].pop(_IN_FORCE, None)
    return _upstream["ExecuteChangeSet"](params)


def _read(params: Params, prefix: str) -> str:
    """
    Return a policy of a request, given as text or as an object in S3; empty without one.

    Raises:
        ServiceError: It cannot be read.
    """
    text, problem = helpers._resolve_document(params, f"{prefix}Body", f"{prefix}URL", "Stack policy")
    if problem:
        raise ServiceError("ValidationError", f"{prefix}URL: cannot be read")
    return text.decode() if isinstance(text, bytes) else str(text or "")


def _refuse_malformed(params: Params, prefix: str) -> Response | None:
    """Return the refusal of a policy that CloudFormation would not take, or nothing."""
    try:
        text = _read(params, prefix)
        if text:
            parse_policy(text)
    except ServiceError as err:
        refusal: Response = handlers._error(err.code, err.message)
        return refusal
    return None


def update_resource(*args: Any) -> Any:
    """Update a resource as ministack does, unless the policy of the stack denies it."""
    resource_type, _, old, new, stack_name, logical_id, *_ = args
    if old != new:
        action = "Update:Replace" if provisioners._replacing_change(resource_type, old, new) else "Update:Modify"
        denial = _find_denial_of(stack_name, action, logical_id, resource_type)
        if denial:
            raise ServiceError("AccessDenied", denial)
    return _update_resource_upstream(*args)


def resolve_stack_outputs(outputs: Any, conditions: Any, surviving: dict[str, Any], *rest: Any) -> Any:
    """
    Resolve the outputs as ministack does, unless the policy of the stack denies a removal.

    ministack asks for the outputs after it has updated all that stays, and before it removes what goes.
    """
    stack_name, stack_id = rest[-2:]
    resources = cloudformation._stacks[stack_name].get("_resources", {})
    denials = []
    for logical_id in sorted(set(resources) - set(surviving)):
        resource_type = resources[logical_id]["ResourceType"]
        denial = _find_denial_of(stack_name, "Update:Delete", logical_id, resource_type)
        if denial:
            stacks._add_event(stack_id, stack_name, logical_id, resource_type, "UPDATE_FAILED", denial)
            denials.append(denial)
    if denials:
        raise ServiceError("AccessDenied", " ".join(denials))
    return _resolve_outputs_upstream(outputs, conditions, surviving, *rest)


def _find_denial_of(stack_name: str, action: str, logical_id: str, resource_type: str) -> str | None:
    stack = cloudformation._stacks[stack_name]
    return find_denial(stack.get(_IN_FORCE, stack.get("_stack_policy", "")), action, logical_id, resource_type)
