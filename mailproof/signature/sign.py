"""Sign a raw message; refuse one whose signature SES would break."""

import re
from collections import Counter
from collections.abc import Iterator
from email.message import EmailMessage

from mailproof.model.errors import InvalidValue, MailproofError, NoValue
from mailproof.model.mail_addresses import addresses_in
from mailproof.model.names import host_name, is_within
from mailproof.signature.key import SigningKey
from mailproof.signature.normal_form import normalise
from mailproof.signature.sending import Sending

SIGNED = (
    "from",
    "reply-to",
    "sender",
    "to",
    "cc",
    "subject",
    "in-reply-to",
    "references",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "list-id",
    "list-unsubscribe",
    "list-unsubscribe-post",
)
"""
Headers that are signed where a message has them.

Date, Message-ID and Return-Path are not: SES replaces them. A message without those of RFC 8058 cannot get them later:
they are signed where they are.
"""
OVERSIGNED = ("from", "to", "subject")
"""Signed once more than they occur, so that nobody can add a second one: readers show either."""
ONCE = frozenset(
    {*SIGNED, "date", "message-id", "return-path", "dkim-signature"} - {"references", "in-reply-to", "list-id"}
)
CONFIGURATION_SET = "x-ses-configuration-set"
LIST_MANAGEMENT = "x-ses-list-management-options"
PLACEHOLDER = b"{{amazonSESUnsubscribeUrl}}"
UNFOLD = re.compile(rb"\r\n[ \t]+")
STRIP = "take the foreign signature out: SES takes one `DKIM-Signature`, and forwarding has broken it anyway"


class MissingLibraryError(MailproofError):
    """The library that signs is not installed."""


def sign(message: bytes | EmailMessage, key: SigningKey, sending: Sending) -> bytes:
    """
    Sign a message so that it verifies after SES has sent it.

    The message is brought into 7-bit with CRLF first. Give the bytes that are returned to SES as they are
    (`SendEmail` with `Content.Raw.Data`): any change, a line end too many even, breaks the signature.

    Args:
        message: A whole message, not signed yet.
        key: Key of the domain of its From address, or of a domain above it.
        sending: How SES sends it: `fetch_sending` asks.

    Returns:
        The message with its signature in front.

    Raises:
        InvalidValue: The signature would break, would not count, or SES would refuse the message; says what to do.
        MissingLibraryError: dkimpy is not installed.

    Example::

        sending = fetch_sending(boto3.client("sesv2"), "example.com")
        raw = sign(message, key, sending)
        boto3.client("sesv2").send_email(Content={"Raw": {"Data": raw}})

    Source: https://docs.aws.amazon.com/ses/latest/dg/send-email-authentication-dkim-manual.html; RFC 6376
    """
    _check_sending(sending)
    raw = normalise(message)
    headers = _read_headers(raw)
    _check_headers(headers, key, sending)
    if PLACEHOLDER in raw:
        raise InvalidValue("has a placeholder that SES replaces", PLACEHOLDER.decode(), "write the address itself")
    try:
        import dkim  # type: ignore[import-untyped]  # noqa: PLC0415 -- an extra, and it has no annotations
    except ImportError as err:
        raise MissingLibraryError("dkimpy is not installed; run: pip install 'mailproof[sign]'") from err
    names = Counter(name for name, _ in headers)
    wanted = [name for name in SIGNED for _ in range(names[name] + (name in OVERSIGNED and name in names))]
    line = dkim.sign(
        raw,
        key.selector.encode(),
        key.domain.encode(),
        key.pem(),
        canonicalize=(b"relaxed", b"relaxed"),
        include_headers=[name.encode() for name in wanted],
    )
    return bytes(line) + raw


def _check_sending(sending: Sending) -> None:
    if sending.signs:
        todo = "write `dkim: {sign: self}` for the domain and deploy it, which switches that off"
        raise InvalidValue("is sent by an identity that signs itself", NoValue, todo)
    if sending.rewrites:
        where = f"with configuration set {sending.configuration_set!r}" if sending.configuration_set else "with"
        todo = "send signed messages without it: SES changes them after the signature"
        raise InvalidValue(f"is sent {where}, which rewrites it", ", ".join(sending.rewrites), todo)


def _read_headers(raw: bytes) -> list[tuple[str, str]]:
    head = UNFOLD.sub(b" ", raw.partition(b"\r\n\r\n")[0])
    return list(_split(head))


def _split(head: bytes) -> Iterator[tuple[str, str]]:
    for line in head.decode("ascii").split("\r\n"):
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise InvalidValue("has a line among its headers that is not a header", line, "correct it")
        yield name.lower(), value.strip()


def _check_headers(headers: list[tuple[str, str]], key: SigningKey, sending: Sending) -> None:
    counts = Counter(name for name, _ in headers)
    if counts["dkim-signature"]:
        raise InvalidValue("is signed already", NoValue, STRIP)
    for name in sorted(ONCE):
        if counts[name] > 1:
            raise InvalidValue(f"has the header {name!r} {counts[name]} times, which SES refuses", NoValue, "keep one")
    values = dict(reversed(headers))
    named = values.get(CONFIGURATION_SET, sending.configuration_set)
    if named != sending.configuration_set:
        todo = "give `fetch_sending` its name"
        raise InvalidValue(f"names another configuration set than {sending.configuration_set!r}", named, todo)
    if counts[LIST_MANAGEMENT]:
        raise InvalidValue("asks for list management, which rewrites it", values[LIST_MANAGEMENT], "leave it out")
    _check_from(values.get("from", ""), key)


def _check_from(value: str, key: SigningKey) -> None:
    addresses = addresses_in(value)
    if len(addresses) != 1:
        raise InvalidValue("has not one address in From", value or NoValue, "DMARC asks for exactly one")
    host = host_name(addresses[0].rpartition("@")[2])
    if not is_within(host, key.domain):
        todo = "the signature would not align: sign with a key of that domain"
        raise InvalidValue(f"is not from {key.domain!r} or below", addresses[0], todo)
