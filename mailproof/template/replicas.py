"""Replicas (Deterministic Easy DKIM) of templates: what CloudFormation cannot do to them, and what they depend on."""

import shlex
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from mailproof.model import pages
from mailproof.template.cloud_assembly import SynthesisedStack
from mailproof.template.contents import Template, identity_domain, live_resources, parent_region
from mailproof.template.identities import identities_of
from mailproof.template.signing import signs_with_own_key

NO_CONVERSION = (
    "AWS documents replicas at the creation of an identity alone; whether one that exists becomes one is unverified"
)


@dataclass(frozen=True, slots=True)
class Key:
    """
    The key of a live identity.

    Attributes:
        account: Of the identity.
        region: In which it is drawn.
        domain: Of the identity.
    """

    account: str
    region: str
    domain: str


@dataclass(frozen=True, slots=True)
class BereftReplica:
    """
    A replica whose key would go.

    Attributes:
        stack: Id of the stack that holds it.
        logical_id: Of its resource.
        domain: The identity.
        parent: The region of the key.
        is_leaving: Whether it is to go itself.
    """

    stack: str
    logical_id: str
    domain: str
    parent: str
    is_leaving: bool

    def __str__(self) -> str:
        """Say what it is and what goes first."""
        return (
            f"{self.stack}: {self.logical_id}: identity {self.domain!r} is a replica of {self.parent}, whose identity "
            f"would go or change its key: its replicas go first, in a rollout of their own; see {pages.REPLICAS}"
        )


def find_impossible(stack: SynthesisedStack, deployed: Template, place: Sequence[str]) -> Iterator[str]:
    """
    Say which replicas CloudFormation would make with keys of their own, and which it would leave as they are.

    Args:
        stack: As it is to be.
        deployed: Its template in force; empty without one.
        place: Options that name the folder of the environment files.
    """
    held = live_resources(deployed)
    for logical_id, wanted in live_resources(stack.template).items():
        parent = parent_region(wanted)
        before = parent_region(held[logical_id]) if logical_id in held else ""
        what = f"{stack.path}: {logical_id}: identity {identity_domain(wanted)!r}"
        if parent and logical_id not in held:
            make = shlex.join(["mailproof", "dkim", "replicate", stack.environment, *place])
            adopt = shlex.join(["mailproof", "adopt", "--environment", stack.environment, *place])
            yield (
                f"{what} is to be a replica of {parent}, and CloudFormation would give it keys of its own: "
                f"`{make}` makes it, or says what comes first, then `{adopt}` takes it into the stack"
            )
        elif parent != before and not signs_with_own_key(wanted):
            is_now = f"is a replica of {before}" if before else "has keys of its own"
            is_to_be = f"is to be one of {parent}" if parent else "is to have keys of its own"
            yield f"{what} {is_now} and {is_to_be}: {NO_CONVERSION}; {pages.REPLICAS} has the ways"


def find_bereft(stack: SynthesisedStack, deployed: Template, parting: Collection[Key]) -> Iterator[BereftReplica]:
    """Find the replicas that a stack holds and that use one of some keys."""
    for logical_id, resource in live_resources(deployed).items():
        parent, domain = parent_region(resource), identity_domain(resource)
        if parent and Key(stack.account, parent, domain) in parting:
            is_leaving = logical_id not in live_resources(stack.template)
            yield BereftReplica(stack.path, logical_id, domain, parent, is_leaving)


def keys_of(stack: SynthesisedStack, template: Template) -> Iterator[Key]:
    """Yield the keys that SES draws for the identities of a stack, by its template in force or to come."""
    for resource in identities_of(template).values():
        if not parent_region(resource) and not signs_with_own_key(resource):
            yield Key(stack.account, stack.region, identity_domain(resource))
