"""
How DNS hosts want a record to be entered: what of it goes into which field of their form.

Source: docs/dns-hosts.md, which says what was read where
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, StrEnum

from mailproof.model.dns_record import RecordType
from mailproof.model.names import is_within
from mailproof.model.txt import unquote_txt

APEX = "@"


class NameForm(StrEnum):
    """How a name is entered."""

    WITHIN_ZONE = "without the zone"
    """The host appends the zone."""
    PERHAPS_WITHIN = "without the zone, or in full with a dot at its end where the host does not append the zone"
    WITH_DOT = "in full, with a dot at its end"


@dataclass(frozen=True, slots=True)
class HostForm:
    """
    The form of one host.

    Attributes:
        label: Its name.
        servers: What the names of its servers look like.
        name: How a name is entered.
        dot: What ends a host in a value.
        quotes: Whether a text is entered in quotation marks.
        splits_preference: Whether the preference of an MX has a field of its own.
        alias_note: What to see to with a CNAME.
        mx_note: What to see to with an MX.
    """

    label: str
    servers: str
    name: NameForm = NameForm.WITHIN_ZONE
    dot: str = ""
    quotes: bool = False
    splits_preference: bool = True
    alias_note: str = ""
    mx_note: str = ""


class DnsHost(Enum):
    """The hosts whose forms are known, and what stands for all others."""

    CLOUDFLARE = HostForm("Cloudflare", r"\.ns\.cloudflare\.com$", alias_note="Proxy status: DNS only (proxy off)")
    GODADDY = HostForm("GoDaddy", r"\.domaincontrol\.com$")
    NAMECHEAP = HostForm(
        "Namecheap",
        r"\.registrar-servers\.com$",
        mx_note="Only under Mail Settings, Custom MX, which takes the place of the mail service that is set there",
    )
    GOOGLE_CLOUD = HostForm(
        "Google Cloud DNS",
        r"\.googledomains\.com$",
        dot=".",
        quotes=True,
        splits_preference=False,
        mx_note="At Squarespace, which has the same name servers, the priority has its own field",
    )
    AZURE = HostForm("Azure DNS", r"\.azure-dns\.(?:com|net|org|info)$")
    IONOS = HostForm("IONOS", r"\.ui-dns\.(?:com|net|org|de|biz)$")
    ROUTE53 = HostForm("Route 53", r"\.awsdns-", quotes=True, splits_preference=False)
    OTHER = HostForm(
        "the DNS host",
        r"(?!)",
        NameForm.PERHAPS_WITHIN,
        alias_note="No proxy in front of it, if the host has one",
    )


@dataclass(frozen=True, slots=True)
class Entry:
    """
    One record as it is entered.

    Attributes:
        host: Where.
        name: As that host wants it.
        name_form: In words.
        type: Its type.
        value: As that host wants it.
        preference: Of an MX whose preference has a field of its own; else empty.
        note: What to see to; empty if nothing.
        line: The same as a line of a zone file, complete.
    """

    host: str
    name: str
    name_form: str
    type: str
    value: str
    preference: str
    note: str
    line: str


def host_of(servers: Iterable[str]) -> HostForm:
    """Tell whose servers they are, if all are of one host whose form is known."""
    found = {_owner(server) for server in servers}
    return found.pop().value if len(found) == 1 else DnsHost.OTHER.value


def _owner(server: str) -> DnsHost:
    return next((host for host in DnsHost if re.search(host.value.servers, server)), DnsHost.OTHER)


def enter(host: HostForm, zone: str, name: str, type: str, data: str, line: str) -> Entry:  # noqa: A002, PLR0913, PLR0917 -- a record, each part by its name
    """
    Write a record as a host wants it.

    Args:
        host: The host.
        zone: That holds it; empty if it is not known.
        name: In full, without a dot at its end.
        type: Its type.
        data: As in a zone file: hosts with their dot, texts in quotation marks.
        line: The whole as a line of a zone file.
    """
    value, preference = data, ""
    if type == RecordType.MX and host.splits_preference:
        preference, _, value = data.partition(" ")
    if type == RecordType.TXT:
        value = data if host.quotes else unquote_txt(data)
    elif not host.dot:
        value = value.removesuffix(".")
    is_within_zone = bool(zone) and is_within(name, zone)
    shown = (name.removesuffix(zone).removesuffix(".") or APEX) if is_within_zone else f"{name}."
    note = {RecordType.CNAME: host.alias_note, RecordType.MX: host.mx_note}.get(RecordType(type), "")
    form = host.name if is_within_zone else NameForm.WITH_DOT
    return Entry(host.label, shown, form, type, value, preference, note, line)
