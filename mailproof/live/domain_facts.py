"""Everything that DNS answers about one domain."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from mailproof.live.answer import AwsAnswer, NoIdentity, NotFound
from mailproof.live.aws.ses_facts import IdentityFacts
from mailproof.live.dmarc_reader import read_dmarc
from mailproof.live.elsewhere import DomainLook
from mailproof.live.record_facts import ApexSpfFacts, ByoDkimFacts, DkimFacts, DmarcFacts, MailFromFacts, PublishedFacts
from mailproof.live.record_reader import read_apex_spf, read_byodkim, read_dkim, read_mail_from, read_published
from mailproof.model import record_kind
from mailproof.model.dns_record import DkimPair, DnsRecord
from mailproof.model.domain import Place, SendingDomain
from mailproof.model.own_key import OwnKey
from mailproof.model.record_kind import DKIM, MAIL_FROM_MX, MAIL_FROM_SPF, Reader
from mailproof.model.regions import REGIONS, feedback_host

IdentityAnswer: TypeAlias = AwsAnswer[IdentityFacts] | NoIdentity
Identities = Mapping[Place, IdentityAnswer]
"""Place to what SES says of the domain there."""
WantedDkim: TypeAlias = tuple[str, str] | OwnKey | str
"""
Name and target of a CNAME of Easy DKIM, as SES tells them, or an own key of the file, or the selector of one that the
file does not have: a replica and its parent want the same CNAME, and one key may serve several regions.
"""


@dataclass(frozen=True, slots=True)
class RegionRecords:
    """
    The records of one region.

    Attributes:
        dkim: None if it is not known which are wanted; empty if none is.
        mail_from: None if none is wanted or the name was not asked for.
        published: Records of kinds that no other rules judge; None if they were not asked for.
        spare: Further MAIL FROM names, which SES does not use.
    """

    dkim: tuple[DkimFacts | ByoDkimFacts, ...] | None
    mail_from: MailFromFacts | None
    published: tuple[PublishedFacts, ...] | None
    spare: tuple[MailFromFacts, ...] = ()


@dataclass(frozen=True, slots=True)
class DomainFacts:
    """
    The records of a domain.

    Attributes:
        regions: By place, in the order of the file. A record that serves several regions is the same object in each.
        dmarc: Its DMARC policy; None if it was not asked for.
        spf: SPF at the domain itself; None if nothing is wanted there.
    """

    regions: dict[Place, RegionRecords]
    dmarc: DmarcFacts | None
    spf: ApexSpfFacts | None = None


async def read_domain(look: DomainLook, identities: Identities) -> DomainFacts:
    """
    Ask DNS for everything that a domain needs.

    Args:
        look: At the domain.
        identities: Of the regions to look at.
    """
    dkim, mail_from, published, dmarc, spf = await asyncio.gather(
        _read_all_dkim(look, identities),
        _read_all_mail_from(look, identities),
        _read_all_published(look, identities),
        read_dmarc(look),
        read_apex_spf(look),
    )
    records = {}
    for region in identities:
        in_use, *spare = [facts.get(region or "") for facts in mail_from.values()] or [None]
        others = tuple(facts for facts in spare if facts)
        records[region] = RegionRecords(dkim[region], in_use, published[region], others)
    return DomainFacts(records, dmarc, spf)


def unread_domain(identities: Identities) -> DomainFacts:
    """Return the facts of a domain whose zone is judged as a whole: nothing is asked, everything is unknown."""
    return DomainFacts({region: RegionRecords(None, None, None) for region in identities}, None)


async def _read_all_dkim(
    look: DomainLook, identities: Identities
) -> dict[Place, tuple[DkimFacts | ByoDkimFacts, ...] | None]:
    wanted = {region: _wanted(look.domain, region, identity) for region, identity in identities.items()}
    regions_of: dict[WantedDkim, list[Place]] = {}
    for region, records in wanted.items():
        for record in records or ():
            regions_of.setdefault(record, []).append(region)
    read = await asyncio.gather(*(_read_dkim(look, _only(regions), record) for record, regions in regions_of.items()))
    facts = dict(zip(regions_of, read, strict=True))
    return {
        region: None if records is None else tuple(facts[record] for record in records)
        for region, records in wanted.items()
    }


def _wanted(domain: SendingDomain, place: Place, identity: IdentityAnswer) -> Sequence[WantedDkim] | None:
    """Return the records wanted in a region; None if it is not known."""
    own = domain.signing.own_keys
    if isinstance(identity, NoIdentity):
        return [(str(record.name), str(record.values[0])) for record in DKIM.records(domain, place, ())]
    if not isinstance(identity, IdentityFacts) or identity.dkim_status == "NOT_STARTED":
        return own if domain.signing.is_external else None
    if domain.signing.is_external:  # whose keys SES signs with is told by a rule of the identity
        return own
    if identity.uses_byodkim:
        return (*identity.tokens, *own) or None
    return (*identity.dkim_pairs(domain.name), *own)


async def _read_dkim(look: DomainLook, region: str | None, wanted: WantedDkim) -> DkimFacts | ByoDkimFacts:
    if isinstance(wanted, str | OwnKey):
        return await read_byodkim(look, region, wanted)
    return await read_dkim(look, region, wanted, proves_key=look.domain.elsewhere is not None)


def _only(regions: Sequence[Place]) -> Place:
    """Return the one region that a record serves; None if it serves several."""
    return regions[0] if len(regions) == 1 else None


async def _read_all_mail_from(look: DomainLook, identities: Identities) -> dict[str, dict[str, MailFromFacts]]:
    """Ask for all MAIL FROM names: template to region to what is there."""
    templates = look.domain.mail_from.templates if look.domain.mail_from else ()
    read = await asyncio.gather(*(_read_mail_from(look, identities, template) for template in templates))
    return dict(zip(templates, read, strict=True))


async def _read_mail_from(look: DomainLook, identities: Identities, template: str) -> dict[str, MailFromFacts]:
    users: dict[str, list[str]] = {}
    for region in look.domain.regions:
        name = look.domain.mail_from.name_in(template, region) if look.domain.mail_from else ""
        users.setdefault(name, []).append(region)
    wanted = {name: regions for name, regions in users.items() if _is_wanted(regions, identities)}
    read = await asyncio.gather(*(_read_name(look, name, regions) for name, regions in wanted.items()))
    return {region: facts for regions, facts in zip(wanted.values(), read, strict=True) for region in regions}


def _is_wanted(regions: Sequence[str], identities: Identities) -> bool:
    """Tell whether a name is looked at: a region of it is, and an identity would use it."""
    is_asked = any(region in identities for region in regions)
    return is_asked and not all(isinstance(identities.get(region), NotFound) for region in regions)


async def _read_name(look: DomainLook, name: str, regions: Sequence[str]) -> MailFromFacts:
    mail_from, domain = look.domain.mail_from, look.domain
    others: Iterable[str] = ()
    if mail_from and not mail_from.is_published:  # whoever does may point it at any region
        domain, look = replace(domain, mail_from=replace(mail_from, is_published=True)), replace(look, environment=None)
        others = sorted(REGIONS)
    mx, spf = (
        record
        for kind in (MAIL_FROM_MX, MAIL_FROM_SPF)
        for record in kind.records(domain, regions[0], ())
        if record.name == name
    )
    hosts = dict.fromkeys((str(mx.values[0]), *map(feedback_host, (*regions, *others))))
    return await read_mail_from(look, _only(regions), (mx, spf), tuple(hosts))


async def _read_all_published(look: DomainLook, identities: Identities) -> dict[Place, tuple[PublishedFacts, ...]]:
    wanted = {region: _published(look.domain, region, identity) for region, identity in identities.items()}
    records = list(dict.fromkeys(record for by_region in wanted.values() for record in by_region))
    read = await asyncio.gather(*(read_published(look, record) for record in records))
    facts = dict(zip(records, read, strict=True))
    return {region: tuple(facts[record] for record in by_region) for region, by_region in wanted.items()}


def _published(domain: SendingDomain, region: Place, identity: IdentityAnswer) -> list[DnsRecord]:
    """List the records that no other rules judge; those of a region only where an identity would use them."""
    dkim = identity.dkim_pairs(domain.name) if isinstance(identity, IdentityFacts) else ()
    kinds = [kind for kind in record_kind.KINDS if kind.reader is Reader.PUBLISHED]
    records = [record for kind in kinds for record in kind.records(domain, region, dkim)]
    records += _beside_the_keys(domain, region, dkim)
    return [record for record in records if record.region is None or not isinstance(identity, NotFound)]


def _beside_the_keys(domain: SendingDomain, region: Place, dkim: Sequence[DkimPair]) -> list[DnsRecord]:
    """List the records of a way to sign that hold neither a token of SES nor an own key: those have readers."""
    if domain.elsewhere:
        return []
    own = {key.record_name(domain.name) for key in domain.signing.own_keys}
    records = DKIM.records(domain, region, dkim)
    return [record for record in records if record.token_number is None and record.name not in own]
