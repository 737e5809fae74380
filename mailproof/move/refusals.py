"""Reasons why something cannot be moved, each with what to do instead; found before anything is done."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from mailproof.adopt.blockers import ONE_BY_ONE
from mailproof.adopt.import_plan_result import Adoption, Blocker
from mailproof.live.aws.stack_contents import StackContents
from mailproof.live.aws.stack_status import IN_FORCE, judge_state
from mailproof.model import pages
from mailproof.move.steps import Release
from mailproof.template.cloud_assembly import Place, SynthesisedStack
from mailproof.template.contents import live_resources
from mailproof.template.intrinsics import outputs_read
from mailproof.template.taking_out import find_referring, references

STAYS_SERVED = (
    f"keep the domain in that stack, or first have its MTA-STS policy served elsewhere: see {pages.RECEIVING}"
)


def find_refusals(
    releases: Sequence[Release],
    adoptions: Iterable[Adoption],
    contents: Mapping[str, StackContents],
    others: Sequence[SynthesisedStack],
) -> Iterator[Blocker]:
    """
    Find what would leave a stack half, or another with nothing to read.

    Args:
        releases: What leaves its stack.
        adoptions: All that is imported.
        contents: By account: what its stacks hold.
        others: Stacks as they are deployed, which may read outputs.
    """
    yield from (_cannot_come_back(found) for found in adoptions if found.held_by and not found.needs_import)
    for release in releases:
        yield from _point_to_what_stays(release)
        yield from _stay_behind(release, contents[release.stack.account])
        yield from _refer_to_what_leaves(release)
        yield from _read_what_goes(release, releases, others)


def is_not_at_rest(stack: SynthesisedStack, state: str | None) -> Blocker | None:
    """Explain that nothing can be released from a stack in this state."""
    if state in IN_FORCE:
        return None
    return Blocker(stack.name, f"stack {stack.name} in {stack.region} {judge_state(state, stack).words}")


def _cannot_come_back(found: Adoption) -> Blocker:
    words = f"{found.words} is {found.origin}, and CloudFormation imports no record sets in {found.stack.region}"
    steps = ("let the file put it there, as before: once released it could not be taken into another stack",)
    return Blocker(found.stack.path, words, steps)


def _stay_behind(release: Release, contents: StackContents) -> Iterator[Blocker]:
    """Find members of groups that leave with the group, and that nothing takes in."""
    moved = {found.words for found in release.adoptions}
    here = (release.stack.name, release.stack.region)
    groups = {found.held_by.logical_id for found in release.adoptions if found.held_by and found.held_by.is_group}
    for (_, (name, kind)), manager in contents.records.items():
        words = f"{kind} record {name!r}"
        if (manager.stack_name, manager.region) == here and manager.logical_id in groups and words not in moved:
            what = f"{words} is in the same group as what moves ({manager.logical_id} of {_name(release)})"
            why = "a group is released whole, and no file asks for it as a single record set"
            yield Blocker(release.adoptions[0].stack.path, f"{what}: {why}", (ONE_BY_ONE,))
    for _, (name, kind), manager in contents.unknown:
        if (manager.stack_name, manager.region) == here and manager.logical_id in groups:
            words = f"{manager.logical_id} of {_name(release)} is a group with a record that cannot be told"
            yield Blocker(release.adoptions[0].stack.path, f"{words} ({name or '?'} {kind or '?'})", (ONE_BY_ONE,))


def _refer_to_what_leaves(release: Release) -> Iterator[Blocker]:
    for logical_id in find_referring(release.stack.template, release.logical_ids):
        words = f"{logical_id} stays in {_name(release)}, and reads what would leave it"
        yield Blocker(release.adoptions[0].stack.path, words, (ONE_BY_ONE,))


def _point_to_what_stays(release: Release) -> Iterator[Blocker]:
    """Find records of what serves a policy: that can be imported nowhere, and be made only where it is not."""
    resources = release.stack.template["Resources"]
    others = resources.keys() - live_resources(release.stack.template).keys()
    for found in release.adoptions:
        held = found.held_by and resources.get(found.held_by.logical_id)
        if held and found.stack.place != release.stack.place and (served := others.intersection(references(held))):
            what = f"{found.words} goes with {', '.join(sorted(served))}, which cannot leave {_name(release)}"
            yield Blocker(found.stack.path, what, (STAYS_SERVED,))


def _read_what_goes(
    release: Release, releases: Sequence[Release], others: Sequence[SynthesisedStack]
) -> Iterator[Blocker]:
    left: dict[Place, Mapping[str, object]] = {stack.place: stack.template for stack in others}
    left |= {other.stack.place: other.left for other in releases}
    for (_, region, name), template in left.items():
        for _, output in sorted(release.dropped_outputs.intersection(outputs_read(dict(template)))):
            words = f"stack {name} in {region} reads output {output} of {_name(release)}, which would go"
            yield Blocker(release.adoptions[0].stack.path, words, (ONE_BY_ONE,))


def _name(release: Release) -> str:
    return f"stack {release.stack.name} in {release.stack.region}"
