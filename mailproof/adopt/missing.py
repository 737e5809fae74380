"""Identities and records that are in the templates of an environment and not yet deployed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mailproof.model.dmarc import agreed_domain
from mailproof.model.environment import Environment
from mailproof.model.names import longest_containing
from mailproof.template.cloud_assembly import SynthesisedStack
from mailproof.template.contents import Template, live_resources, parent_region
from mailproof.template.identities import identities_of
from mailproof.template.intrinsics import IntrinsicEvaluator, scope_of
from mailproof.template.records import TemplateRecord, template_records


@dataclass(frozen=True, slots=True)
class MissingIdentity:
    """
    Identity that a deployment would create.

    Attributes:
        logical_id: Of its resource.
        domain: The identity.
        properties: As the template has them, all literal.
        parent: The region whose replica it is to be; empty if it has a key of its own.
    """

    logical_id: str
    domain: str
    properties: Mapping[str, Any]
    parent: str = ""


def missing_identities(stack: SynthesisedStack, deployed: Template | None) -> Iterator[MissingIdentity]:
    """Yield the identities that a deployment would create."""
    held = live_resources(deployed or {})
    for logical_id, resource in identities_of(stack.template).items():
        if logical_id not in held:
            properties = resource["Properties"]
            yield MissingIdentity(logical_id, properties["EmailIdentity"], properties, parent_region(resource))


def missing_records(
    stack: SynthesisedStack, deployed: Template | None, evaluator: IntrinsicEvaluator
) -> Iterator[TemplateRecord]:
    """Yield the record sets that a deployment would create, also those that would be new in a group that is there."""
    held = {(r.logical_id, r.key) for r in template_records(scope_of(stack, deployed or {}), evaluator)}
    for record in template_records(scope_of(stack, stack.template), evaluator):
        if record.name and (record.logical_id, record.key) not in held:
            yield record


def owner_of(name: str, environment: Environment) -> str:
    """Return the sending domain that a record belongs to; empty if there is none."""
    domains = {domain.name: domain for domain in environment.domains}
    return longest_containing(agreed_domain(name) or name, domains) or ""
