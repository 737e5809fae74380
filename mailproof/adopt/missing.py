"""What the stacks of an environment want and do not hold yet."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mailproof.model.environment import Environment
from mailproof.model.names import longest_containing
from mailproof.template.cloud_assembly import SynthesisedStack
from mailproof.template.contents import IDENTITY, Template, live_resources
from mailproof.template.intrinsics import IntrinsicEvaluator, scope_of
from mailproof.template.records import TemplateRecord, template_records

REPORTS = "._report._dmarc."


@dataclass(frozen=True, slots=True)
class MissingIdentity:
    """
    An identity to make.

    Attributes:
        logical_id: Of its resource.
        domain: The identity.
        properties: As the template has them, all literal.
    """

    logical_id: str
    domain: str
    properties: Mapping[str, Any]


def wanted_identities(stack: SynthesisedStack, deployed: Template | None) -> Iterator[MissingIdentity]:
    """Yield the identities that a deployment would make."""
    held = live_resources(deployed or {})
    for logical_id, resource in live_resources(stack.template).items():
        if resource["Type"] == IDENTITY and logical_id not in held:
            properties = resource["Properties"]
            yield MissingIdentity(logical_id, properties["EmailIdentity"], properties)


def wanted_records(
    stack: SynthesisedStack, deployed: Template | None, resolver: IntrinsicEvaluator
) -> Iterator[TemplateRecord]:
    """Yield the record sets that a deployment would make, also those that would be new in a group that is there."""
    held = {(r.logical_id, r.key) for r in template_records(scope_of(stack, deployed or {}), resolver)}
    for record in template_records(scope_of(stack, stack.template), resolver):
        if record.name and (record.logical_id, record.key) not in held:
            yield record


def owner_of(name: str, environment: Environment) -> str:
    """Return the sending domain that a record belongs to; empty if there is none."""
    domains = {domain.name: domain for domain in environment.domains}
    return longest_containing(name.partition(REPORTS)[0] if REPORTS in name else name, domains) or ""
