"""
A raw message as SES takes it and makes it over.

Source: Amazon SES developer guide, header-fields and quotas. Inferred: 8-bit content is encoded anew.
"""

import email.utils
import quopri
import re
from dataclasses import dataclass

from mailproof.localaws import clock
from mailproof.localaws.errors import ServiceError

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
class Message:
    """Headers, by lower-case name and as they stand, and the body; line ends are CRLF."""

    headers: tuple[Header, ...]
    body: bytes

    def has(self, name: str) -> bool:
        """Tell whether a header is there."""
        return any(each == name for each, _ in self.headers)

    def addresses(self, *names: str) -> list[str]:
        """Return the addresses in headers of those names."""
        texts = [field.partition(b":")[2].decode("utf-8", "replace") for name, field in self.headers if name in names]
        return [address for _, address in email.utils.getaddresses([" ".join(text.split()) for text in texts])]

    def as_bytes(self) -> bytes:
        """Return it in one piece."""
        return b"\r\n".join(field for _, field in self.headers) + b"\r\n\r\n" + self.body


def parse(raw: bytes) -> Message:
    """
    Take a message apart.

    Raises:
        ServiceError: A header that may occur once occurs twice, there is no From, or a line is too long.
    """
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", raw)
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
            raise ServiceError("BadRequestException", f"Duplicate header '{shown}'.")
    if not any(name == "from" for name, _ in headers):
        raise ServiceError("BadRequestException", "Missing required header 'From'.")
    return Message(tuple(headers), body)


def rewrite(message: Message, message_id: str, region: str, handling: Handling) -> Message:
    """Rewrite a message as SES does."""
    kept, body = [(name, field) for name, field in message.headers if name not in REPLACED], message.body
    if handling.manages_list:
        kept = [(name, field) for name, field in kept if not name.startswith("list-unsubscribe")]
        kept.append(_field("List-Unsubscribe", "<https://unsubscribe.amazonaws.example/1>"))
    if handling.tracks:
        body = _LINK.sub(rb"\1https://r.us-east-1.awstrack.me/L0/https://", body)
    if not body.isascii():
        body = quopri.encodestring(body.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
        kept = [(name, field) for name, field in kept if name != "content-transfer-encoding"]
        kept.append(_field("Content-Transfer-Encoding", "quoted-printable"))
    added = {
        "Date": email.utils.formatdate(clock.now()),
        "Message-ID": f"<{message_id}>",
        "Feedback-ID": f"::1.{region}.localaws:AmazonSES",
        "X-SES-Outgoing": "2026.01.01-192.0.2.25",
    }
    return Message((*kept, *(_field(name, value) for name, value in added.items())), body)


def _field(name: str, value: str) -> Header:
    return name.lower(), f"{name}: {value}".encode()
