"""Prepare stacks for a deployment: clear failed creations."""

from collections.abc import Iterable

from mailproof.change.say import say
from mailproof.live.answer import Unanswered
from mailproof.live.aws.remedies import advise
from mailproof.live.aws.stacks import DeployedStacks
from mailproof.template.cloud_assembly import SynthesisedStack


def clear_failed(stacks: Iterable[SynthesisedStack], deployed: DeployedStacks) -> None:
    """
    Lift the protection of stacks in which nothing lives, so that the deployment can recreate them.

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
            say(f"{stack.path}: its creation failed and nothing in it lives; lifted its protection to create it again")
