"""Query DNS for the records of a domain, and a second time where one is absent."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from mailproof.live.answer import Absent, Answer, MxAnswer, NameAnswer, TxtAnswer, Unanswered
from mailproof.live.record_facts import (
    AliasFacts,
    ByoDkimFacts,
    DkimFacts,
    MailFromFacts,
    MxFacts,
    PublishedFacts,
    SpfFacts,
)
from mailproof.live.resolver import Lookup
from mailproof.live.spf_check_host import spf_records
from mailproof.live.spf_reader import read_spf
from mailproof.model.dns_record import DnsRecord, RecordType
from mailproof.model.domain import SendingDomain


async def find_cut(lookup: Lookup, name: str, zone: str) -> tuple[str, tuple[str, ...]] | None:
    """
    Find the highest name between a zone and a record that is delegated to other servers, and those servers.

    Args:
        lookup: Answers.
        name: Of the record; a zone cut may lie at it.
        zone: The zone that should hold it.

    Source: RFC 1034 section 4.2.1
    """
    below = name.removesuffix(f".{zone}").split(".") if name.endswith(f".{zone}") else []
    names = [".".join([*below[start:], zone]) for start in reversed(range(len(below)))]
    answers = await asyncio.gather(*(lookup.names(higher, "NS") for higher in names))
    cuts = (
        (cut, answer.records)
        for cut, answer in zip(names, answers, strict=True)
        if isinstance(answer, Answer) and answer.alias is None
    )
    return next(cuts, None)


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
    v4, v6, doubled, zone_level, texts, cut = await asyncio.gather(
        lookup.names(facts.name, "A"),
        lookup.names(facts.name, "AAAA"),
        lookup.names(f"{facts.name}.{facts.zone}", "CNAME"),
        _cname_at_zone(lookup, facts),
        lookup.txt(facts.name),
        find_cut(lookup, facts.name, facts.zone),
    )
    addresses = [address for answer in (v4, v6) if isinstance(answer, Answer) for address in answer.records]
    return replace(facts, addresses=tuple(addresses), doubled=doubled, zone_level=zone_level, texts=texts, cut=cut)


async def _cname_at_zone(lookup: Lookup, facts: DkimFacts) -> NameAnswer | None:
    if facts.domain == facts.zone:
        return None
    return await lookup.names(f"{facts.token}._domainkey.{facts.zone}", "CNAME")


async def read_own_key(lookup: Lookup, domain: SendingDomain, region: str | None, selector: str) -> ByoDkimFacts:
    """Ask for the key record of a key that the customer brought."""
    name = f"{selector}._domainkey.{domain.name}"
    zone, answer = domain.zone.name, await lookup.txt(name)
    cut = await find_cut(lookup, name, zone) if isinstance(answer, Absent) else None
    return ByoDkimFacts(domain=domain.name, region=region, zone=zone, name=name, answer=answer, cut=cut)


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
        cut=await find_cut(lookup, name, record.zone.name) if isinstance(answer, Absent) else None,
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
    cut = await find_cut(lookup, name, zone) if isinstance(mx, Absent) or not has_spf else None
    return MailFromFacts(
        alias=AliasFacts(
            domain=domain.name, region=region, zone=zone, name=name, alias=await _alias(lookup, name, mx, txt)
        ),
        mx=MxFacts(
            domain=domain.name,
            region=region,
            zone=zone,
            name=name,
            hosts=tuple(hosts),
            answer=mx,
            doubled=doubled_mx,
            cut=cut if isinstance(mx, Absent) else None,
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
            cut=None if has_spf else cut,
        ),
    )


async def _alias(lookup: Lookup, name: str, *answers: MxAnswer | TxtAnswer) -> str | None:
    """Where the name points: the answers tell; an alias whose target answers nothing has to be asked for."""
    for answer in answers:
        if not isinstance(answer, Unanswered):
            return answer.alias
    asked = await lookup.names(name, "CNAME")
    return asked.records[0] if isinstance(asked, Answer) else None
