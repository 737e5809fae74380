"""Wait until a stack has no operation in progress."""

import time
from collections.abc import Callable
from typing import TypeVar

from mailproof.change.errors import CommandError
from mailproof.change.say import say
from mailproof.exit_codes import UNANSWERED
from mailproof.live.answer import Unanswered
from mailproof.live.aws.stack_status import events_command, is_at_work
from mailproof.live.aws.stacks import DeployedStacks
from mailproof.template.cloud_assembly import SynthesisedStack

POLL_S = 2.0
LOOKS_LIMIT = 1800  # an hour: CloudFormation gives a resource of ours minutes; whatever takes longer needs a look

T = TypeVar("T")


def await_rest(
    stack: SynthesisedStack, deployed: DeployedStacks, *, sleep: Callable[[float], None] = time.sleep
) -> str | Unanswered | None:
    """
    Wait until a stack has no operation in progress, and return its state; None if it does not exist.

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
    raise _too_long(stack, still_in(stack, state))


def still_in(stack: SynthesisedStack, state: object) -> str:
    """Say in which state a stack is still, and what shows why."""
    return f"is still in {state}; look at its events in CloudFormation: {events_command(stack.region, stack.name)}"


def look_until(
    stack: SynthesisedStack,
    look: Callable[[], T],
    is_done: Callable[[T], bool],
    words: Callable[[T], str],
    sleep: Callable[[float], None],
) -> T:
    """
    Look again and again until CloudFormation is done, and return what was seen then.

    Args:
        stack: At which it is at work.
        look: Looks once.
        is_done: Whether what was seen is the end.
        words: Say of what was seen last that it is not.
        sleep: Waits for so many seconds.

    Raises:
        CommandError: It takes longer than an hour.
    """
    for _ in range(LOOKS_LIMIT):
        found = look()
        if is_done(found):
            return found
        sleep(POLL_S)
    raise _too_long(stack, words(found))


def _too_long(stack: SynthesisedStack, words: str) -> CommandError:
    return CommandError(
        [f"{stack.path}: {words}", "CloudFormation goes on by itself: run the same command again later"], UNANSWERED
    )
