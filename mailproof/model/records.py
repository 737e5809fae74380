"""Which DNS records a sending domain needs: the one source for what is deployed, exported and checked."""

from collections.abc import Sequence
from dataclasses import replace

from mailproof.model import record_kind
from mailproof.model.dmarc import AGREEMENT_TEXT, agreement_name
from mailproof.model.dns_record import DkimPair, DnsRecord, Owner, RecordType
from mailproof.model.domain import SendingDomain, Zone
from mailproof.model.names import public_suffixes


def expected_records(domain: SendingDomain, region: str | None, dkim: Sequence[DkimPair]) -> list[DnsRecord]:
    """
    List every record that a domain needs to send from one region.

    Args:
        domain: The domain.
        region: One of its places: a region, or None if it has none, for what serves all.
        dkim: The three (name, target) pairs of Easy DKIM there, whoever supplies them: CloudFormation or the SES API.
            Empty where they are not known.

    Returns:
        Records of every kind, in the order of `mailproof.model.record_kind.KINDS`. Those with ``region`` None are the
        same for every region of the domain.
    """
    return [record for kind in record_kind.KINDS for record in kind.records(domain, region, dkim)]


def regional_records(domain: SendingDomain, region: str, dkim: Sequence[DkimPair]) -> list[DnsRecord]:
    """List the records that serve one region alone; arguments as for `expected_records`."""
    return _owned_by(Owner.REGION, domain, region, dkim)


def domain_wide_records(domain: SendingDomain) -> list[DnsRecord]:
    """List the records that serve all regions of a domain: each exists once, and none holds a DKIM token."""
    return _owned_by(Owner.DOMAIN, domain, domain.home_region, ())


def others_records(domain: SendingDomain) -> list[DnsRecord]:
    """List the records that others are to publish for a domain: their hosts agree to take its DMARC reports."""
    return [
        DnsRecord(
            record_kind.DMARC_REPORTS,
            Zone(public_suffixes(host).privatesuffix(host) or host),
            agreement_name(domain.name, host),
            RecordType.TXT,
            (AGREEMENT_TEXT,),
        )
        for host in domain.report_hosts
    ]


def all_records(domain: SendingDomain, dkim: Sequence[DkimPair] = ()) -> list[DnsRecord]:
    """List the records of a domain at all its places, each once; `dkim` stands for those of Easy DKIM in each."""
    return list(dict.fromkeys(r for place in domain.places for r in expected_records(domain, place, dkim)))


def with_mail_from_records(domain: SendingDomain) -> SendingDomain:
    """Return a domain as if it published the records of its MAIL FROM name: whoever does, its mail needs them."""
    return replace(domain, mail_from=replace(domain.mail_from, is_published=True)) if domain.mail_from else domain


def _owned_by(owner: Owner, domain: SendingDomain, region: str, dkim: Sequence[DkimPair]) -> list[DnsRecord]:
    return [record for kind in record_kind.KINDS for record in kind.records_of(owner, domain, region, dkim)]
