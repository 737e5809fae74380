"""Signs a message as RFC 6376 and RFC 8463 say, right or wrong as asked; shares nothing with what verifies."""

import base64
import hashlib
import re
from collections.abc import Sequence
from functools import cache

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

WORD = re.compile(r"[^ \t\r\n]+")
HEADERS = ("from", "to", "subject", "date", "message-id")


@cache
def key(name: str) -> rsa.RSAPrivateKey:
    """Make a key, once per name; but for `long` short ones, which take less time."""
    return rsa.generate_private_key(65537, 2048 if name == "long" else 1024)


@cache
def curve_key(name: str) -> ed25519.Ed25519PrivateKey:
    """Make a key of Ed25519, the same for a name in every run."""
    return ed25519.Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())


def public_key(name: str) -> str:
    """Return `p=` of a key."""
    public = key(name).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(public).decode()


def record(name: str, tags: str = "v=DKIM1; k=rsa") -> str:
    """Return the key record of a key, as a text of a master file."""
    return quoted(f"{tags}; p={public_key(name)}")


def curve_record(name: str, cut: int | None = None) -> str:
    """Return the key record of a key of Ed25519, or of so many bytes of it."""
    public = curve_key(name).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)[:cut]
    return quoted(f"v=DKIM1; k=ed25519; p={base64.b64encode(public).decode()}")


def quoted(text: str) -> str:
    """Write a text as strings of a master file."""
    return " ".join(f'"{text[start : start + 200]}"' for start in range(0, len(text), 200))


def sign(  # noqa: PLR0913 -- the tags of a signature
    message: str,
    *,
    domain: str = "example.com",
    selector: str = "s1",
    by: str = "s1",
    headers: Sequence[str] = HEADERS,
    modes: str = "relaxed/relaxed",
    algorithm: str = "rsa-sha256",
    length: int | None = None,
    tags: str = "",
) -> str:
    """
    Put a signature in front of a message.

    Args:
        message: With LF, headers in lower or upper case.
        domain: `d=`.
        selector: `s=`.
        by: Name of the key.
        headers: `h=`, one name as often as it is covered.
        modes: `c=`; empty leaves it out.
        algorithm: `a=`.
        length: `l=`.
        tags: More of them, each with a semicolon behind it.
    """
    head, _, body = message.partition("\n\n")
    head_mode, _, body_mode = (modes or "simple/simple").lower().partition("/")
    digest = hashlib.sha1 if algorithm.endswith("sha1") else hashlib.sha256
    whole = _body(body, body_mode).encode()
    covered = whole if length is None else whole[:length]
    limit = "" if length is None else f" l={length};"
    ways = f" c={modes};" if modes else ""
    value = (
        f"v=1; a={algorithm};{ways} d={domain}; s={selector};{limit}{f' {tags}' if tags else ''}"
        f" h={':'.join(headers)}; bh={base64.b64encode(digest(covered).digest()).decode()}; b="
    )
    fields = re.findall(r"^([^\s:]+):((?:.*)(?:\n[ \t].*)*)", head, re.MULTILINE)
    stack = list(fields)
    signed = []
    for name in headers:
        for position in reversed(range(len(stack))):
            if stack[position][0].lower() == name:
                name_there, value_there, *_ = stack.pop(position)
                signed.append(_header(name_there, value_there, head_mode))
                break
    data = "".join(signed) + _header("DKIM-Signature", f" {value}", head_mode).removesuffix("\r\n")
    return f"DKIM-Signature: {value}{base64.b64encode(_made(data.encode(), by, algorithm)).decode()}\n{message}"


def _made(data: bytes, by: str, algorithm: str) -> bytes:
    if algorithm == "ed25519-sha256":
        return curve_key(by).sign(hashlib.sha256(data).digest())
    chosen = hashes.SHA1() if algorithm.endswith("sha1") else hashes.SHA256()  # noqa: S303 -- what is refused
    return key(by).sign(data, padding.PKCS1v15(), chosen)


def _header(name: str, value: str, mode: str) -> str:
    crlf = value.replace("\n", "\r\n")
    if mode == "simple":
        return f"{name}:{crlf}\r\n"
    return f"{name.lower()}:{' '.join(WORD.findall(crlf))}\r\n"


def _body(body: str, mode: str) -> str:
    lines = body.split("\n")
    if mode == "relaxed":
        lines = [re.sub(r"[ \t]+", " ", line).rstrip(" ") for line in lines]
    while lines and not lines[-1]:
        lines.pop()
    text = "".join(f"{line}\r\n" for line in lines)
    return text or ("" if mode == "relaxed" else "\r\n")
