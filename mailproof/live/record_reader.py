"""Query DNS for the records of a domain, and a second time where one is absent."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from mailproof.live.answer import Absent, Answer, Mx, MxAnswer, NameAnswer, TxtAnswer, Unanswered, texts_of
from mailproof.live.elsewhere import DomainLook
from mailproof.live.record_facts import (
    AliasFacts,
    ApexSpfFacts,
    ByoDkimFacts,
    DkimFacts,
    MailFromFacts,
    MxFacts,
    PublishedFacts,
    SpfFacts,
)
from mailproof.live.resolver import Lookup
from mailproof.live.spf_check_host import spf_records
from mailproof.live.spf_reader import SpfReader, read_spf
from mailproof.live.spf_reading import SpfReading
from mailproof.live.spf_repair import is_sound, repair_spf
from mailproof.live.spf_text import parse_spf
from mailproof.live.txt_repair import repaired_texts
from mailproof.model.dns_record import DnsRecord, RecordType
from mailproof.model.names import dkim_name, names_between
from mailproof.model.own_key import OwnKey
from mailproof.model.txt import is_spf


async def find_cut(lookup: Lookup, name: str, zone: str) -> tuple[str, tuple[str, ...]] | None:
    """
    Find the highest name between a zone and a record that is delegated to other servers, and those servers.

    Args:
        lookup: Answers.
        name: Of the record; a zone cut may lie at it.
        zone: The zone that should hold it.

    Source: RFC 1034 section 4.2.1
    """
    names = names_between(name, zone)
    answers = await asyncio.gather(*(lookup.names(higher, "NS") for higher in names))
    cuts = (
        (cut, answer.records)
        for cut, answer in zip(names, answers, strict=True)
        if isinstance(answer, Answer) and answer.alias is None
    )
    return next(cuts, None)


async def find_wildcard(lookup: Lookup, name: str, zone: str, answer: MxAnswer | NameAnswer) -> str:
    """
    Find the wildcard that answers for a name; empty if what is there stands at the name itself.

    Args:
        lookup: Answers.
        name: The name.
        zone: The zone that holds it.
        answer: MX or CNAME there.

    Source: RFC 4592 section 3.3.1
    """
    if not isinstance(answer, Answer):
        return ""
    names = [f"*.{above}" for above in [zone, *names_between(name, zone)][:-1]]  # `*` matches, too
    is_mx = isinstance(answer.records[0], Mx)
    found = await asyncio.gather(*(lookup.mx(one) if is_mx else lookup.names(one, "CNAME") for one in names))
    same = (
        one
        for one, other in zip(names, found, strict=True)
        if isinstance(other, Answer) and set(other.records) == set(answer.records)
    )
    return next(same, "")


async def read_dkim(
    look: DomainLook, region: str | None, wanted: tuple[str, str], *, proves_key: bool = False
) -> DkimFacts:
    """
    Ask for one CNAME of Easy DKIM.

    Args:
        look: At the domain.
        region: The one region that it serves; None for several.
        wanted: Its name and target.
        proves_key: Whether to ask for the key behind it, too: SES does not say whether there is one.
    """
    name, target = wanted
    answer = await look.lookup.names(name, "CNAME")
    is_there = isinstance(answer, Answer) and answer.records == (target,)
    facts = DkimFacts(
        domain=look.domain.name,
        region=region,
        zone=look.domain.zone.name,
        zones=look.zones,
        deployed_by=look.deployed_by(look.domain.zone),
        name=name,
        token=name.partition(".")[0],
        target=target,
        answer=answer,
        key=await look.lookup.txt(name) if proves_key and is_there else None,
    )
    return await _explain_absence(look, facts) if isinstance(answer, Absent) else facts


async def _explain_absence(look: DomainLook, facts: DkimFacts) -> DkimFacts:
    lookup = look.lookup
    v4, v6, elsewhere, (texts, target_texts), cut = await asyncio.gather(
        lookup.names(facts.name, "A"),
        lookup.names(facts.name, "AAAA"),
        look.elsewhere(facts.name, lambda name: lookup.names(name, "CNAME"), [dkim_name(facts.token, facts.zone)]),
        _texts(lookup, facts),
        find_cut(lookup, facts.name, facts.zone),
    )
    addresses = tuple(address for answer in (v4, v6) if isinstance(answer, Answer) for address in answer.records)
    return replace(facts, addresses=addresses, elsewhere=elsewhere, texts=texts, target_texts=target_texts, cut=cut)


async def _texts(lookup: Lookup, facts: DkimFacts) -> tuple[TxtAnswer, TxtAnswer | None]:
    """Ask for TXT at the name and, if there is one, at the target."""
    texts = await lookup.txt(facts.name)
    return texts, await lookup.txt(facts.target) if isinstance(texts, Answer) else None


async def read_byodkim(look: DomainLook, region: str | None, wanted: OwnKey | str) -> ByoDkimFacts:
    """Ask for the key record of a key that the customer brought, given the key of the file or the selector alone."""
    key = wanted if isinstance(wanted, OwnKey) else None
    selector = key.selector.lower() if key else str(wanted)
    name, zone = dkim_name(selector, look.domain.name), look.domain.zone.name
    answer = await look.lookup.txt(name)
    facts = ByoDkimFacts(
        domain=look.domain.name,
        region=region,
        zone=zone,
        zones=look.zones,
        deployed_by=look.deployed_by(look.domain.zone) if key else None,
        name=name,
        answer=answer,
        key=key,
    )
    if not isinstance(answer, Absent):
        return facts
    cut = await find_cut(look.lookup, name, zone)
    return replace(facts, cut=cut, elsewhere=await look.elsewhere(name, look.lookup.txt, [dkim_name(selector, zone)]))


async def read_published(look: DomainLook, record: DnsRecord) -> PublishedFacts:
    """Ask for a record as it is expected, whatever its kind."""
    lookup, name = look.lookup, str(record.name)
    ask = {RecordType.MX: lookup.mx, RecordType.TXT: lookup.txt}.get(record.type)
    answer = await (ask(name) if ask else lookup.names(name, record.type))
    return PublishedFacts(
        domain=look.domain.name,
        region=record.region,
        zone=record.zone.name,
        name=name,
        type=record.type.value,
        deployed_by=look.deployed_by(record.zone),
        wanted=record,
        answer=answer,
        cut=await find_cut(lookup, name, record.zone.name) if isinstance(answer, Absent) else None,
    )


async def read_apex_spf(look: DomainLook) -> ApexSpfFacts | None:
    """Ask for the SPF record of the domain itself; None where the file wants nothing in it."""
    domain = look.domain
    if not domain.spf or not domain.spf.include:
        return None
    return ApexSpfFacts(
        domain=domain.name,
        region=None,
        zone=domain.zone.name,
        name=domain.name,
        wanted=domain.spf.include,
        answer=await look.lookup.txt(domain.name),
    )


async def read_mail_from(
    look: DomainLook, region: str | None, records: tuple[DnsRecord, DnsRecord], hosts: Sequence[str]
) -> MailFromFacts:
    """
    Ask for the records of a MAIL FROM name.

    Args:
        look: At the domain.
        region: The one region that uses the name; None for several.
        records: The MX and the SPF record wanted.
        hosts: Feedback hosts of all regions that use the name.
    """
    lookup, domain, name = look.lookup, look.domain.name, str(records[0].name)
    zone, deployed_by = look.domain.zone.name, look.deployed_by(look.domain.zone)
    mx, txt = await asyncio.gather(lookup.mx(name), lookup.txt(name))
    lacks_mx = isinstance(mx, Absent)
    lacks_spf = not isinstance(txt, Unanswered) and not spf_records(txt)
    cut = await find_cut(lookup, name, zone) if lacks_mx or lacks_spf else None
    reading, repaired = await _read_spf(lookup, name, txt, str(records[1].values[0]))
    alias = await _alias(lookup, name, mx, txt)
    is_right = isinstance(mx, Answer) and len(mx.records) == 1 and mx.records[0].host in hosts
    pointer = Answer((alias,)) if alias else Absent()
    return MailFromFacts(
        alias=AliasFacts(
            domain=domain,
            region=region,
            zone=zone,
            deployed_by=deployed_by,
            name=name,
            alias=alias,
            wildcard=await find_wildcard(lookup, name, zone, pointer),
            wanted=records,
        ),
        mx=MxFacts(
            domain=domain,
            region=region,
            zone=zone,
            zones=look.zones,
            deployed_by=deployed_by,
            name=name,
            hosts=tuple(hosts),
            answer=mx,
            wildcard="" if is_right or alias else await find_wildcard(lookup, name, zone, mx),
            cut=cut if lacks_mx else None,
            elsewhere=await look.elsewhere(name, lookup.mx, [domain]) if lacks_mx else (),
        ),
        spf=SpfFacts(
            domain=domain,
            region=region,
            zone=zone,
            deployed_by=deployed_by,
            name=name,
            wanted=str(records[1].values[0]),
            answer=txt,
            reading=reading,
            repaired=repaired,
            cut=cut if lacks_spf else None,
            elsewhere=await look.elsewhere(name, lookup.txt, [domain]) if lacks_spf else (),
        ),
    )


async def _read_spf(lookup: Lookup, name: str, txt: TxtAnswer, wanted: str) -> tuple[SpfReading | None, str]:
    """Evaluate what is at the name, and what becomes of it without its faults."""
    reader, meant = SpfReader(lookup, name), (guess for found in texts_of(txt) for guess in repaired_texts(found))
    records = spf_records(txt) or [parse_spf(guess) for guess in meant if is_spf(guess)][:1]
    reading = await read_spf(reader, txt)
    is_right = not records or (reading is not None and is_sound(reading))
    return reading, "" if is_right else await repair_spf(reader, records, reading, wanted)


async def _alias(lookup: Lookup, name: str, *answers: MxAnswer | TxtAnswer) -> str | None:
    """Return where an alias points, as the answers tell; one whose target answers nothing has to be asked for."""
    for answer in answers:
        if not isinstance(answer, Unanswered):
            return answer.alias
    asked = await lookup.names(name, "CNAME")
    return asked.records[0] if isinstance(asked, Answer) else None
