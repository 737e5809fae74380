"""Ask how a zone is delegated, and whether its hosted zone is the one that is asked."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace

from mailproof.live.answer import Absent, Answer, Unanswered
from mailproof.live.authority import Authority
from mailproof.live.aws.pooled import Route53Reader
from mailproof.live.aws.route53 import HostedZone
from mailproof.live.resolver import Lookup
from mailproof.live.zone_facts import ZoneFacts
from mailproof.model.domain import Zone
from mailproof.model.names import public_suffixes


async def read_zone(
    lookup: Lookup, route53: Route53Reader | None, zone: Zone, authority: Authority | None = None
) -> ZoneFacts:
    """
    Ask how a zone is delegated.

    Args:
        lookup: Answers.
        route53: Of the environment's account; None if it cannot be asked.
        zone: The zone.
        authority: Asks the servers of the zone above; None if only `lookup` is to be asked.
    """
    servers = await lookup.names(zone.name, "NS")
    facts = ZoneFacts(zone=zone, servers=servers)
    if isinstance(servers, Unanswered):
        facts = replace(facts, unchecked=await lookup.names(zone.name, "NS", checking_disabled=True))
    elif isinstance(servers, Absent) and zone.is_served_elsewhere:
        facts = replace(facts, above=await _zone_above(lookup, zone.name))
    if facts.live_servers and authority is not None:
        facts = replace(facts, referral=await authority.refer(zone.name))
    if route53 is None or zone.id is None or zone.account or not (facts.live_servers or facts.above):
        return facts
    facts = replace(facts, hosted_zone=await route53.hosted_zone(zone.id))
    return replace(facts, addresses=await _addresses(lookup, facts))


async def _zone_above(lookup: Lookup, name: str) -> str | Unanswered | None:
    """Find the zone that really holds a name without NS and SOA of its own; None if only a registry's does."""
    if isinstance(own := await lookup.names(name, "SOA"), Answer):
        return None
    if isinstance(own, Unanswered):
        return own
    while name := name.partition(".")[2]:
        if public_suffixes(name).is_public(name):
            return None
        answer = await lookup.names(name, "NS")
        if isinstance(answer, Unanswered):
            return answer
        if isinstance(answer, Answer) and answer.alias is None:
            return name
    return None


async def _addresses(lookup: Lookup, facts: ZoneFacts) -> dict[str, frozenset[str]]:
    """Ask for the addresses of servers of which only the names could differ: white-label name servers."""
    if not isinstance(facts.hosted_zone, HostedZone) or not facts.hosted_zone.name_servers:
        return {}
    live, own = set(facts.live_servers), set(facts.hosted_zone.name_servers)
    return await _find_addresses(lookup, sorted(live | own)) if live - own else {}


async def _find_addresses(lookup: Lookup, hosts: Iterable[str]) -> dict[str, frozenset[str]]:
    """Ask for the IPv4 and IPv6 addresses of hosts; a host without an answer has none."""

    async def find(host: str) -> frozenset[str]:
        answers = await asyncio.gather(lookup.names(host, "A"), lookup.names(host, "AAAA"))
        return frozenset(record for answer in answers if isinstance(answer, Answer) for record in answer.records)

    names = list(hosts)
    return dict(zip(names, await asyncio.gather(*map(find, names)), strict=True))
