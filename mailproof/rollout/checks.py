"""What a rollout looks at in CloudFormation: the guard before a deployment, the states after it."""

import sys
from collections.abc import Collection, Iterable, Iterator

from mailproof.exit_codes import UNANSWERED, WRONG
from mailproof.live.answer import Unanswered
from mailproof.rollout.advice import advise
from mailproof.rollout.assembly import SynthesisedStack
from mailproof.rollout.deployed import DeployedStacks
from mailproof.rollout.errors import RolloutError
from mailproof.rollout.guard import Loss, find_losses, refuse_losses
from mailproof.rollout.stack_state import judge_state


def refuse_losses_of(
    stacks: Iterable[SynthesisedStack], deployed: DeployedStacks, allowed: Collection[str], limit: int
) -> None:
    """
    Compare stacks with what is deployed, and say what goes although it may.

    Raises:
        RolloutError: An identity or record would be lost, too many would be, or CloudFormation could not be asked.
    """
    losses: list[Loss] = []
    unasked: list[str] = []
    for stack in stacks:
        found = deployed.fetch(stack)
        if isinstance(found, Unanswered):
            unasked.append(_unasked(stack, "the deployed template", found))
        elif found.template is not None:
            losses += find_losses(stack.path, found.template, stack.template)
    if refused := refuse_losses(losses, allowed, limit):
        raise RolloutError([*unasked, *refused, "nothing of this was deployed"], WRONG)
    if unasked:
        raise RolloutError([*unasked, "nothing of this was deployed"], UNANSWERED)
    for loss in losses:
        say(f"{loss}, as allowed")


def check_states(stacks: Iterable[SynthesisedStack], deployed: DeployedStacks) -> None:
    """
    Print the state of stacks: `cdk deploy` ends well on a failed one whose template is the wanted one.

    Raises:
        RolloutError: One is in a state that is wrong, or could not be asked about.
    """
    wrong, unasked = [], []
    for stack in stacks:
        state = deployed.fetch_state(stack)
        if isinstance(state, Unanswered):
            unasked.append(_unasked(stack, "its state", state))
            continue
        sys.stdout.write(f"{stack.path} {state or 'ABSENT'}\n")
        verdict = judge_state(state, stack)
        if verdict.is_wrong:
            wrong.append(f"{stack.path}: {verdict.words}")
        elif verdict.words:
            say(f"{stack.path}: {verdict.words}")
    sys.stdout.flush()
    if wrong or unasked:
        raise RolloutError([*wrong, *unasked], WRONG if wrong else UNANSWERED)


def explain_states(stacks: Iterable[SynthesisedStack], deployed: DeployedStacks) -> Iterator[str]:
    """Say of each stack that a failed deployment has left in a state worth a word, or in an unknown one, what to do."""
    for stack in stacks:
        state = deployed.fetch_state(stack)
        if isinstance(state, Unanswered):
            yield _unasked(stack, "its state", state)
        elif state and (words := judge_state(state, stack).words):
            yield f"{stack.path}: {words}"


def _unasked(stack: SynthesisedStack, what: str, answer: Unanswered) -> str:
    return f"{stack.path}: could not ask for {what}: {answer}{advise(answer, stack)}"


def say(text: str) -> None:
    """Tell a person something, on stderr."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
