"""Sending domain, resolved: every name complete, every default filled in."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from mailproof.model.address import Address
from mailproof.model.apex_spf import ApexSpf
from mailproof.model.bimi import Bimi
from mailproof.model.dmarc import Dmarc
from mailproof.model.dns_record import DkimPair
from mailproof.model.errors import InvalidValue
from mailproof.model.mta_sts import MtaSts
from mailproof.model.names import dkim_name, is_within, parse_host_name
from mailproof.model.own_key import OwnKey, key_in
from mailproof.model.regions import REGIONS
from mailproof.model.signing import EASY_DKIM, Signing

Place: TypeAlias = str | None
"""A region of a domain, or None for a domain without regions."""
REGION_PLACEHOLDER = "{region}"
ZONE_ID_PREFIX = "/hostedzone/"  # Route 53's API writes it in front of an id
ZONE_ID = re.compile(r"[A-Z0-9]{1,32}")
LONGEST_REGION = max(sorted(REGIONS), key=len)
LABEL_SEPARATORS = re.compile("[.\u3002\uff0e\uff61]")  # RFC 3490 section 3.1


@dataclass(frozen=True, slots=True)
class Zone:
    """
    A DNS zone.

    Attributes:
        name: Without a trailing dot.
        id: Hosted zone id; None for a zone that another DNS provider serves.
        account: The AWS account that owns it; None where that is the environment's own.
        is_pending: Whether resolvers still ask other servers, while the hosted zone is filled. It is one zone all the
            same: not compared.
    """

    name: str
    id: str | None = None
    account: str | None = None
    is_pending: bool = field(default=False, compare=False)

    @property
    def is_external(self) -> bool:
        """Whether another DNS provider serves it, so that records are exported, not deployed."""
        return self.id is None

    @property
    def is_served_elsewhere(self) -> bool:
        """Whether resolvers ask other servers than a hosted zone's, so that a person enters the records there."""
        return self.is_external or self.is_pending


class OnMxFailure(StrEnum):
    """What SES does with mail while the MX of the MAIL FROM domain is not right."""

    USE_DEFAULT_VALUE = "use_default_value"
    REJECT_MESSAGE = "reject_message"


USE_DEFAULT, REJECT = OnMxFailure.USE_DEFAULT_VALUE.upper(), OnMxFailure.REJECT_MESSAGE.upper()
"""The same as SES and CloudFormation write it."""


@dataclass(frozen=True, slots=True)
class MailFrom:
    """
    A custom MAIL FROM domain.

    Attributes:
        template: Complete name, with ``{region}`` in it if every region has one of its own.
        on_mx_failure: What happens to mail while the MX is not right.
        also: Names that SES is not told, in the form of `template`, whose records are published all the same.
        labels: Region to what stands for ``{region}`` there, where that is not the region's name.
        is_published: Whether the records are ours to publish; another account's domain may own those of a shared name.

    Source: https://docs.aws.amazon.com/ses/latest/dg/mail-from.html
    """

    template: str
    on_mx_failure: OnMxFailure = OnMxFailure.USE_DEFAULT_VALUE
    also: tuple[str, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    is_published: bool = True

    @property
    def is_regional(self) -> bool:
        """Whether every region has a MAIL FROM name of its own."""
        return is_regional(self.template)

    @property
    def templates(self) -> tuple[str, ...]:
        """All names whose records are published, that of SES first."""
        return (self.template, *self.also)

    def name(self, region: str) -> str:
        """Return the MAIL FROM domain of one region."""
        return self.name_in(self.template, region)

    def names(self, region: str) -> tuple[str, ...]:
        """Return all names of one region whose records are published, that of SES first."""
        return tuple(self.name_in(template, region) for template in self.templates)

    def name_in(self, template: str, region: str) -> str:
        """Return the name of one region by one of `templates`."""
        return template.replace(REGION_PLACEHOLDER, dict(self.labels).get(region, region))


def is_regional(template: str) -> bool:
    """Tell whether every region has a name of its own by a template of MAIL FROM names."""
    return REGION_PLACEHOLDER in template


def parse_mail_from(text: str, domain: str) -> str:
    """
    Complete the name of a MAIL FROM domain.

    Args:
        text: Absolute if it ends in a dot; complete if it is the domain or lies below it; else relative to the domain.
        domain: The sending domain.

    Returns:
        The complete name, ``{region}`` kept.

    Raises:
        InvalidValue: No host name, not strictly below the domain, or another placeholder.
    """
    template = _parse_template(text, text)
    if not text.endswith(".") and not is_within(template, domain):
        template = _parse_template(f"{template}.{domain}", text)
    if template == domain or not is_within(template, domain):
        raise InvalidValue(f"is not strictly below {domain!r}", text, f"choose a name such as 'bounce.{domain}'")
    if any(label.startswith("_") for label in template.removesuffix(domain).split(".")):
        raise InvalidValue("has an underscore, which no domain of an address has", text, "choose a name without one")
    return template


def _parse_template(template: str, text: str) -> str:
    """Read a host name that may hold placeholders; limits hold for every region."""
    plain = template.replace(REGION_PLACEHOLDER, LONGEST_REGION)
    if "{" in plain or "}" in plain:
        raise InvalidValue("has a placeholder that is not known", text, "'{region}' is the only one")
    try:
        name = parse_host_name(plain)
    except InvalidValue as err:
        raise InvalidValue(err.what, text, err.todo) from err
    labels = []
    for written, read in zip(LABEL_SEPARATORS.split(template), name.split("."), strict=False):
        if REGION_PLACEHOLDER in written and not written.isascii():  # punycode would take it apart
            raise InvalidValue("has '{region}' in a label that is not plain ASCII", text, "give it a label of its own")
        labels.append(written.lower() if REGION_PLACEHOLDER in written else read)
    return ".".join(labels)


@dataclass(frozen=True, slots=True)
class HeldElsewhere:
    """
    An identity that another account holds, or a vendor's: SES is not told of it, and its records are.

    Attributes:
        dkim: Region to token and host of each of its DKIM records, as its holder's SES names them.
    """

    dkim: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()

    def dkim_pairs(self, domain: str, region: str) -> tuple[DkimPair, ...]:
        """Return name and target of each CNAME of Easy DKIM in a region."""
        tokens = dict(self.dkim).get(region, ())
        return tuple((dkim_name(token, domain), f"{token}.{host}") for token, host in tokens)


@dataclass(frozen=True, slots=True)
class Parking:
    """
    What a domain says that sends no mail.

    Attributes:
        receives: Whether it takes mail all the same, so that it has no null MX.
    """

    receives: bool = False


@dataclass(frozen=True, slots=True)
class SendingDomain:
    """
    One domain of a file: it sends by SES, in one or more regions of one account, or is parked and has records alone.

    Attributes:
        name: The domain of the From address.
        zone: The DNS zone that holds its records.
        regions: In the order of the file; the first is its home region, at which a shared MAIL FROM name points. None
            of a parked domain.
        mail_from: None leaves mail on SES's own MAIL FROM domain: SPF passes there, but does not align.
        signing: How it signs.
        dmarc: The DMARC record to publish; None publishes none.
        dmarc_alias: Name of a DMARC record elsewhere that is to hold for it, in the place of one of its own; empty for
            none.
        report_zones: Zones of ours in which a host outside this organisation's domain takes DMARC reports.
        report_hosts: Such hosts that are in no zone of ours: others publish the record by which they agree.
        individual_records: One record set per record instead of one group per domain and region.
        stack: Domains with the same share a stack in each region; empty without one.
        parking: What it says in place of sending; None if it sends.
        addresses: Those with an identity of their own.
        elsewhere: Its identity, if that is not this account's; None if it is.
        tls_reports: Where reports on TLS go, addresses and https addresses.
        mta_sts: The policy by which it asks for TLS; None for none.
        bimi: Its logo; None for none.
        spf: What it asks for at its own name; None leaves that to others.
    """

    name: str
    zone: Zone
    regions: tuple[str, ...]
    mail_from: MailFrom | None = None
    signing: Signing = EASY_DKIM
    dmarc: Dmarc | None = None
    report_zones: tuple[tuple[str, Zone], ...] = ()
    report_hosts: tuple[str, ...] = ()
    individual_records: bool = False
    stack: str = ""
    parking: Parking | None = None
    elsewhere: HeldElsewhere | None = None
    addresses: tuple[Address, ...] = ()

    @property
    def identity_regions(self) -> tuple[str, ...]:
        """The regions in which it has an identity of ours."""
        return () if self.elsewhere else self.regions

    tls_reports: tuple[str, ...] = ()
    mta_sts: MtaSts | None = None
    bimi: Bimi | None = None
    dmarc_alias: str = ""
    spf: ApexSpf | None = None

    def parent_of(self, region: str) -> str:
        """Return the region whose key the identity in another one uses as its replica; empty if it has its own."""
        return "" if region == self.signing.parent else self.signing.parent

    def own_key_in(self, region: str) -> OwnKey | None:
        """Return the own key with which SES is to sign in a region; None if it draws one itself, or does not sign."""
        return key_in(region, self.signing.own_keys) if self.signing.is_external else None

    def has_tokens_in(self, region: str) -> bool:
        """Tell whether records of a region hold tokens that SES draws there."""
        return self.signing.needs_tokens and not self.parent_of(region)

    @property
    def serves_policy(self) -> bool:
        """Whether a stack serves its MTA-STS policy."""
        return self.mta_sts is not None and self.mta_sts.is_served

    @property
    def home_region(self) -> str:
        """The region at which records that serve all regions point; empty if the domain has none."""
        return next(iter(self.regions), "")

    @property
    def places(self) -> tuple[Place, ...]:
        """Its regions; of a domain without any, one None, which stands for what serves all regions."""
        return self.regions or (None,)


def parse_zone_id(text: str) -> str:
    """
    Check a hosted zone id; `/hostedzone/` in front, as Route 53's API writes it, is taken off.

    Raises:
        InvalidValue: It is none.
    """
    plain = text.removeprefix(ZONE_ID_PREFIX)
    if not ZONE_ID.fullmatch(plain):
        todo = "write the id that Route 53 shows, such as 'Z0123456789EXAMPLE'"
        raise InvalidValue("is not a hosted zone id", text, todo)
    return plain
