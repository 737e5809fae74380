"""
Signatures of SES: that of an identity, and that of amazonses.com on every message.

Source: Amazon SES developer guide, send-email-authentication-dkim and -manual. No page says, and it is inferred: a
message that is signed already is refused if the identity signs as well.
"""

from dataclasses import dataclass
from typing import Any

from mailproof.localaws.regions import SES_HOST_ZONE
from mailproof.localaws.ses.keys import KEY_LENGTHS, SES_KEY_BITS, SES_SELECTOR, own_key_pem, private_key_pem
from mailproof.localaws.ses.model import Identity

SIGNED = (
    *("from", "to", "cc", "subject", "date", "message-id", "reply-to", "mime-version", "content-type"),
    *("list-unsubscribe", "list-unsubscribe-post", "feedback-id"),
)


@dataclass(frozen=True)
class Signer:
    """A domain and selector that sign, and their private key as PEM."""

    domain: str
    selector: str
    private_key: str


def ses_signer() -> Signer:
    """Return amazonses.com, which signs every message."""
    return Signer(SES_HOST_ZONE, SES_SELECTOR, private_key_pem(SES_KEY_BITS, SES_HOST_ZONE))


def signer_of(identity: Identity) -> Signer | None:
    """
    Return who signs mail of a domain; None while its records are looked for, and if signing is off.

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
    token = easy["Tokens"][0]
    return Signer(domain, token, private_key_pem(KEY_LENGTHS[dkim["CurrentKeyLength"]], token))


def sign(message: bytes, signer: Signer) -> bytes:
    """Return the message with a signature in front."""
    import dkim  # type: ignore[import-untyped]  # noqa: PLC0415 -- has no annotations; only mail needs it

    options: dict[str, Any] = {
        "canonicalize": (b"relaxed", b"simple"),
        "include_headers": [name.encode() for name in SIGNED],
    }
    names = (signer.selector.encode(), signer.domain.encode(), signer.private_key.encode())
    return bytes(dkim.sign(message, *names, **options)) + message
