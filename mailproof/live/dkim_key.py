"""The text of a DKIM key record: what is wrong with it, and what it was meant to be."""

import base64
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from mailproof.live.answer import Txt
from mailproof.live.txt_repair import QUOTES

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

RSA, ED25519 = "rsa", "ed25519"
SHA256 = "sha256"

_BASE64 = re.compile(r"[A-Za-z0-9+/\s]{40,}={0,2}")
_ARMOUR = re.compile(r"-+(?:BEGIN|END) PUBLIC KEY-+")
_TAGS = re.compile(r"(?:^|[;,\s]+)(v|k|t|s|h|n|p)\s*[=:]\s*")


def key_fault(text: str) -> str:
    """
    Say why receivers of mail cannot use a key record; empty if they can.

    Source: RFC 6376 section 3.6.1; RFC 8301 section 3.1
    """
    pairs, tags = _read(text)
    if len(tags) < len(pairs) or "p" not in tags:
        return "unreadable"
    if "v" in tags and (tags["v"] != "DKIM1" or pairs[0][0] != "v"):
        return "another version"
    if (algorithm := tags.get("k", RSA)) not in {RSA, ED25519}:
        return f"for another algorithm, k={algorithm}"
    if not tags["p"]:
        return "revoked, p= is empty"
    return _fault_of_use(tags) or ("" if signing_key(text) else "p= is not a key")


def _fault_of_use(tags: Mapping[str, str]) -> str:
    if SHA256 not in listed(tags.get("h", SHA256)):
        return f"for other hashes, h={tags['h']}"
    return "" if listed(tags.get("s", "*")) & {"*", "email"} else f"not for mail, s={tags['s']}"


def public_key_of(text: str) -> str:
    """Return the key in a key record, without the blanks that its ``p=`` may have; empty if there is none."""
    return "".join(_read(text)[1].get("p", "").split())


def is_revoked(text: str) -> bool:
    """Tell whether a key record says that its key counts no more."""
    return _read(text)[1].get("p") == ""


def key_tag(text: str, tag: str, default: str) -> str:
    """Return a tag of a key record: `k`, `t`; what it stands for if the record has none."""
    return _read(text)[1].get(tag, default)


def listed(tag: str) -> set[str]:
    """Return what stands between the colons of a tag, in lower case."""
    return {part.strip().lower() for part in tag.split(":")}


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


def signing_key(text: str) -> "RSAPublicKey | Ed25519PublicKey | None":
    """
    Return the public key in a key record; None if it holds none, or one that was cut short.

    Source: RFC 6376 section 3.6.1; RFC 8463 section 4
    """
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 -- few domains bring a key of their own
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415 -- as above
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey  # noqa: PLC0415 -- as above
    from cryptography.hazmat.primitives.serialization import load_der_public_key  # noqa: PLC0415 -- as above

    try:
        data = base64.b64decode(public_key_of(text), validate=True)
        if key_tag(text, "k", RSA) == ED25519:
            return Ed25519PublicKey.from_public_bytes(data)
        key = load_der_public_key(data)
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, RSAPublicKey) else None
