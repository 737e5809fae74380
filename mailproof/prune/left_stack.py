"""Stacks that are left behind: what goes with one, and what stays."""

from collections.abc import Iterator
from dataclasses import dataclass

from mailproof.live.aws.clients import Target
from mailproof.live.aws.stack_survey import LiveStack
from mailproof.model.resource_types import IDENTITY
from mailproof.model.wording import shorten
from mailproof.template.cloud_assembly import SynthesisedStack
from mailproof.template.contents import LIVE_TYPES, is_retained
from mailproof.template.live_things import LiveThing
from mailproof.template.taking_out import METADATA

IGNORED = LIVE_TYPES | {METADATA}


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
    def deleted_identities(self) -> tuple[str, ...]:
        """The names of those identities."""
        return tuple(thing.name for thing in self.deleted if thing.key[0] == IDENTITY)

    @property
    def deleted_records(self) -> tuple[LiveThing, ...]:
        """The records among what is deleted with it."""
        return tuple(thing for thing in self.deleted if thing.key[0] != IDENTITY)

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
