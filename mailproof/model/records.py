"""Which DNS records a sending domain needs: the one source for what is deployed, exported and checked."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from mailproof.model.dmarc import build_dmarc
from mailproof.model.domain import SendingDomain, Zone
from mailproof.model.names import Text, fully_qualified
from mailproof.model.regions import feedback_host
from mailproof.model.txt import quote_txt

DEFAULT_TTL_S = 1800
MX_PREFERENCE = 10
SPF_TEXT = "v=spf1 include:amazonses.com ~all"

DkimPair = tuple[Text, Text]
"""Name and target of one DKIM CNAME, both without a trailing dot."""


class RecordType(StrEnum):
    """The DNS record types that SES mail needs."""

    CNAME = "CNAME"
    MX = "MX"
    TXT = "TXT"


class Purpose(StrEnum):
    """What a record is for; names it in construct ids and in what people see."""

    DKIM = "Dkim"
    MAIL_FROM_MX = "MailFromMx"
    MAIL_FROM_SPF = "MailFromSpf"
    DMARC = "Dmarc"
    DMARC_REPORTS = "DmarcReports"


@dataclass(frozen=True, slots=True)
class DnsRecord:
    """
    One record, names without a trailing dot.

    Attributes:
        purpose: What it is for.
        zone: The zone that holds it.
        name: Its owner name.
        type: Its type.
        value: CNAME: the target. MX: the host. TXT: the text as a receiver reads it, neither quoted nor split.
        region: The region that it serves; None if it serves all regions of the domain.
        ttl_s: Time to live, seconds.
    """

    purpose: Purpose
    zone: Zone
    name: Text
    type: RecordType
    value: Text
    region: str | None = None
    ttl_s: int = DEFAULT_TTL_S


def expected_records(domain: SendingDomain, region: str, dkim: Sequence[DkimPair]) -> list[DnsRecord]:
    """
    List every record that a domain needs to send from one region.

    Args:
        domain: The domain.
        region: One of its regions.
        dkim: The three (name, target) pairs of Easy DKIM there, whoever supplies them: CloudFormation or the SES API.
            Empty where they are not known.

    Returns:
        DKIM CNAMEs, MAIL FROM MX and SPF, DMARC and report authorisations, in this order. Those with ``region`` None
        are the same for every region of the domain.

    Source: https://docs.aws.amazon.com/ses/latest/dg/send-email-authentication-dkim-easy.html, dg/mail-from.html,
    RFC 9989, RFC 9990
    """
    return [
        *dkim_records(domain.zone, region, dkim),
        *_mail_from_records(domain, region),
        *_dmarc_records(domain),
    ]


def dkim_records(zone: Zone, region: str, dkim: Sequence[DkimPair]) -> list[DnsRecord]:
    """List the CNAMEs of Easy DKIM; arguments as for `expected_records`."""
    return [DnsRecord(Purpose.DKIM, zone, name, RecordType.CNAME, target, region) for name, target in dkim]


def mail_from_records(zone: Zone, name: str, host: str, region: str | None) -> list[DnsRecord]:
    """
    List MX and SPF of a MAIL FROM name.

    Args:
        zone: Holds them.
        name: The MAIL FROM name.
        host: Where its MX points.
        region: The one region that it serves; None if it serves several.
    """
    return [
        DnsRecord(Purpose.MAIL_FROM_MX, zone, name, RecordType.MX, host, region),
        DnsRecord(Purpose.MAIL_FROM_SPF, zone, name, RecordType.TXT, SPF_TEXT, region),
    ]


def domain_wide_records(domain: SendingDomain) -> list[DnsRecord]:
    """List the records that serve all regions of a domain: each exists once, and none holds a DKIM token."""
    return [record for record in expected_records(domain, domain.home_region, ()) if record.region is None]


def route53_value(record: DnsRecord) -> Text:
    """Return the value of a record in Route 53's form: a host with its trailing dot, a text quoted and split."""
    if record.type is RecordType.TXT:
        return quote_txt(str(record.value))
    host = fully_qualified(record.value)
    return f"{MX_PREFERENCE} {host}" if record.type is RecordType.MX else host


def _mail_from_records(domain: SendingDomain, region: str) -> list[DnsRecord]:
    if domain.mail_from is None:
        return []
    serves = region if domain.mail_from.is_regional else None
    name = domain.mail_from.name(region)
    # One name may serve several regions with one MX: SES hands bounces on to the region that sent (dg/regions.html).
    host = feedback_host(serves or domain.home_region)
    return mail_from_records(domain.zone, name, host, serves)


def _dmarc_records(domain: SendingDomain) -> list[DnsRecord]:
    if domain.dmarc is None:
        return []
    return [
        DnsRecord(Purpose.DMARC, domain.zone, f"_dmarc.{domain.name}", RecordType.TXT, build_dmarc(domain.dmarc)),
        *(
            DnsRecord(Purpose.DMARC_REPORTS, zone, f"{domain.name}._report._dmarc.{host}", RecordType.TXT, "v=DMARC1")
            for host, zone in domain.report_zones
        ),
    ]
