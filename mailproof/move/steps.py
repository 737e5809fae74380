"""Steps of a move: what leaves which stack, what is imported where, and in which order."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, TypeAlias

from mailproof.adopt.import_plan_result import Adoption
from mailproof.template.cloud_assembly import Place, SynthesisedStack
from mailproof.template.intrinsics import outputs_read
from mailproof.template.taking_out import take_out, worthwhile_resources


@dataclass(frozen=True, slots=True)
class Release:
    """
    Take what moves out of the stack that holds it; it stays live, in no stack.

    Attributes:
        stack: As it is deployed.
        adoptions: What leaves it.
    """

    stack: SynthesisedStack
    adoptions: tuple[Adoption, ...]

    @property
    def logical_ids(self) -> frozenset[str]:
        """The resources that leave."""
        return frozenset(found.held_by.logical_id for found in self.adoptions if found.held_by)

    @property
    def left(self) -> dict[str, Any]:
        """The template without them."""
        return take_out(self.stack.template, self.logical_ids)

    @property
    def rest(self) -> dict[str, str]:
        """What else the stack holds, logical id to type."""
        return worthwhile_resources(self.left)

    @property
    def dropped_outputs(self) -> frozenset[tuple[str, str]]:
        """Stack and name of the outputs that go with what leaves."""
        names = self.stack.template.get("Outputs", {}).keys() - self.left.get("Outputs", {}).keys()
        return frozenset((self.stack.name, name) for name in names)

    def __str__(self) -> str:
        """Say what is done."""
        return f"release {len(self.adoptions)} from {_name(self.stack)}"


@dataclass(frozen=True, slots=True)
class Publish:
    """
    Give a stack the outputs that others read, which an import cannot.

    Attributes:
        stack: As it is to be.
    """

    stack: SynthesisedStack
    adoptions: tuple[Adoption, ...] = ()

    def __str__(self) -> str:
        """Say what is done."""
        return f"add outputs to {self.stack.path}, which the next stack reads"


@dataclass(frozen=True, slots=True)
class Import:
    """
    Import into a stack.

    Attributes:
        stack: As it is to be.
        adoptions: What it takes in.
    """

    stack: SynthesisedStack
    adoptions: tuple[Adoption, ...]

    def __str__(self) -> str:
        """Say what is done."""
        return f"import {len(self.adoptions)} into {self.stack.path}"


@dataclass(frozen=True, slots=True)
class Removal:
    """
    Delete a stack that holds nothing any more.

    Attributes:
        stack: The stack.
        adoptions: What it held.
    """

    stack: SynthesisedStack
    adoptions: tuple[Adoption, ...] = ()

    def __str__(self) -> str:
        """Say what is done."""
        return f"delete {_name(self.stack)}, which is empty then"


Step: TypeAlias = Release | Publish | Import | Removal


def build_releases(adoptions: Sequence[Adoption], deployed: Mapping[Place, SynthesisedStack]) -> list[Release]:
    """Put together what leaves the same stack."""
    by_stack: dict[Place, list[Adoption]] = {}
    for found in adoptions:
        if found.held_by:
            by_stack.setdefault(source_of(found), []).append(found)
    return [Release(deployed[place], tuple(leaving)) for place, leaving in by_stack.items()]


def source_of(found: Adoption) -> Place:
    """Return the stack that holds what moves."""
    assert found.held_by is not None  # noqa: S101
    return found.stack.account, found.held_by.region, found.held_by.stack_name


def order_steps(
    adoptions: Sequence[Adoption],
    releases: Sequence[Release],
    stacks: Mapping[str, SynthesisedStack],
    kept: Collection[Place],
) -> list[Step]:
    """
    Put the steps in order.

    A stack is released from just before its things are imported elsewhere, and after those that read its outputs. A
    stack is deleted at the very end.

    Args:
        adoptions: What is imported, in the order of deployment.
        releases: What leaves its stack.
        stacks: Path to stack, as they are to be.
        kept: Stacks that the files have.
    """
    steps: list[Step] = []
    for path, group in groupby(adoptions, key=lambda found: found.stack.path):
        of_stack = tuple(group)
        sources = {source_of(found) for found in of_stack if found.held_by}
        for release in releases:
            if release.stack.place in sources:
                steps += [step for step in _with_readers(release, releases) if step not in steps]
        producers = dict.fromkeys(found.after for found in of_stack if found.after)
        steps += [Publish(stacks[producer]) for producer in producers]
        steps.append(Import(stacks[path], of_stack))
    emptied = (found for found in releases if not found.rest and found.stack.place not in kept)
    removals = (Removal(found.stack, found.adoptions) for found in emptied)
    return [*steps, *removals]


def _with_readers(release: Release, releases: Sequence[Release]) -> Iterator[Release]:
    """Yield the releases from stacks that read what this one drops, then itself."""
    for other in releases:
        if other is not release and release.dropped_outputs.intersection(outputs_read(other.stack.template)):
            yield other
    yield release


def _name(stack: SynthesisedStack) -> str:
    return f"stack {stack.name} in {stack.region}"
