"""Wait until CloudFormation has come to rest with a stack."""

import time
from collections.abc import Callable

from mailproof.change.errors import CommandError
from mailproof.change.say import say
from mailproof.exit_codes import UNANSWERED
from mailproof.live.answer import Unanswered
from mailproof.live.aws.stack_status import events_command, is_at_work
from mailproof.live.aws.stacks import DeployedStacks
from mailproof.template.cloud_assembly import SynthesisedStack

POLL_S = 2.0
LOOKS_LIMIT = 1800  # an hour: CloudFormation gives a resource of ours minutes; whatever takes longer needs a look


def await_rest(
    stack: SynthesisedStack, deployed: DeployedStacks, *, sleep: Callable[[float], None] = time.sleep
) -> str | Unanswered | None:
    """
    Wait until CloudFormation is at work on a stack no more, and return its state; None if it does not exist.

    Somebody else deploys too, or the command that began it was killed: CloudFormation goes on by itself, and refuses
    every other change until it is done.

    Raises:
        CommandError: It takes longer than an hour.
    """
    told = state = None
    for _ in range(LOOKS_LIMIT):
        state = deployed.fetch_state(stack)
        if not isinstance(state, str) or not is_at_work(state):
            return state
        if state != told:
            say(f"{stack.path}: is in {state}: CloudFormation is at work; waiting until it is done")
        told = state
        sleep(POLL_S)
    events = events_command(stack.region, stack.name)
    what = f"{stack.path}: is still in {state}; look at its events in CloudFormation: {events}"
    raise CommandError([what, "CloudFormation goes on by itself: run the same again later"], UNANSWERED)
