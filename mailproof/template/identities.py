"""Identities of a template: which there are, which stay, and what their properties say."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

from mailproof.model.names import host_name
from mailproof.model.resource_types import IDENTITY
from mailproof.template.contents import Resource, Template, as_text, identity_domain, live_resources

Properties: TypeAlias = Mapping[str, Any]
"""Properties of an identity."""


class Staying(NamedTuple):
    """An identity that stays, as it is and as it is to be."""

    logical_id: str
    domain: str
    before: Resource
    after: Resource


def identities_of(template: Template) -> dict[str, Resource]:
    """Return the identities of a template by logical id."""
    return {name: found for name, found in live_resources(template).items() if found["Type"] == IDENTITY}


def staying_identities(deployed: Template, wanted: Template) -> Iterator[Staying]:
    """Yield the identities of the template in force that the one to deploy has, too."""
    before = identities_of(deployed)
    for logical_id, after in identities_of(wanted).items():
        domain = identity_domain(after)
        if logical_id in before and identity_domain(before[logical_id]) == domain:
            yield Staying(logical_id, domain, before[logical_id], after)


def properties_of(identity: Resource) -> Properties:
    """Return the properties of an identity."""
    found: Properties = identity.get("Properties", {})
    return found


def is_signing(properties: Properties) -> bool:
    """Tell whether SES is to sign its mail."""
    return str(properties.get("DkimAttributes", {}).get("SigningEnabled", True)).lower() == "true"


def own_selector(properties: Properties) -> str:
    """Return the selector of its own key, as it is written; empty if it has none."""
    return as_text(properties.get("DkimSigningAttributes", {}).get("DomainSigningSelector", ""))


def key_length(properties: Properties) -> str:
    """Return the length that the keys of SES are to have, such as ``RSA_2048_BIT``; empty if it is left open."""
    return str(properties.get("DkimSigningAttributes", {}).get("NextSigningKeyLength") or "")


def mail_from(properties: Properties) -> tuple[str, str]:
    """Return its MAIL FROM name, and what SES does while that has no MX; each empty if it is left open."""
    found = properties.get("MailFromAttributes", {})
    name, behaviour = (as_text(found.get(key) or "") for key in ("MailFromDomain", "BehaviorOnMxFailure"))
    return host_name(name), behaviour.upper()
