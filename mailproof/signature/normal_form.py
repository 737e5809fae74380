"""The form in which a message passes SES unchanged: 7-bit, CRLF, no line too long."""

import email
import email.encoders
import email.policy
import re
from email.generator import BytesGenerator
from email.message import EmailMessage, Message
from io import BytesIO

from mailproof.model.errors import InvalidValue, NoValue

LINE_LIMIT_BYTES = 998  # RFC 5322 section 2.1.1
LINE_END = re.compile(rb"\r\n|\r|\n")
# Headers stay as they are: one that is folded anew has another signature.
AS_IT_IS = email.policy.compat32.clone(linesep="\r\n", max_line_length=None)
EIGHT_BIT = ("8bit", "binary")


def normalise(message: bytes | EmailMessage) -> bytes:
    """
    Bring a message into the form in which it passes SES unchanged. What is in it already stays byte for byte.

    Args:
        message: The message; content that is not 7-bit is encoded as quoted-printable or base64.

    Raises:
        InvalidValue: It cannot be brought into it without changing what it says.
    """
    raw = _flatten(message) if isinstance(message, EmailMessage) else bytes(message)
    raw = LINE_END.sub(b"\r\n", raw)
    head, blank, _ = raw.partition(b"\r\n\r\n")
    if not blank:
        raise InvalidValue("has no empty line after its headers", NoValue, "give a whole message")
    if not head.isascii():
        raise InvalidValue("has a header that is not ASCII", _first_odd(head), "encode it as RFC 2047 says")
    if not raw.isascii() or _has_long_line(raw):
        raw = _encoded(raw)
    if _has_long_line(raw) or not raw.isascii():
        raise InvalidValue(f"has a line of over {LINE_LIMIT_BYTES} bytes in its headers", NoValue, "fold it")
    return raw if raw.endswith(b"\r\n") else raw + b"\r\n"


def _flatten(message: EmailMessage) -> bytes:
    return message.as_bytes(policy=message.policy.clone(linesep="\r\n", cte_type="7bit"))


def _has_long_line(raw: bytes) -> bool:
    return any(len(line) > LINE_LIMIT_BYTES for line in raw.split(b"\r\n"))


def _first_odd(head: bytes) -> str:
    return next(line for line in head.split(b"\r\n") if not line.isascii()).decode(errors="replace")


def _encoded(raw: bytes) -> bytes:
    """Encode what is not 7-bit, part by part."""
    parsed = email.message_from_bytes(raw, policy=AS_IT_IS)
    if any(part.get_content_type() in {"multipart/signed", "multipart/encrypted"} for part in parsed.walk()):
        raise InvalidValue("is signed or encrypted (S/MIME, PGP), and not 7-bit", NoValue, "encode it before that")
    for part in parsed.walk():
        if part.is_multipart():
            if str(part.get("Content-Transfer-Encoding", "")).lower() in EIGHT_BIT:
                del part["Content-Transfer-Encoding"]
        else:
            _encode(part)
    written = BytesIO()
    BytesGenerator(written, mangle_from_=False, policy=AS_IT_IS).flatten(parsed)
    return LINE_END.sub(b"\r\n", written.getvalue())


def _encode(part: Message) -> None:
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    shown = str(part.get_payload())
    if shown.isascii() and not _has_long_line(LINE_END.sub(b"\r\n", shown.encode(errors="replace"))):
        return
    del part["Content-Transfer-Encoding"]
    part.set_payload(content)
    if part.get_content_maintype() == "text":
        email.encoders.encode_quopri(part)
    else:
        email.encoders.encode_base64(part)
    if "MIME-Version" not in part and part.get("Content-Type") is None:
        part["Content-Type"] = 'text/plain; charset="utf-8"'
