"""The text of a DKIM key record: what is wrong with it, and what it was meant to be."""

import base64
import re

from mailproof.live.answer import Txt
from mailproof.live.txt_repair import QUOTES

_BASE64 = re.compile(r"[A-Za-z0-9+/\s]{40,}={0,2}")
_ARMOUR = re.compile(r"-+(?:BEGIN|END) PUBLIC KEY-+")
_TAGS = re.compile(r"(?:^|[;,\s]+)(v|k|t|s|h|n|p)\s*[=:]\s*")


def key_fault(text: str) -> str:
    """
    Say why a key record cannot be used; empty if it can.

    Source: RFC 6376 section 3.6.1
    """
    pairs, tags = _read(text)
    if len(tags) < len(pairs) or "p" not in tags:
        return "unreadable"
    if "v" in tags and (tags["v"] != "DKIM1" or pairs[0][0] != "v"):
        return "another version"
    key = "".join(tags["p"].split())
    if not key:
        return "revoked, p= is empty"
    return "" if _is_key(key) else "p= is not a key"


def public_key_of(text: str) -> str:
    """Return the key in a key record, without the blanks that its ``p=`` may have; empty if there is none."""
    return "".join(_read(text)[1].get("p", "").split())


def is_revoked(text: str) -> bool:
    """Tell whether a key record says that its key counts no more."""
    return _read(text)[1].get("p") == ""


def _read(text: str) -> tuple[list[tuple[str, ...]], dict[str, str]]:
    """Take a key record apart into what stands between its semicolons, and its tags."""
    pairs = [tuple(map(str.strip, part.split("=", 1))) for part in text.split(";") if part.strip()]
    return pairs, {pair[0]: pair[1] for pair in pairs if len(pair) > 1}


def repaired_key(txt: Txt) -> str | None:
    """Guess the key record that a text was meant to be: quotation marks, separators or tags were lost or wrong."""
    bare = _ARMOUR.sub("", QUOTES.sub("", txt.text).replace("\\;", ";")).strip()
    if _BASE64.fullmatch(bare):
        guess = f"v=DKIM1; k=rsa; p={''.join(bare.split())}"
    else:
        parts = _TAGS.sub(lambda match: f"; {match[1]}=", bare).lstrip("; ").split("; ")
        guess = "; ".join(sorted(parts, key=lambda part: not part.startswith("v=")))  # which comes first
    return guess if guess != txt.text and not key_fault(guess) else None


def key_bits(text: str) -> int | None:
    """Return the length of the RSA key in a key record; None if it holds none."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey  # noqa: PLC0415 -- as below

    key = _load(public_key_of(text))
    return key.key_size if isinstance(key, RSAPublicKey) else None


def _is_key(text: str) -> bool:
    """Tell whether a text holds one whole public key; one that was cut short does not."""
    return _load(text) is not None


def _load(text: str) -> object:
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 -- few domains bring a key of their own
    from cryptography.hazmat.primitives.serialization import load_der_public_key  # noqa: PLC0415 -- as above

    try:
        return load_der_public_key(base64.b64decode(text, validate=True))
    except (ValueError, UnsupportedAlgorithm):
        return None
