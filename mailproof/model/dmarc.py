"""The DMARC record of a domain, as we publish it (RFC 9989)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from ipaddress import ip_network
from urllib.parse import quote

from mailproof.model.errors import InvalidValue
from mailproof.model.names import NO_HOST_NAME, dmarc_domain, is_within, parse_host_name, parse_internet_name
from mailproof.model.txt import unquote_txt

LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")  # RFC 5321 dot-string
URI_SAFE = "$&'*+=_~-."  # of RFC 6068 section 2, what may stand in an address as it is
FAILURE_OPTIONS = frozenset("01ds")
AGREEMENT_LABEL = "._report._dmarc."
AGREEMENT_TEXT = "v=DMARC1"  # by which a host agrees to take reports
SHORTEST_PREFIX_BITS = {4: 8, 6: 16}
LOCAL_PART_LIMIT_BYTES = 64  # RFC 5321 section 4.5.3.1.1


class DmarcPolicy(StrEnum):
    """What receivers are asked to do with mail that fails."""

    NONE = "none"
    QUARANTINE = "quarantine"
    REJECT = "reject"


MILDEST_FIRST = tuple(DmarcPolicy)


class DmarcStage(StrEnum):
    """
    Steps on the way from watching to enforcing, mildest first.

    Source: RFC 9989 section 4.7 (``t``), appendix A.6
    """

    NONE = "none"
    QUARANTINE_TEST = "quarantine-test"
    QUARANTINE = "quarantine"
    REJECT_TEST = "reject-test"
    REJECT = "reject"

    @property
    def policy(self) -> DmarcPolicy:
        """The policy that the record names."""
        return DmarcPolicy(self.value.removesuffix("-test"))

    @property
    def testing(self) -> bool:
        """Whether receivers are to act one step milder."""
        return self.value.endswith("-test")


class Alignment(StrEnum):
    """How the domain of DKIM or SPF has to match that of From (RFC 9989 section 4.4)."""

    RELAXED = "r"
    STRICT = "s"


class PublicSuffix(StrEnum):
    """What a domain says of itself to the tree walk (RFC 9989 section 4.10.2)."""

    YES = "y"
    NO = "n"
    UNKNOWN = "u"


@dataclass(frozen=True, slots=True)
class Dmarc:
    """
    A DMARC policy.

    Attributes:
        policy: `p`, for the domain itself.
        subdomain_policy: For existing subdomains; None: as for the domain.
        nonexistent_subdomain_policy: For names that do not exist; None: as for subdomains.
        reports: Addresses for aggregate reports.
        failure_reports: Addresses for failure reports.
        testing: Ask receivers to act one step milder than the policy says (``t=y``).
        dkim_alignment: `adkim`; None leaves it out, which receivers take as relaxed.
        spf_alignment: `aspf`; None leaves it out, which receivers take as relaxed.
        failure_options: When failure reports are sent, such as ``1`` or ``d:s``; empty: as receivers take it, ``0``.
        public_suffix: `psd`; None leaves it out, which receivers take as unknown.
        not_ours: Senders in the name of the domain that are not its own: domains that authenticate them, or networks.
            No part of the record.

    Source: RFC 9989 section 4.7
    """

    policy: DmarcPolicy = DmarcPolicy.NONE
    subdomain_policy: DmarcPolicy | None = None
    nonexistent_subdomain_policy: DmarcPolicy | None = None
    reports: tuple[str, ...] = ()
    failure_reports: tuple[str, ...] = ()
    testing: bool = False
    dkim_alignment: Alignment | None = None
    spf_alignment: Alignment | None = None
    failure_options: str = ""
    public_suffix: PublicSuffix | None = None
    not_ours: tuple[str, ...] = ()

    @property
    def stage(self) -> DmarcStage:
        """Where it stands on the way to enforcement; a policy that asks for nothing cannot be tested."""
        is_test = self.testing and self.policy is not DmarcPolicy.NONE
        return DmarcStage(f"{self.policy}-test" if is_test else self.policy.value)

    def report_hosts(self) -> list[str]:
        """Return the hosts that take reports, in the order of the file, each once."""
        return list(dict.fromkeys(address.partition("@")[2] for address in (*self.reports, *self.failure_reports)))


PARKED_DMARC = Dmarc(
    policy=DmarcPolicy.REJECT,
    subdomain_policy=DmarcPolicy.REJECT,
    nonexistent_subdomain_policy=DmarcPolicy.REJECT,
    dkim_alignment=Alignment.STRICT,
    spf_alignment=Alignment.STRICT,
    public_suffix=PublicSuffix.NO,
)
"""Of a domain that sends nothing, nor does any name below it."""


@cache
def build_dmarc(dmarc: Dmarc) -> str:
    """Write the record's text, tags in the order of RFC 9989 section 4.7."""
    tags = {
        "v": "DMARC1",
        "p": dmarc.policy.value,
        "sp": dmarc.subdomain_policy and dmarc.subdomain_policy.value,
        "np": dmarc.nonexistent_subdomain_policy and dmarc.nonexistent_subdomain_policy.value,
        "rua": report_uris(dmarc.reports),
        "ruf": report_uris(dmarc.failure_reports),
        "adkim": dmarc.dkim_alignment,
        "aspf": dmarc.spf_alignment,
        "fo": dmarc.failure_options,
        "t": "y" if dmarc.testing else None,
        "psd": dmarc.public_suffix,
    }
    return "; ".join(f"{tag}={value}" for tag, value in tags.items() if value)


def dropped_tags(live: str, wanted: str) -> list[str]:
    """
    List what is lost where one record takes the place of another.

    Args:
        live: The record that is there, as a receiver reads it.
        wanted: The record that replaces it.

    Returns:
        Tags that it has not, each with its value, and report addresses that it leaves out, each with its tag.
    """
    before, after = _tags(live), _tags(wanted)
    lost = [f"{tag}={value}" for tag, value in before.items() if tag not in after]
    for tag in ("rua", "ruf"):
        kept = {_plain_uri(uri) for uri in after.get(tag, "").split(",")}
        uris = before.get(tag, "").split(",") if tag in after else []
        lost += [f"{tag}={uri.strip()}" for uri in uris if uri.strip() and _plain_uri(uri) not in kept]
    return lost


def dropped_from(name: str, found: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """List the same of a record set in Route 53's form; nothing of one whose name is not that of a DMARC record."""
    if not dmarc_domain(name) or not wanted:
        return []
    texts = [unquote_txt(value) for value in found]
    return [lost for text in texts if text.startswith("v=") for lost in dropped_tags(text, unquote_txt(wanted[0]))]


def _tags(text: str) -> dict[str, str]:
    parts = (part.partition("=") for part in text.split(";"))
    return {tag.strip().lower(): value.strip() for tag, sign, value in parts if sign}


def _plain_uri(uri: str) -> str:
    """Return an address for comparison, without the size limit of RFC 7489."""
    return re.sub(r"![0-9]+[kmgt]?$", "", uri.strip().lower())


def parse_failure_options(value: object) -> str:
    """
    Read when failure reports are sent: ``0``, ``1``, ``d`` and ``s``, with colons between them.

    Raises:
        InvalidValue: An option is not known or there twice, or ``0`` and ``1`` are both there.

    Source: RFC 9989 section 4.7
    """
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    options = text.split(":") if isinstance(text, str) else []
    if not options or not {*options} <= FAILURE_OPTIONS or len({*options}) < len(options):
        raise InvalidValue("is not known here", value, "use '0', '1', 'd' and 's', with colons between them")
    if {"0", "1"} <= {*options}:
        raise InvalidValue("asks for reports of both kinds, '0' and '1'", value, "keep one of the two")
    return ":".join(options)


def parse_sender(text: str) -> str:
    """
    Read who sends in the name of a domain: a domain that authenticates mail, an address or a network.

    Raises:
        InvalidValue: It is none of these, or a network with bits behind its length.
    """
    try:
        network = ip_network(text)
    except ValueError:
        if "/" in text or ":" in text or text.replace(".", "").isdecimal():
            todo = "write one such as '192.0.2.0/24', or a domain"
            raise InvalidValue("is not a network", text, todo) from None
        return parse_internet_name(text)
    if network.prefixlen < SHORTEST_PREFIX_BITS[network.version]:
        what = "is a network of more addresses than anybody sends from, so hardly a sender would be left to judge"
        raise InvalidValue(what, text, f"write at least /{SHORTEST_PREFIX_BITS[network.version]}")
    return str(network)


def parse_alias(text: str) -> str:
    """
    Read the name of a record that is to hold for a domain.

    Raises:
        InvalidValue: It is no host name, or has one label, at which no policy stands.
    """
    name = parse_host_name(text)
    if "." not in name:
        raise InvalidValue("is not a complete name", text, "write all of it, such as '_dmarc.example.com'")
    return name


def report_uris(addresses: tuple[str, ...]) -> str:
    """Write addresses as the value of `rua` or `ruf`."""
    # Commas, exclamation marks and semicolons separate parts of the tag: RFC 9989 wants them percent-encoded.
    return ",".join(
        f"mailto:{quote(local, safe=URI_SAFE)}@{host}" for local, _, host in (a.partition("@") for a in addresses)
    )


def parse_report_address(text: str) -> str:
    """
    Read an address that takes reports.

    Returns:
        The address with its host as lower-case A-labels.

    A public suffix may take reports: gov.uk does.

    Raises:
        InvalidValue: It is not a plain address; a ``mailto:`` in front is refused as well.
    """
    local, at, host = text.rpartition("@")
    no_address = InvalidValue("is not an address for reports", text, "write it bare, such as 'dmarc@example.com'")
    if not at or not LOCAL_PART.fullmatch(local) or len(local.encode()) > LOCAL_PART_LIMIT_BYTES:
        raise no_address
    try:
        host = parse_internet_name(host)
    except InvalidValue as err:
        raise (no_address if err.what == NO_HOST_NAME else InvalidValue(err.what, text, err.todo)) from err
    if "." not in host:
        raise InvalidValue("has a host without a dot, which no mail reaches", text, "write its complete name")
    if any(label.startswith("_") for label in host.split(".")):
        raise InvalidValue("has an underscore, which no domain of an address has", text, "choose another address")
    return f"{local}@{host}"


def agreement_name(domain: str, host: str) -> str:
    """Return the name of the TXT record by which a host agrees to take reports (RFC 9990, RFC 7489 section 7.1)."""
    return f"{domain}{AGREEMENT_LABEL}{host}"


def agreed_domain(name: str) -> str:
    """Return the domain whose reports a host agrees to take by a record of this name; empty if it is no such name."""
    domain, is_agreement, _ = name.partition(AGREEMENT_LABEL)
    return domain if is_agreement else ""


def needs_authorisation(host: str, domain: str) -> bool:
    """
    Tell whether a host that takes reports is to agree by a record of its own.

    It has to if it belongs to another organisation. Whether a host beside or above the domain does hangs on records
    that others may change at any time, so that any host outside the domain agrees: a record too many does no harm.

    Source: RFC 9990, "Verifying External Destinations"; RFC 9989 section 4.10.2
    """
    return not is_within(host, domain)
