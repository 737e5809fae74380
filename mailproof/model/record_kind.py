"""Kinds of DNS records that a sending domain needs: `KINDS` is what everything that knows of records loops over."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from operator import attrgetter

from mailproof.model.bimi import build_bimi
from mailproof.model.dmarc import AGREEMENT_TEXT, agreement_name, build_dmarc
from mailproof.model.dns_record import DkimPair, DnsRecord, Owner, RecordType
from mailproof.model.domain import SendingDomain, Zone, is_regional
from mailproof.model.logical_ids import logical_id
from mailproof.model.mta_sts import build_mta_sts, policy_host
from mailproof.model.names import DKIM_LABEL, Text, dkim_name, dmarc_name
from mailproof.model.policy_host import host_target, mapping_id
from mailproof.model.regions import feedback_host
from mailproof.model.tls_reports import build_tls_reports
from mailproof.model.txt import is_spf

MAIL_FROM_MX_PREFERENCE = 10
MAIL_FROM_SPF_TEXT = "v=spf1 include:amazonses.com ~all"
NULL_SPF_TEXT = "v=spf1 -all"
REVOKED_KEY_TEXT = "v=DKIM1; p="
TOKEN_NUMBERS = (1, 2, 3)
ROOT = ""  # the root of DNS as names are held, without its dot: the host of a null MX
UNPARK = "take the domain off `parked`"
OTHER_NAME = "choose another `mail_from`"
OTHER_MAIL_FROM_NAME = (
    "choose another name, such as 'bounce.{region}', or leave its records to one construct by mail_from_records=False"
)


class Reader(StrEnum):
    """Which part of `mailproof.live` asks DNS for a record, and so which rules judge it."""

    PUBLISHED = "published"
    """Compares it with what is expected: `record-missing`, `record-differs`."""
    DKIM = "dkim"
    """Asks for what SES says that it signs with."""
    MAIL_FROM = "mail-from"
    """Asks for a MAIL FROM name, and follows SPF."""
    DMARC = "dmarc"
    """Walks the tree, and asks the hosts that take reports."""


@dataclass(frozen=True, slots=True)
class RecordSource:
    """
    What the records of one kind are made from.

    Attributes:
        kind: The kind.
        domain: The domain.
        region: At which the records point: the region that they serve; the domain's home region if they serve all.
        serves: The region that they serve; None if they serve all.
        dkim: Name and target of each CNAME of Easy DKIM there; empty where they are not known.
    """

    kind: "RecordKind"
    domain: SendingDomain
    region: str
    serves: str | None
    dkim: Sequence[DkimPair]

    def record(
        self,
        name: Text,
        type: RecordType,  # noqa: A002 -- as the field of a record
        *values: Text,
        zone: Zone | None = None,
        preference: int | None = None,
        token_number: int | None = None,
    ) -> DnsRecord:
        """Make a record; its zone is the domain's unless another is given."""
        zone = zone or self.domain.zone
        return DnsRecord(self.kind, zone, name, type, values, self.serves, preference, token_number)


@dataclass(frozen=True, slots=True, eq=False)
class RecordKind:
    """
    What a record is for. Each is one object, compared by ``is``.

    Attributes:
        id: In words with hyphens: ``mail-from-mx``. JSON and CSV have it as ``purpose``, logical ids in capitals.
        label: What a person reads.
        owners: Says who owns the records of a domain, each those that `build` yields for it; nobody where it asks for
            none.
        build: Yields the records that serve a region, or all of them, where somebody owns them.
        key: Of a domain of the file, which asks for them; empty if none does by itself.
        instead: What to write in the file to ask for others, where leaving out the key does not do.
        todo: What to write if two constructs of an app claim one record.
        reader: Who asks DNS for the records.
        claims: Tells which texts at its name are its own; those of others may stand beside them.
        read: What receivers read of a text, by which it is the same as another.
        target: Where it points if only its stack knows that, as an attribute of a resource there; `build` gives no
            values then.
        after: Logical ids of what its stack has to make before it.
        authenticates: Whether mail of the domain, or the refusal of forged mail, depends on the records.
    """

    id: str
    label: str
    owners: Callable[[SendingDomain], Collection[Owner]]
    build: Callable[[RecordSource], Iterable[DnsRecord]]
    key: str = ""
    instead: str = ""
    todo: str = "keep it in one of the two"
    reader: Reader = Reader.PUBLISHED
    claims: Callable[[str], bool] = lambda _: True
    read: Callable[[str], str] = str
    target: Callable[[str], Text] | None = None
    after: Callable[[SendingDomain], Iterable[str]] = lambda _: ()
    authenticates: bool = True

    @property
    def leave_out(self) -> str:
        """What to write in the file so that it asks for these records no longer."""
        return self.instead or f"leave out `{self.key}`"

    @property
    def logical_id_prefix(self) -> str:
        """Begins the logical id of a record set of its own: ``MailFromMx``."""
        return "".join(word.capitalize() for word in self.id.split("-"))

    def record_set_id(self, name: str, token_number: int | None = None) -> str:
        """
        Return the logical id of a record set of its own.

        Args:
            name: Of the record; the domain if that name holds one of SES's DKIM tokens.
            token_number: Which of them, counted from 1.
        """
        return logical_id(f"{self.logical_id_prefix}{token_number or ''}", name)

    def records(self, domain: SendingDomain, region: str | None, dkim: Sequence[DkimPair]) -> list[DnsRecord]:
        """List the records of this kind; arguments as for `expected_records`."""
        owners = self.owners(domain)
        return [record for owner in owners for record in self._build_of(owner, domain, region, dkim)]

    def records_of(
        self, owner: Owner, domain: SendingDomain, region: str | None, dkim: Sequence[DkimPair]
    ) -> Iterable[DnsRecord]:
        """Return those that one owner has."""
        return self._build_of(owner, domain, region, dkim) if owner in self.owners(domain) else ()

    def _build_of(
        self, owner: Owner, domain: SendingDomain, region: str | None, dkim: Sequence[DkimPair]
    ) -> Iterable[DnsRecord]:
        if owner is Owner.DOMAIN:
            return self.build(RecordSource(self, domain, domain.home_region, None, ()))
        return () if region is None else self.build(RecordSource(self, domain, region, region, dkim))


def _dkim_owners(domain: SendingDomain) -> Collection[Owner]:
    return (Owner.REGION,) if domain.elsewhere else domain.signing.owners


def _where(asked: Callable[[SendingDomain], object]) -> Callable[[SendingDomain], Collection[Owner]]:
    """Let the domain own the records where it asks for any: most domains ask for few kinds."""
    return lambda domain: (Owner.DOMAIN,) if asked(domain) else ()


def _mail_from_owners(domain: SendingDomain) -> Collection[Owner]:
    # One name may serve several regions with one MX: SES hands bounces on to the region that sent (dg/regions.html).
    templates = domain.mail_from.templates if domain.mail_from and domain.mail_from.is_published else ()
    return tuple(dict.fromkeys(Owner.REGION if is_regional(template) else Owner.DOMAIN for template in templates))


def _dkim(source: RecordSource) -> Iterator[DnsRecord]:
    if source.domain.elsewhere:
        for given, target in source.domain.elsewhere.dkim_pairs(source.domain.name, source.region):
            yield source.record(given, RecordType.CNAME, target)
        return
    owner = Owner.REGION if source.serves else Owner.DOMAIN
    dkim = source.dkim if source.domain.has_tokens_in(source.region) else ()
    for name, kind, value, token_number in source.domain.signing.records(owner, source.domain.name, dkim):
        yield source.record(name, kind, value, token_number=token_number)


def _mail_from_mx(source: RecordSource) -> Iterator[DnsRecord]:
    for name in _mail_from_names(source):
        host = feedback_host(source.region)
        yield source.record(name, RecordType.MX, host, preference=MAIL_FROM_MX_PREFERENCE)


def _mail_from_spf(source: RecordSource) -> Iterator[DnsRecord]:
    for name in _mail_from_names(source):
        yield source.record(name, RecordType.TXT, MAIL_FROM_SPF_TEXT)


def _mail_from_names(source: RecordSource) -> Iterator[str]:
    """Yield the names that serve one region, or those that serve all."""
    mail_from = source.domain.mail_from
    for template in mail_from.templates if mail_from else ():
        if mail_from and is_regional(template) is (source.serves is not None):
            yield mail_from.name_in(template, source.region)


def _dmarc(source: RecordSource) -> Iterator[DnsRecord]:
    name = dmarc_name(source.domain.name)
    if source.domain.dmarc_alias:
        yield source.record(name, RecordType.CNAME, source.domain.dmarc_alias)
    elif source.domain.dmarc:
        yield source.record(name, RecordType.TXT, build_dmarc(source.domain.dmarc))


def _dmarc_reports(source: RecordSource) -> Iterator[DnsRecord]:
    has_record = source.domain.dmarc or source.domain.dmarc_alias
    for host, zone in source.domain.report_zones if has_record else ():
        yield source.record(agreement_name(source.domain.name, host), RecordType.TXT, AGREEMENT_TEXT, zone=zone)


def _null_spf(source: RecordSource) -> Iterator[DnsRecord]:
    yield source.record(source.domain.name, RecordType.TXT, NULL_SPF_TEXT)


def _revoked_keys(source: RecordSource) -> Iterator[DnsRecord]:
    yield source.record(dkim_name("*", source.domain.name), RecordType.TXT, REVOKED_KEY_TEXT)


def _null_mx(source: RecordSource) -> Iterator[DnsRecord]:
    if source.domain.parking and not source.domain.parking.receives:
        yield source.record(source.domain.name, RecordType.MX, ROOT, preference=0)


def _tls_reports(source: RecordSource) -> Iterator[DnsRecord]:
    if targets := source.domain.tls_reports:
        yield source.record(f"_smtp._tls.{source.domain.name}", RecordType.TXT, build_tls_reports(targets))


def _mta_sts(source: RecordSource) -> Iterator[DnsRecord]:
    if policy := source.domain.mta_sts:
        yield source.record(f"_mta-sts.{source.domain.name}", RecordType.TXT, build_mta_sts(policy))


def _mta_sts_host(source: RecordSource) -> Iterator[DnsRecord]:
    yield source.record(policy_host(source.domain.name), RecordType.CNAME)


def _what_serves(domain: SendingDomain) -> Iterator[str]:
    """Yield what has to be there before senders hear of a policy: RFC 8461 section 8.3 has the record come last."""
    if domain.serves_policy:
        yield mapping_id(domain.name)
        if domain.individual_records:
            yield MTA_STS_HOST.record_set_id(policy_host(domain.name))


def _apex_txt(source: RecordSource) -> Iterator[DnsRecord]:
    if source.domain.spf and source.domain.spf.texts:
        yield source.record(source.domain.name, RecordType.TXT, *source.domain.spf.texts)


def _bimi(source: RecordSource) -> Iterator[DnsRecord]:
    if bimi := source.domain.bimi:
        yield source.record(f"{bimi.selector}._bimi.{source.domain.name}", RecordType.TXT, build_bimi(bimi))


def _read_tags(text: str) -> str:
    """Return tags without the blanks around semicolons, and the last semicolon, which say nothing."""
    return ";".join(part.strip() for part in text.split(";")).rstrip(";")


# https://docs.aws.amazon.com/ses/latest/dg/send-email-authentication-dkim-easy.html
DKIM = RecordKind("dkim", "DKIM", _dkim_owners, _dkim, "dkim", "choose another key", reader=Reader.DKIM)
# https://docs.aws.amazon.com/ses/latest/dg/mail-from.html
MAIL_FROM_MX = RecordKind(
    "mail-from-mx",
    "MAIL FROM MX",
    _mail_from_owners,
    _mail_from_mx,
    "mail_from",
    OTHER_NAME,
    OTHER_MAIL_FROM_NAME,
    Reader.MAIL_FROM,
)
MAIL_FROM_SPF = RecordKind(
    "mail-from-spf",
    "MAIL FROM SPF",
    _mail_from_owners,
    _mail_from_spf,
    "mail_from",
    OTHER_NAME,
    OTHER_MAIL_FROM_NAME,
    Reader.MAIL_FROM,
)
# RFC 9989
DMARC = RecordKind(
    "dmarc",
    "DMARC",
    _where(lambda domain: domain.dmarc or domain.dmarc_alias),
    _dmarc,
    "dmarc",
    todo="keep dmarc in one of the two",
    reader=Reader.DMARC,
)
# RFC 9990, Verifying External Destinations
DMARC_REPORTS = RecordKind(
    "dmarc-reports",
    "DMARC reports",
    _where(attrgetter("report_zones")),
    _dmarc_reports,
    "dmarc",
    "choose another address for reports",
    reader=Reader.DMARC,
)
# RFC 7208 section 10.1.2
NULL_SPF = RecordKind(
    "null-spf",
    "Null SPF",
    _where(attrgetter("parking")),
    _null_spf,
    instead=UNPARK,
    claims=is_spf,
    read=lambda text: " ".join(filter(None, text.lower().split(" "))),
)
# RFC 6376 section 3.6.1, an empty p
REVOKED_KEYS = RecordKind(
    "revoked-keys", "Revoked keys", _where(attrgetter("parking")), _revoked_keys, instead=UNPARK, read=_read_tags
)
# RFC 7505
NULL_MX = RecordKind("null-mx", "Null MX", _where(attrgetter("parking")), _null_mx, instead=UNPARK)
# RFC 8460 section 3
TLS_REPORTS = RecordKind(
    "tls-reports",
    "TLS reports",
    _where(attrgetter("tls_reports")),
    _tls_reports,
    "tls_reports",
    read=_read_tags,
    authenticates=False,
)
# RFC 8461 section 3.1
MTA_STS_HOST = RecordKind(
    "mta-sts-host",
    "MTA-STS host",
    _where(attrgetter("serves_policy")),
    _mta_sts_host,
    "mta_sts",
    target=host_target,
    authenticates=False,
)
MTA_STS = RecordKind(
    "mta-sts",
    "MTA-STS",
    _where(attrgetter("mta_sts")),
    _mta_sts,
    "mta_sts",
    read=_read_tags,
    after=_what_serves,
    authenticates=False,
)
# RFC 7208 section 3
APEX_TXT = RecordKind("apex-txt", "TXT of the domain", _where(attrgetter("spf")), _apex_txt, "spf")
# draft-brand-indicators-for-message-identification
BIMI = RecordKind("bimi", "BIMI", _where(attrgetter("bimi")), _bimi, "bimi", read=_read_tags, authenticates=False)

KINDS: tuple[RecordKind, ...] = (
    DKIM,
    MAIL_FROM_MX,
    MAIL_FROM_SPF,
    DMARC,
    DMARC_REPORTS,
    NULL_SPF,
    REVOKED_KEYS,
    NULL_MX,
    TLS_REPORTS,
    MTA_STS_HOST,
    MTA_STS,
    BIMI,
    APEX_TXT,
)
"""All kinds, in the order in which records are listed."""

PARKING = (NULL_SPF, REVOKED_KEYS, NULL_MX)
"""Those that a domain has which sends nothing, and no other."""


def kind_of(record_set_id: str, name: str) -> RecordKind | None:
    """
    Return the kind of a record set of its own; None if it is not one of ours.

    Args:
        record_set_id: Its logical id, which no other kind has at that name.
        name: Of the record; of one that holds a DKIM token, its domain will do.
    """
    domain = name.rpartition(DKIM_LABEL)[2]
    possible = [(name, None), *((domain, number) for number in TOKEN_NUMBERS)]
    return next((kind for kind in KINDS for one in possible if kind.record_set_id(*one) == record_set_id), None)


def words_on_leaving(kind: RecordKind | None) -> str:
    """
    Say what a person is to do with a record that is there, in no stack, and that no file asks for.

    Args:
        kind: Its kind; None if that is not known.

    Source: RFC 5321 section 4.5.4.1 (senders try for 4 to 5 days)
    """
    if kind is DMARC:
        return "delete it by hand once nothing needs it: it protects the name also when nothing is sent"
    if kind is DKIM:
        return "delete it by hand a week after the last mail was signed with it"
    return "delete it by hand once nothing needs it"
