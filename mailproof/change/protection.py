"""
Protect stacks by a policy: CloudFormation itself refuses to replace or delete identities and records, whoever deploys.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html
"""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from mailproof.change.errors import stop_if
from mailproof.change.say import say
from mailproof.live.answer import Unanswered
from mailproof.live.aws.remedies import advise
from mailproof.live.aws.stacks import DeployedStacks
from mailproof.template.cloud_assembly import SynthesisedStack
from mailproof.template.contents import LIVE_TYPES

GRANT = "grant cloudformation:GetStackPolicy and cloudformation:SetStackPolicy on it"
_EXCEPTIONS = frozenset({"Resource", "NotResource"})


def build_policy(lifted: Collection[str] = ()) -> str:
    """
    Write the policy of a stack.

    Args:
        lifted: Logical ids of what may be replaced or deleted all the same.
    """
    excepted = [f"LogicalResourceId/{name}" for name in sorted(lifted)]
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": ["Update:Replace", "Update:Delete"],
        **({"NotResource": excepted} if excepted else {"Resource": "*"}),
        "Condition": {"StringEquals": {"ResourceType": sorted(LIVE_TYPES)}},
    }
    allow = {"Effect": "Allow", "Principal": "*", "Action": "Update:*", "Resource": "*"}
    return json.dumps({"Statement": [allow, deny]})


def is_ours(policy: str) -> bool:
    """Tell whether a policy is one of `build_policy`, whatever it lifts."""
    return bool(_frame(policy) == _frame(build_policy()))


def _frame(policy: str) -> Any:
    try:
        statements = json.loads(policy)["Statement"]
        return [{key: value for key, value in one.items() if key not in _EXCEPTIONS} for one in statements]
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


@contextmanager
def protected(
    stacks: Sequence[SynthesisedStack],
    deployed: DeployedStacks,
    allowed: Collection[str],
    *,
    only_ours: bool = False,
) -> Iterator[None]:
    """
    Lift the policies of stacks for what is allowed, and put them back however the block ends.

    A change set takes no policy of its own, so that of the stack is changed for the time. Policies of somebody else
    stay as they are. A command that is killed leaves it lifted for what it was given; the next one puts it back.

    Args:
        stacks: Are deployed in the block.
        deployed: Asks CloudFormation.
        allowed: Resources as ``STACK:ID``.
        only_ours: Leave a stack without a policy as it is.

    Raises:
        CommandError: A policy is in the way and could not be read or lifted; nothing of the block has run.
    """
    try:
        stop_if([], list(_lift(stacks, deployed, allowed)), "nothing of this was deployed")
        yield
    finally:
        for stack in stacks:
            _protect(stack, deployed, only_ours=only_ours)


def _lift(stacks: Iterable[SynthesisedStack], deployed: DeployedStacks, allowed: Collection[str]) -> Iterator[str]:
    """Make policies deny all but what is allowed; yield why that could not be."""
    for stack in stacks:
        ids = {name for name in _ids(stack, allowed) if name.isalnum()}
        found = deployed.fetch_policy(stack)
        if isinstance(found, Unanswered):
            if ids:
                yield _unasked(stack, "could not ask for its stack policy, which may deny what is allowed", found)
        elif found and is_ours(found) and found != build_policy(ids):
            refused = deployed.set_policy(stack, build_policy(ids))
            if refused and ids:
                yield _unasked(stack, "could not lift its stack policy for what is allowed", refused)
        elif found and not is_ours(found):
            say(f"{stack.path}: has a stack policy of somebody else, which stays as it is")


def _ids(stack: SynthesisedStack, allowed: Collection[str]) -> set[str]:
    """Return the logical ids that are allowed of a stack."""
    return {name for path, _, name in (value.partition(":") for value in allowed) if path == stack.path}


def _protect(stack: SynthesisedStack, deployed: DeployedStacks, *, only_ours: bool) -> None:
    found = deployed.fetch_policy(stack)
    if isinstance(found, str) and found != build_policy() and (is_ours(found) or not (found or only_ours)):
        found = deployed.set_policy(stack, build_policy())
    if isinstance(found, Unanswered):
        what = "CloudFormation does not protect its identities and records from other deployments"
        say(_unasked(stack, f"{what}: could not set its stack policy", found))


def _unasked(stack: SynthesisedStack, what: str, answer: Unanswered) -> str:
    return f"{stack.path}: {what}: {answer}{advise(answer, stack.region) or f'; {GRANT}'}"
