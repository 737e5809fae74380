"""Prepare stacks for a deployment: wait for operations in progress, clear failed creations."""

import time
from collections.abc import Callable, Iterable

from mailproof.change.errors import CommandError
from mailproof.change.say import say
from mailproof.exit_codes import WRONG
from mailproof.live.answer import Unanswered
from mailproof.live.aws.remedies import advise
from mailproof.live.aws.stack_status import events_command, is_at_work
from mailproof.live.aws.stacks import DeployedStacks
from mailproof.template.cloud_assembly import SynthesisedStack

PAUSE_S = 2.0
LIMIT_S = 3600.0  # CloudFormation gives a resource of ours minutes; whatever takes longer needs a look


def await_rest(
    stacks: Iterable[SynthesisedStack],
    deployed: DeployedStacks,
    *,
    limit_s: float = LIMIT_S,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """
    Wait until CloudFormation is at work on none of the stacks.

    Somebody else rolls out too, or the command line that began it was killed: CloudFormation goes on by itself, and
    refuses every other change until it is done. A state that cannot be read is left to the guard.

    Raises:
        CommandError: It takes longer than the limit.
    """
    left_s = limit_s
    for stack in stacks:
        told = None
        while isinstance(state := deployed.fetch_state(stack), str) and is_at_work(state):
            if left_s <= 0:
                events = events_command(stack.region, stack.name)
                what = f"{stack.path}: is still in {state}; look at its events in CloudFormation: {events}"
                raise CommandError(what, WRONG)
            if state != told:
                say(f"{stack.path}: is in {state}: another deployment is at work; waiting until it is done")
            told = state
            sleep(PAUSE_S)
            left_s -= PAUSE_S


def clear_failed(stacks: Iterable[SynthesisedStack], deployed: DeployedStacks) -> None:
    """
    Lift the protection of stacks of which nothing lives, so that the deployment can make them anew.

    Of others it stays, and what bars the way is said after the deployment.
    """
    for stack in stacks:
        if deployed.fetch_state(stack) != "ROLLBACK_COMPLETE":
            continue
        lifted = deployed.unprotect_empty_stack(stack)
        if isinstance(lifted, Unanswered):
            say(
                f"{stack.path}: could not lift the protection of an empty stack: {lifted}{advise(lifted, stack.region)}"
            )
        elif lifted:
            say(f"{stack.path}: making it failed and nothing of it lives; lifted its protection to make it anew")
