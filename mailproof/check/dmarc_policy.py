"""The DMARC policy in force for a domain, as reports have it."""

from dataclasses import dataclass
from typing import ClassVar, Self

from mailproof.check.json_model import JSON_MODEL
from mailproof.live.dmarc_effective import Effective, Names, Receiver, agree, read_effective
from mailproof.live.resolver import Lookup
from mailproof.model.names import dmarc_name
from mailproof.model.safe_text import visible


@dataclass(frozen=True, slots=True, kw_only=True)
class DmarcPolicyFound:
    """A policy in force."""

    __pydantic_config__: ClassVar = JSON_MODEL
    policy: str | None
    """none, quarantine or reject; null if there is none, or it is not known."""
    enforced: str | None
    """What receivers do in the end: one step milder where it is tested."""
    percent: int
    """The share of mail to which it is applied."""
    name: str | None
    """Name of the record; null if there is none, or it is not known."""
    own: bool
    """Whether it is the record of the domain itself, not one that it inherits."""
    tag: str
    """The tag of the record that says so; empty if none does."""
    unanswered: str
    """Why it is not known; empty if it is."""

    @classmethod
    def of(cls, domain: str, found: Effective) -> Self:
        """Take what was found for a domain."""
        return cls(
            policy=found.policy,
            enforced=found.enforced,
            percent=found.percent,
            name=found.name,
            own=found.name == dmarc_name(domain),
            tag=found.tag,
            unanswered=unanswered_words(found),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedPolicy:
    """The DMARC policy in force for mail with a domain in From."""

    __pydantic_config__: ClassVar = JSON_MODEL
    environment: str
    """Name of the environment."""
    domain: str
    """The domain."""
    tree_walk: DmarcPolicyFound
    """Receivers of RFC 9989."""
    public_suffix_list: DmarcPolicyFound
    """Receivers of RFC 7489."""
    differs: bool
    """Whether they do not do the same."""


async def read_checked_policy(lookup: Lookup, environment: str, domain: str) -> CheckedPolicy:
    """Ask DNS for the policy in force for a domain."""
    _, policies = await read_effective(lookup, domain, [Names.ITSELF])
    found = policies[Names.ITSELF]
    return CheckedPolicy(
        environment=environment,
        domain=domain,
        tree_walk=DmarcPolicyFound.of(domain, found[Receiver.TREE_WALK]),
        public_suffix_list=DmarcPolicyFound.of(domain, found[Receiver.LIST]),
        differs=not agree(found),
    )


def unanswered_words(found: Effective) -> str:
    """Say who did not answer, and why; empty if all is known."""
    if found.unanswered is None:
        return ""
    name, why = found.unanswered
    return visible(f"{name}: {why}")
