"""
A raw message on its way through the emulated SES: what is refused, what is rewritten, and who signs it.

Source: Amazon SES developer guide, header-fields and send-email-authentication-dkim-manual. No page says, and it is
inferred: a message that is signed already is refused if the identity signs as well, and 8-bit content is encoded anew.
"""

import email.utils
import quopri
import re
from dataclasses import dataclass
from typing import Any

from mailproof.localaws import clock
from mailproof.localaws.errors import ServiceError
from mailproof.localaws.ses.identities import get_identity
from mailproof.localaws.ses.keys import KEY_LENGTHS, own_key_pem, private_key_pem
from mailproof.localaws.ses.model import Identity
from mailproof.localaws.ses.status import refresh

SES_SELECTOR = "localaws"
"""Selector of the key of amazonses.com, with which every message is signed a second time."""
SES_KEY_BITS = 2048
SES_DOMAIN = "amazonses.com"
LINE_LIMIT_BYTES = 998  # RFC 5322 section 2.1.1
# header-fields: each may occur once.
ONCE = frozenset(
    {
        "cc",
        "content-description",
        "content-disposition",
        "content-id",
        "content-transfer-encoding",
        "content-type",
        "date",
        "dkim-signature",
        "from",
        "list-unsubscribe",
        "list-unsubscribe-post",
        "message-id",
        "mime-version",
        "reply-to",
        "return-path",
        "sender",
        "subject",
        "to",
    }
)
REPLACED = frozenset({"date", "message-id", "return-path", "bcc"})
SIGNED = ("from", "to", "cc", "subject", "date", "message-id", "reply-to", "mime-version", "content-type")
_LINK = re.compile(rb'(href=")https?://')

Header = tuple[str, bytes]


@dataclass(frozen=True)
class Handling:
    """
    What a configuration set and the call ask for.

    Attributes:
        tracks: Links are rewritten, so that clicks are counted.
        manages_list: SES writes List-Unsubscribe itself.
    """

    tracks: bool = False
    manages_list: bool = False


@dataclass(frozen=True)
class Signer:
    """A domain and selector that sign, and their private key as PEM."""

    domain: str
    selector: str
    private_key: str


def signer_of(identity: Identity) -> Signer | None:
    """
    Return who signs mail of an identity; None while its records are looked for, and if signing is off.

    Between Easy DKIM and an own key nobody does: SES signs with neither until it has found the new records.
    """
    dkim = identity["Dkim"]
    if not dkim["SigningEnabled"] or identity["DkimSearch"]["Status"] not in {"SUCCESS", "TEMPORARY_FAILURE"}:
        return None
    domain, easy = identity["EmailIdentity"], identity["EasyDkim"]
    if dkim["Origin"] == "EXTERNAL":
        return Signer(domain, dkim["Selector"], own_key_pem(dkim["PrivateKey"]))
    if easy is None:
        return None
    return Signer(domain, easy["Tokens"][0], private_key_pem(KEY_LENGTHS[dkim["CurrentKeyLength"]]))


def deliver(message: bytes, handling: Handling | None = None) -> bytes:
    """
    Send a raw message from the caller's account and region; return it as a receiver gets it.

    Raises:
        ServiceError: SES refuses it.
    """
    headers, body = parse(message)
    domain = _sender(headers)
    identity = get_identity(domain)
    refresh(identity)
    if not identity["VerifiedForSendingStatus"]:
        raise ServiceError("MessageRejected", f"Email address is not verified: {domain}")
    signer = signer_of(identity)
    if signer and _has(headers, "dkim-signature"):
        raise ServiceError("MessageRejected", "Duplicate header 'DKIM-Signature'")
    headers, body = rewrite(headers, body, handling or Handling())
    delivered = _join(headers, body)
    for each in (signer, Signer(SES_DOMAIN, SES_SELECTOR, private_key_pem(SES_KEY_BITS))):
        delivered = _sign(delivered, each) + delivered if each else delivered
    return delivered


def parse(message: bytes) -> tuple[list[Header], bytes]:
    """
    Take a message apart; line ends become CRLF.

    Raises:
        ServiceError: A header that may occur once occurs twice, or a line is too long.
    """
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", message)
    if any(len(line) > LINE_LIMIT_BYTES for line in lines.split(b"\r\n")):
        raise ServiceError("MessageRejected", f"a line is longer than {LINE_LIMIT_BYTES} bytes")
    head, _, body = lines.partition(b"\r\n\r\n")
    headers = [
        (field.partition(b":")[0].decode("ascii", "replace").strip().lower(), field)
        for field in re.split(rb"\r\n(?![ \t])", head)
    ]
    for name in ONCE:
        if sum(each == name for each, _ in headers) > 1:
            shown = "-".join(word.capitalize() for word in name.split("-")).replace("Dkim", "DKIM").replace("Id", "ID")
            raise ServiceError("InvalidParameterValue", f"Duplicate header '{shown}'")
    return headers, body


def rewrite(headers: list[Header], body: bytes, handling: Handling) -> tuple[list[Header], bytes]:
    """Rewrite a message as SES does."""
    kept = [(name, field) for name, field in headers if name not in REPLACED]
    if handling.manages_list:
        kept = [(name, field) for name, field in kept if not name.startswith("list-unsubscribe")]
        kept.append(_field("List-Unsubscribe", "<https://unsubscribe.amazonaws.example/1>"))
    if handling.tracks:
        body = _LINK.sub(rb"\1https://r.us-east-1.awstrack.me/L0/https://", body)
    if not body.isascii():
        body = quopri.encodestring(body.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
        kept = [(name, field) for name, field in kept if name != "content-transfer-encoding"]
        kept.append(_field("Content-Transfer-Encoding", "quoted-printable"))
    stamp = clock.now()
    added = {
        "Date": email.utils.formatdate(stamp),
        "Message-ID": f"<{int(stamp * 1000):016x}-0-000000@email.{SES_DOMAIN}>",
        "Feedback-ID": "::1.us-east-1.localaws:AmazonSES",
        "X-SES-Outgoing": "2026.01.01-192.0.2.25",
    }
    return [*kept, *(_field(name, value) for name, value in added.items())], body


def _field(name: str, value: str) -> Header:
    return name.lower(), f"{name}: {value}".encode()


def _has(headers: list[Header], name: str) -> bool:
    return any(each == name for each, _ in headers)


def _sender(headers: list[Header]) -> str:
    text = next((field.partition(b":")[2].decode("utf-8", "replace") for name, field in headers if name == "from"), "")
    _, address = email.utils.parseaddr(" ".join(text.split()))
    return address.rpartition("@")[2].lower()


def _join(headers: list[Header], body: bytes) -> bytes:
    return b"\r\n".join(field for _, field in headers) + b"\r\n\r\n" + body


def _sign(message: bytes, signer: Signer) -> bytes:
    """Return the header line of a signature, to be put in front."""
    import dkim  # type: ignore[import-untyped]  # noqa: PLC0415 -- has no annotations; only mail needs it

    options: dict[str, Any] = {
        "canonicalize": (b"relaxed", b"simple"),
        "include_headers": [name.encode() for name in SIGNED],
    }
    names = (signer.selector.encode(), signer.domain.encode(), signer.private_key.encode())
    return bytes(dkim.sign(message, *names, **options))
