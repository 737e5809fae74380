"""Delegation of a zone, and what a change of it has to respect: DNSSEC and TTLs."""

from dataclasses import dataclass

from mailproof.live.answer import Answer, NameAnswer
from mailproof.live.authority import Authority
from mailproof.live.resolver import Lookup
from mailproof.live.zone_facts import ZoneFacts


@dataclass(frozen=True, slots=True)
class Delegation:
    """
    The delegation of a zone.

    Attributes:
        live: Name servers that resolvers ask; empty if the zone is part of another one.
        above: The zone that it is part of; empty if it is one of its own.
        following: Name servers that resolvers are to ask.
        ns_ttl_s: For how long resolvers keep the live ones, seconds.
        ds: DS records at the parent; they name keys of the live zone.
    """

    live: tuple[str, ...]
    above: str
    following: tuple[str, ...]
    ns_ttl_s: int
    ds: NameAnswer

    @property
    def is_done(self) -> bool:
        """Whether resolvers ask the servers that they are to ask."""
        return bool(self.live) and set(self.live) <= set(self.following)

    @property
    def breaks_dnssec(self) -> bool:
        """Whether resolvers that validate would refuse the answers of the other servers."""
        return isinstance(self.ds, Answer) and not self.is_done


async def read_delegation(
    lookup: Lookup, facts: ZoneFacts, following: tuple[str, ...], authority: Authority | None
) -> Delegation:
    """
    Ask how a zone is delegated.

    Args:
        lookup: Answers.
        facts: Of the zone.
        following: Name servers that resolvers are to ask.
        authority: Asks the servers of the zone above; None if only `lookup` is to be asked.
    """
    referral = await authority.referral(facts.zone.name) if authority else None
    own = facts.servers if isinstance(facts.servers, Answer) else None
    return Delegation(
        live=tuple(sorted(facts.live_servers)),
        above=facts.above if isinstance(facts.above, str) else "",
        following=tuple(sorted(following)),
        ns_ttl_s=max(answer.ttl_s if answer else 0 for answer in (referral, own)),
        ds=await lookup.names(facts.zone.name, "DS"),
    )
