"""Query DNS for the records of a domain, and a second time where one is absent."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from mailproof.live.answer import Absent, Answer, MxAnswer, NameAnswer, TxtAnswer, Unanswered
from mailproof.live.aws.pooled import Route53Reader
from mailproof.live.record_facts import (
    AliasFacts,
    ByoDkimFacts,
    DkimFacts,
    MailFromFacts,
    MxFacts,
    PublishedFacts,
    SpfFacts,
    ZoneFacts,
)
from mailproof.live.resolver import Lookup
from mailproof.live.spf_check_host import spf_records
from mailproof.live.spf_reader import read_spf
from mailproof.model.dns_record import DnsRecord, RecordType
from mailproof.model.domain import SendingDomain, Zone


async def read_zone(lookup: Lookup, route53: Route53Reader | None, zone: Zone) -> ZoneFacts:
    """
    Ask how a zone is delegated.

    Args:
        lookup: Answers.
        route53: Of the environment's account; None if it cannot be asked.
        zone: The zone.
    """
    servers = await lookup.names(zone.name, "NS")
    unchecked = None
    if isinstance(servers, Unanswered):
        unchecked = await lookup.names(zone.name, "NS", checking_disabled=True)
    facts = ZoneFacts(zone=zone, servers=servers, unchecked=unchecked)
    if route53 is None or zone.id is None or zone.account or facts.live_servers is None:
        return facts
    return replace(facts, delegation=await route53.name_servers(zone.id))


async def read_dkim(lookup: Lookup, domain: SendingDomain, region: str | None, wanted: tuple[str, str]) -> DkimFacts:
    """Ask for one CNAME of Easy DKIM, given its name and target."""
    (name, target), zone = wanted, domain.zone.name
    token = name.partition(".")[0]
    answer = await lookup.names(name, "CNAME")
    facts = DkimFacts(
        domain=domain.name, region=region, zone=zone, name=name, token=token, target=target, answer=answer
    )
    return await _probe_misplaced(lookup, facts) if isinstance(answer, Absent) else facts


async def _probe_misplaced(lookup: Lookup, facts: DkimFacts) -> DkimFacts:
    v4, v6, doubled, zone_level, texts = await asyncio.gather(
        lookup.names(facts.name, "A"),
        lookup.names(facts.name, "AAAA"),
        lookup.names(f"{facts.name}.{facts.zone}", "CNAME"),
        _cname_at_zone(lookup, facts),
        lookup.txt(facts.name),
    )
    addresses = [address for answer in (v4, v6) if isinstance(answer, Answer) for address in answer.records]
    return replace(facts, addresses=tuple(addresses), doubled=doubled, zone_level=zone_level, texts=texts)


async def _cname_at_zone(lookup: Lookup, facts: DkimFacts) -> NameAnswer | None:
    if facts.domain == facts.zone:
        return None
    return await lookup.names(f"{facts.token}._domainkey.{facts.zone}", "CNAME")


async def read_own_key(lookup: Lookup, domain: SendingDomain, region: str | None, selector: str) -> ByoDkimFacts:
    """Ask for the key record of a key that the customer brought."""
    name = f"{selector}._domainkey.{domain.name}"
    answer = await lookup.txt(name)
    return ByoDkimFacts(domain=domain.name, region=region, zone=domain.zone.name, name=name, answer=answer)


async def read_published(lookup: Lookup, domain: SendingDomain, record: DnsRecord) -> PublishedFacts:
    """Ask for a record as it is expected, whatever its kind."""
    name = str(record.name)
    ask = {RecordType.MX: lookup.mx, RecordType.TXT: lookup.txt}.get(record.type)
    answer = await (ask(name) if ask else lookup.names(name, record.type))
    return PublishedFacts(
        domain=domain.name,
        region=record.region,
        zone=record.zone.name,
        name=name,
        type=record.type.value,
        wanted=record,
        answer=answer,
    )


async def read_mail_from(
    lookup: Lookup,
    domain: SendingDomain,
    region: str | None,
    records: tuple[DnsRecord, DnsRecord],
    hosts: Sequence[str],
) -> MailFromFacts:
    """
    Ask for the records of a MAIL FROM name.

    Args:
        lookup: Answers.
        domain: The domain.
        region: The one region that uses the name; None for several.
        records: The MX and the SPF record wanted.
        hosts: Feedback hosts of all regions that use the name.
    """
    zone, name = domain.zone.name, str(records[0].name)
    mx, txt = await asyncio.gather(lookup.mx(name), lookup.txt(name))
    doubled_mx = await lookup.mx(f"{name}.{zone}") if isinstance(mx, Absent) else None
    has_spf = isinstance(txt, Unanswered) or bool(spf_records(txt))
    return MailFromFacts(
        alias=AliasFacts(
            domain=domain.name, region=region, zone=zone, name=name, alias=await _alias(lookup, name, mx, txt)
        ),
        mx=MxFacts(
            domain=domain.name, region=region, zone=zone, name=name, hosts=tuple(hosts), answer=mx, doubled=doubled_mx
        ),
        spf=SpfFacts(
            domain=domain.name,
            region=region,
            zone=zone,
            name=name,
            wanted=str(records[1].values[0]),
            answer=txt,
            reading=await read_spf(lookup, name, txt),
            doubled=None if has_spf else await lookup.txt(f"{name}.{zone}"),
        ),
    )


async def _alias(lookup: Lookup, name: str, *answers: MxAnswer | TxtAnswer) -> str | None:
    """Where the name points: the answers tell; an alias whose target answers nothing has to be asked for."""
    for answer in answers:
        if not isinstance(answer, Unanswered):
            return answer.alias
    asked = await lookup.names(name, "CNAME")
    return asked.records[0] if isinstance(asked, Answer) else None
