"""Release resources: take them out of their stack, and leave what they stand for live."""

from collections.abc import Collection, Iterator

from mailproof.change.errors import stop_if
from mailproof.change.stack_update import StackUpdater
from mailproof.template.cloud_assembly import SynthesisedStack
from mailproof.template.contents import Template, is_retained
from mailproof.template.taking_out import find_referring, take_out


def release(updater: StackUpdater, stack: SynthesisedStack, logical_ids: Collection[str]) -> None:
    """
    Take resources out of the deployed template of a stack, none of which is deleted or changed thereby.

    Outputs that refer to them go too. What is not in the stack any more is released already, so that the same call goes
    on where another one was interrupted.

    Args:
        updater: Updates stacks.
        stack: Holds them.
        logical_ids: What is to be released.

    Raises:
        CommandError: One would be deleted, or something else of the stack refers to it: nothing has changed. Or the
            update failed or could not be made; see `StackUpdater.update`.
    """
    before = updater.settle(stack).template or {}
    going = sorted(set(logical_ids).intersection(before.get("Resources", {})))
    if not going:
        return
    stop_if([f"{stack.path}: {problem}" for problem in find_obstacles(before, going)], [], "nothing was released")
    updater.update(stack, before, take_out(before, going))


def find_obstacles(template: Template, logical_ids: Collection[str]) -> Iterator[str]:
    """
    Say why resources cannot be released.

    Args:
        template: The deployed one.
        logical_ids: Are in it.
    """
    for name in logical_ids:
        resource = template["Resources"][name]
        if not is_retained(resource):
            policy = resource.get("DeletionPolicy", "Delete")
            yield (
                f"{name}: its DeletionPolicy is {policy}, so taking it out would delete it; "
                "deploy it with removal_policy: retain first"
            )
    for name, others in find_referring(template, logical_ids).items():
        yield f"{name}: refers to {', '.join(others)}, and cannot stay without"
