"""What a survey finds: what can be adopted, what stands in the way, what could not be asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mailproof.adopt.difference import Difference
from mailproof.template.cloud_assembly import SynthesisedStack


@dataclass(frozen=True, slots=True)
class Adoption:
    """
    Something that exists and that a stack can take in.

    Attributes:
        stack: The stack.
        logical_id: The resource that it will be.
        words: What people know it by.
        origin: Where it comes from: ``in no stack``, or the stack that let it go.
        identifier: What tells CloudFormation which it is.
        properties: Properties to import it with: what is, not what is wanted.
        differences: What we would make otherwise.
        needs_import: Whether `cdk import` takes it in; else the next deployment does, finding it as it would make it.
        after: Path of the stack that has to be deployed before this can be imported, in another run; empty if none.
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


@dataclass(frozen=True, slots=True)
class Blocker:
    """
    Something that exists and cannot be adopted as things stand.

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
        obstacles: If there is one, nothing is adopted: half of a domain would be worse than none.
        unanswered: What could not be asked, one a line.
        notes: What to know although it stops nothing.
    """

    adoptions: list[Adoption] = field(default_factory=list)
    obstacles: list[Blocker] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
