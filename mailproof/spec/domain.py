"""A sending domain and what it asks for, resolved: every name complete, every default filled in."""

from dataclasses import dataclass
from enum import StrEnum

from mailproof.spec.dmarc import Dmarc
from mailproof.spec.errors import InvalidValue
from mailproof.spec.names import is_within, parse_host_name
from mailproof.spec.regions import REGIONS

REGION_PLACEHOLDER = "{region}"


@dataclass(frozen=True, slots=True)
class Zone:
    """
    A DNS zone.

    Attributes:
        name: Without a trailing dot.
        id: Hosted zone id; None for a zone that another DNS provider serves.
        account: The AWS account that owns it; None where that is the environment's own.
    """

    name: str
    id: str | None = None
    account: str | None = None

    @property
    def is_external(self) -> bool:
        """Whether another DNS provider serves it, so that records are exported, not deployed."""
        return self.id is None


class OnMxFailure(StrEnum):
    """What SES does with mail while the MX of the MAIL FROM domain is not right."""

    USE_DEFAULT_VALUE = "use_default_value"
    REJECT_MESSAGE = "reject_message"


@dataclass(frozen=True, slots=True)
class MailFrom:
    """
    A custom MAIL FROM domain.

    Attributes:
        template: Complete name, with ``{region}`` in it if every region has one of its own.
        on_mx_failure: What happens to mail while the MX is not right.

    Source: https://docs.aws.amazon.com/ses/latest/dg/mail-from.html
    """

    template: str
    on_mx_failure: OnMxFailure = OnMxFailure.USE_DEFAULT_VALUE

    @property
    def is_regional(self) -> bool:
        """Whether every region has a MAIL FROM name of its own."""
        return REGION_PLACEHOLDER in self.template

    def name(self, region: str) -> str:
        """Return the MAIL FROM domain of one region."""
        return self.template.replace(REGION_PLACEHOLDER, region)


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
    probe = "r" * max(map(len, REGIONS))  # as long as the longest region, so that the limits hold for each
    plain = text.replace(REGION_PLACEHOLDER, probe)
    if "{" in plain or "}" in plain:
        raise InvalidValue("has a placeholder that is not known", text, "'{region}' is the only one")
    name = parse_host_name(plain)
    if not text.endswith(".") and not is_within(name, domain):
        name = parse_host_name(f"{name}.{domain}")
    if name == domain or not is_within(name, domain):
        raise InvalidValue(f"is not strictly below {domain!r}", text, "choose a name such as 'bounce'")
    if plain == text:
        return name
    if name.count(probe) != plain.count(probe):  # punycode took it apart
        raise InvalidValue("has '{region}' in a label that is not plain ASCII", text, "give it a label of its own")
    return name.replace(probe, REGION_PLACEHOLDER)


@dataclass(frozen=True, slots=True)
class SendingDomain:
    """
    One domain that sends by SES, in one or more regions of one account.

    Attributes:
        name: The domain of the From address.
        zone: The DNS zone that holds its records.
        regions: In the order of the file; the first is its home region, at which a shared MAIL FROM name points.
        mail_from: None leaves mail on SES's own MAIL FROM domain: SPF passes there, but does not align.
        dkim_key_length: Bits, 1024 or 2048; None leaves it to SES (2048).
        dmarc: The DMARC record to publish; None publishes none.
        report_zones: Zones of ours in which a host outside this organisation's domain takes DMARC reports.
        individual_records: One record set a record instead of one group a domain and region.
        group: Domains of one group share a stack in each region; empty without one.
    """

    name: str
    zone: Zone
    regions: tuple[str, ...]
    mail_from: MailFrom | None = None
    dkim_key_length: int | None = None
    dmarc: Dmarc | None = None
    report_zones: tuple[tuple[str, Zone], ...] = ()
    individual_records: bool = False
    group: str = ""

    @property
    def home_region(self) -> str:
        """The region at which records that serve all regions point."""
        return self.regions[0]
