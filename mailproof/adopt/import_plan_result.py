"""Import plan of an environment: what can be adopted, what blocks it, what could not be asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mailproof.adopt.difference import Difference
from mailproof.live.aws.stack_contents import ManagingStack
from mailproof.template.cloud_assembly import SynthesisedStack


@dataclass(frozen=True, slots=True)
class Adoption:
    """
    Existing resource that a stack can take over.

    Attributes:
        stack: The stack.
        logical_id: Of the resource that it becomes.
        words: Its kind and name, for people.
        origin: Where it comes from: ``in no stack``, or the stack that retained it.
        identifier: Its primary identifier in CloudFormation.
        properties: Properties to import it with: the live ones, not the wanted ones.
        differences: From the template.
        needs_import: Whether an import takes it over; else the next deployment does, since it is as wanted.
        after: Path of the stack that has to be deployed before this can be imported, in another run; empty if none.
        held_by: The resource of a stack of ours that has to release it first; None if nothing holds it.
    """

    stack: SynthesisedStack
    logical_id: str
    words: str
    origin: str
    identifier: Mapping[str, str]
    properties: Mapping[str, Any]
    differences: tuple[Difference, ...] = ()
    needs_import: bool = True
    after: str = ""
    held_by: ManagingStack | None = None


@dataclass(frozen=True, slots=True)
class Blocker:
    """
    Existing resource that cannot be adopted yet.

    Attributes:
        stack: Path of the stack that wants it.
        words: What it is, and why it cannot be adopted.
        steps: What to do, in order.
    """

    stack: str
    words: str
    steps: tuple[str, ...] = ()


@dataclass(slots=True)
class ImportPlan:
    """
    Everything found for one environment.

    Attributes:
        adoptions: In the order of deployment.
        blockers: If there is one, nothing is adopted: half of a domain would be worse than none.
        unanswered: What could not be asked, one per line.
        notes: What to know although it stops nothing.
    """

    adoptions: list[Adoption] = field(default_factory=list)
    blockers: list[Blocker] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
