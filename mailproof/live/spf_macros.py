"""Fill the macros of an SPF domain-spec with what is known, of a message or without one (RFC 7208 section 7)."""

import ipaddress
import re
import urllib.parse
from dataclasses import dataclass

from mailproof.live.spf_text import IPV4, IPV6, AddressRange
from mailproof.model.names import NAME_LIMIT_BYTES, host_name

_MACRO = re.compile(
    r"%(?:(?P<sign>[%_-])|\{(?P<letter>[a-z])(?P<keep>[0-9]*)(?P<reversed>r?)(?P<signs>[.+,/_=-]*)\})", re.IGNORECASE
)
_SIGNS = {"%": "%", "_": " ", "-": "%20"}
_UNRESERVED = "-._~"
_LONGEST_NUMBER = 4  # digits; no name has so many labels
UNKNOWN_NAME = "unknown"  # of a client, where none is proved: section 7.3


class DependsOnMessage(Exception):  # noqa: N818 -- an outcome of evaluation
    """A macro that only a message fills: its sender (``s``, ``l``), its HELO (``h``), its client's name (``p``)."""


@dataclass(frozen=True, slots=True)
class SpfMessage:
    """
    What a message tells that SPF may ask about.

    Attributes:
        sender: Address in MAIL FROM; for an empty one, ``postmaster`` at the name in HELO (section 2.4).
        helo: Name in HELO; empty if it is not known.
    """

    sender: str
    helo: str = ""


class DependsOnAddress(Exception):  # noqa: N818 -- an outcome of evaluation
    """A macro that names the client's address, where no particular address is meant."""


@dataclass(frozen=True, slots=True)
class MacroValues:
    """
    What macros stand for.

    Attributes:
        domain: ``d``, the domain whose record is evaluated.
        sender_domain: ``o``, the domain of the MAIL FROM address.
        addresses: ``i`` and ``v``: the first of them; None if no particular address is meant.
        message: ``s``, ``l`` and ``h``; None if no particular message is meant.
        client_name: ``p``; empty if it is not known.
    """

    domain: str
    sender_domain: str
    addresses: AddressRange | None
    message: SpfMessage | None = None
    client_name: str = ""

    def value(self, letter: str) -> str:
        """
        Return what a macro letter stands for.

        Raises:
            DependsOnMessage: Only a message tells.
            DependsOnAddress: Only an address tells.
        """
        if letter in "slhp":
            return self._value_of_message(letter)
        if letter in "do":
            return self.domain if letter == "d" else self.sender_domain
        if letter == "v":
            return "ip6" if self.addresses and self.addresses.version == IPV6 else "in-addr"
        if self.addresses is None:
            raise DependsOnAddress
        if self.addresses.version == IPV4:
            return str(ipaddress.IPv4Address(self.addresses.first))
        return ".".join(f"{self.addresses.first:032x}")

    def _value_of_message(self, letter: str) -> str:
        sender = self.message.sender if self.message else ""
        local = sender.rpartition("@")[0] or "postmaster"  # section 4.3
        helo = self.message.helo if self.message else ""
        known = {"s": sender and f"{local}@{sender.rpartition('@')[2]}", "l": sender and local, "h": helo}
        if value := {**known, "p": self.client_name}[letter]:
            return value
        raise DependsOnMessage


def expand(spec: str, values: MacroValues) -> str:
    """
    Fill the macros of a domain-spec; an empty one stands for the domain itself.

    Returns:
        A name without a trailing dot; labels are cut from its left until it is short enough (section 7.3).

    Raises:
        DependsOnMessage: Only a message fills a macro.
        DependsOnAddress: Only an address fills a macro.
    """
    if not spec:
        return values.domain
    if "%" not in spec:
        return host_name(spec)
    name = host_name(_MACRO.sub(lambda match: _fill(match, values), spec))
    while len(name) > NAME_LIMIT_BYTES and "." in name:
        name = name.partition(".")[2]
    return name


def _fill(match: re.Match[str], values: MacroValues) -> str:
    if match["sign"]:
        return _SIGNS[match["sign"]]
    letter, keep = match["letter"], match["keep"].lstrip("0")[:_LONGEST_NUMBER]
    parts = re.split(f"[{re.escape(match['signs'] or '.')}]", values.value(letter.lower()))
    if match["reversed"]:
        parts.reverse()
    text = ".".join(parts[-int(keep) :] if keep else parts)
    return urllib.parse.quote(text, safe=_UNRESERVED) if letter.isupper() else text
