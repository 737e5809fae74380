"""Parse a message: its headers as they are. Anybody may have written any of them."""

import email.errors
import email.header
import ipaddress
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from mailproof.model.errors import MailproofError
from mailproof.model.mail_addresses import addresses_in

HEADERS_LIMIT_BYTES = 1_000_000
HEADERS_LIMIT = 2_000
RECEIVED_LIMIT = 100
VALUE_LIMIT = 20_000  # characters of a header that are looked into
FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:")
LINE_END = re.compile(rb"\r?\n")
WORD = re.compile(r"\b(from|by)\s+([^\s;()]+)", re.IGNORECASE)
BY = re.compile(r"\sby\s", re.IGNORECASE)
ADDRESS = re.compile(
    r"[\[(\s](?:IPv6:)?((?:[0-9]{1,3}\.){3}[0-9]{1,3}|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]+)(?=[\])\s])", re.IGNORECASE
)
QUOTED = (re.compile(rb"^>(From )", re.MULTILINE), re.compile(rb"^>(>*From )", re.MULTILINE))  # mboxo, mboxrd
COMMENT = re.compile(r"\([^()]*\)")

IpAddress: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
RawHeader: TypeAlias = tuple[bytes, bytes]
"""Name, and value with its folds and line end."""


class NoMessageError(MailproofError):
    """Some bytes are no message; says what is wrong."""


@dataclass(frozen=True, slots=True)
class Hop:
    """
    One Received header.

    Attributes:
        position: Among the headers.
        sender: Host that handed the message over, as it called itself; empty if the header names none.
        receiver: Host that took it; empty likewise.
        address: IP address of the sender, the last that the receiver noted; None if it noted none.
    """

    position: int
    sender: str
    receiver: str
    address: IpAddress | None


@dataclass(frozen=True)
class Mail:
    """
    A message.

    Attributes:
        raw_headers: As they are, from the topmost on.
        body: With CRLF.
        is_quoted: Whether it lies in a mailbox (mbox), which writes ``>From `` for a line that begins with ``From ``.
    """

    raw_headers: tuple[RawHeader, ...]
    body: bytes
    is_quoted: bool = False

    @cached_property
    def headers(self) -> list[tuple[str, str]]:
        """Name in lower case, and unfolded value."""
        return [(name.decode("ascii").lower(), _unfolded(value)) for name, value in self.raw_headers]

    def all(self, name: str) -> list[str]:
        """Return the values of a header, the topmost first."""
        return [value for known, value in self.headers if known == name]

    def first(self, name: str) -> str:
        """Return the topmost value of a header; empty if there is none."""
        return next(iter(self.all(name)), "")

    @cached_property
    def authors(self) -> list[str]:
        """Return the addresses in From."""
        return addresses_in(*self.all("from"))

    @cached_property
    def author_domain(self) -> str:
        """Return the one domain in From in lower case; empty if there is not exactly one."""
        domains = {domain_of(address) for address in self.authors}
        return domains.pop() if len(domains) == 1 and len(self.all("from")) == 1 else ""

    @cached_property
    def envelope_sender(self) -> str | None:
        """Return the address in the topmost Return-Path, empty for a bounce; None if no receiver has noted one."""
        values = self.all("return-path")
        return next(iter(addresses_in(values[0])), "") if values else None

    @property
    def envelope_domain(self) -> str:
        """Return the domain of that sender in lower case; empty if there is none."""
        return domain_of(self.envelope_sender or "")

    @cached_property
    def bodies(self) -> list[bytes]:
        """Return what the body was before it came into a mailbox: which lines are quoted depends on who wrote it."""
        read = [quoted.sub(rb"\1", self.body) for quoted in QUOTED] if self.is_quoted else []
        return list(dict.fromkeys([self.body, *read]))

    @cached_property
    def hops(self) -> list[Hop]:
        """Return its way, the last hop first."""
        found = [(position, value) for position, (name, value) in enumerate(self.headers) if name == "received"]
        return [read_hop(*each) for each in found[:RECEIVED_LIMIT]]

    @property
    def subject(self) -> str:
        """Return the subject as people read it."""
        return decoded(self.first("subject"))


def read_mail(raw: bytes, *, is_quoted: bool = False) -> Mail:
    """
    Read a message.

    Args:
        raw: With any line ends; what is not ASCII in its headers is taken for UTF-8.
        is_quoted: Whether it lies in a mailbox.

    Raises:
        NoMessageError: It has no header, or more than any receiver takes.
    """
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    if raw.startswith(b"From "):
        raw = raw.partition(b"\n")[2]
    end = re.search(rb"(?:\A|\n)\r?\n", raw)
    head, body = (raw[: end.start() + 1], raw[end.end() :]) if end else (raw, b"")
    if len(head) > HEADERS_LIMIT_BYTES:
        raise NoMessageError(f"has over {HEADERS_LIMIT_BYTES:,} bytes of headers, which no receiver takes")
    headers = _read_headers(head)
    if not headers:
        raise NoMessageError("is not a message: it does not begin with a header" if raw.strip() else "is empty")
    if len(headers) > HEADERS_LIMIT:
        raise NoMessageError(f"has over {HEADERS_LIMIT:,} headers, which no receiver takes")
    return Mail(headers, LINE_END.sub(b"\r\n", body), is_quoted)


def _read_headers(head: bytes) -> tuple[RawHeader, ...]:
    found: list[tuple[bytes, list[bytes]]] = []
    for line in LINE_END.split(head.removesuffix(b"\n").removesuffix(b"\r")):
        if line[:1] in {b" ", b"\t"} and found:
            found[-1][1].append(line)
        elif match := FIELD.match(line):
            found.append((match[1], [line[match.end() :]]))
        elif not found:
            break
    return tuple((name, b"".join(line + b"\r\n" for line in lines)) for name, lines in found)


def _unfolded(value: bytes) -> str:
    return LINE_END.sub(b"", value[:VALUE_LIMIT]).strip().decode("utf-8", "replace")


def read_hop(position: int, value: str) -> Hop:
    """
    Read a Received header (RFC 5321 section 4.4).

    Of the addresses before `by` the last counts: what stands before it may be what the sender called itself.
    """
    words = reversed(list(WORD.finditer(_bare(value))))
    clauses = {found[1].lower(): found[2].strip("[]").lower().rstrip(".") for found in words}
    before_by = f"{BY.split(value, maxsplit=1)[0]} " if value[:4].lower() == "from" else ""
    addresses = [address for text in ADDRESS.findall(before_by) if (address := ip_address(text))]
    return Hop(position, clauses.get("from", ""), clauses.get("by", ""), addresses[-1] if addresses else None)


def _bare(value: str) -> str:
    """Take comments out, those within comments too."""
    while (shorter := COMMENT.sub(" ", value)) != value:
        value = shorter
    return value


def ip_address(text: str) -> IpAddress | None:
    """Read an IP address; an IPv4 address that is written as one of IPv6 is one of IPv4."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return (getattr(address, "ipv4_mapped", None) or address) if address else None


def domain_of(address: str) -> str:
    """Return the domain of an address in lower case and ASCII."""
    domain = address.rpartition("@")[2].strip().lower().rstrip(".")
    if domain.isascii():
        return domain
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain


def decoded(value: str) -> str:
    """Decode the words of RFC 2047 in a header, as far as they can be."""
    try:
        return str(email.header.make_header(email.header.decode_header(value)))
    except (email.errors.HeaderParseError, LookupError, UnicodeError, ValueError):
        return value
