"""Stacks that are left behind: what goes with one and what stays, and which of them may go."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mailproof.check.orphaned_stacks import StackJudge
from mailproof.live.aws.clients import Target
from mailproof.live.aws.stack_contents import StackPlace
from mailproof.live.aws.stack_survey import LiveStack
from mailproof.model.environment import Environment
from mailproof.model.resource_types import IDENTITY
from mailproof.model.wording import shorten
from mailproof.template.cloud_assembly import SynthesisedStack
from mailproof.template.contents import LIVE_TYPES, is_retained
from mailproof.template.live_things import LiveThing
from mailproof.template.taking_out import METADATA

IGNORED = LIVE_TYPES | {METADATA}
MX = "MX"


@dataclass(frozen=True, slots=True)
class LeftStack:
    """
    A stack of ours in which no file has anything.

    Attributes:
        target: Its account and region.
        stack: What CloudFormation says of it.
    """

    target: Target
    stack: LiveStack

    @property
    def place(self) -> StackPlace:
        """Its region and name."""
        return self.stack.region, self.stack.name

    @property
    def words(self) -> str:
        """Which it is, for people."""
        return f"{self.stack} of {self.stack.account}"

    @property
    def handle(self) -> SynthesisedStack:
        """The stack as what updates stacks takes it."""
        name, place = self.stack.name, (self.stack.account, self.stack.region)
        return SynthesisedStack(self.words, name, *place, roles=self.target.roles, template=dict(self.stack.template))

    @property
    def deleted(self) -> tuple[LiveThing, ...]:
        """The identities and records that are deleted with it."""
        return tuple(thing for thing in self.stack.things if not self._is_retained(thing))

    @property
    def retained(self) -> tuple[LiveThing, ...]:
        """The identities and records that stay in AWS when it is deleted."""
        return tuple(thing for thing in self.stack.things if self._is_retained(thing))

    @property
    def has_identities(self) -> bool:
        """Whether it holds identities: as long as they sign, their records have to be there."""
        return bool(self.stack.identities)

    def lines(self) -> Iterator[str]:
        """Yield what would go with it, and what would stay."""
        yield f"{self.words}, in no file any more"
        yield from (f"  {thing.words} is deleted with it" for thing in self.deleted)
        resources = self.stack.template.get("Resources", {}).items()
        others = {f"{name} ({found['Type']})": found for name, found in resources if found["Type"] not in IGNORED}
        yield from (f"  {other} is deleted with it" for other, found in others.items() if not is_retained(found))
        kept = [other for other, found in others.items() if is_retained(found)]
        if stays := [*(thing.words for thing in self.retained), *kept]:
            yield f"  retained, and in no stack afterwards: {shorten(stays)}"

    def _is_retained(self, thing: LiveThing) -> bool:
        return is_retained(self.stack.template["Resources"][thing.holder.logical_id])


def find_left(
    environments: Sequence[Environment],
    stacks: Mapping[LiveStack, Target],
    is_ours: Callable[[LiveStack], bool],
) -> Iterator[LeftStack | str]:
    """
    Find the stacks in which no file has anything.

    Args:
        environments: All of them: what one of them asks for stays.
        stacks: All with names of ours that there are, with what opens them.
        is_ours: Tells whether a stack is of one of our environments.

    Yields:
        A stack that may go, or why one stays.
    """
    judge = StackJudge(environments, list(stacks))
    for stack, target in stacks.items():
        found = judge.judge(stack)
        if found is None or not found.is_whole:
            continue
        left = LeftStack(target, stack)
        held = [(thing, other) for thing in left.deleted for other in judge.other_holders(stack, thing)]
        if found.wanted or not is_ours(stack):
            yield str(found)
        elif held:
            yield f"{left.words} stays: what would be deleted with it, {held[0][0].words}, is also in {held[0][1]}"
        else:
            yield left


def mail_from_names(left: LeftStack) -> set[str]:
    """Return the names at which a stack's end would leave no MX."""
    return {thing.name for thing in left.deleted if thing.key[0] != IDENTITY and thing.key[-2] == MX}
