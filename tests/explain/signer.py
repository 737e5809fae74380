"""Signs a message as RFC 6376 says, right or wrong as asked; shares nothing with what verifies."""

import base64
import hashlib
import re
from collections.abc import Sequence
from functools import cache

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

HEADERS = ("from", "to", "subject", "date", "message-id")


@cache
def key(name: str) -> rsa.RSAPrivateKey:
    """Make a key, once per name; but for `long` short ones, which take less time."""
    return rsa.generate_private_key(65537, 2048 if name == "long" else 1024)


def record(name: str, tags: str = "v=DKIM1; k=rsa") -> str:
    """Return the key record of a key, as a text of a master file."""
    public = key(name).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    text = f"{tags}; p={base64.b64encode(public).decode()}"
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
        modes: `c=`.
        algorithm: `a=`.
        length: `l=`.
        tags: More of them, each with a semicolon behind it.
    """
    head, _, body = message.partition("\n\n")
    head_mode, body_mode = modes.split("/")
    digest = hashlib.sha1 if algorithm.endswith("sha1") else hashlib.sha256
    whole = _body(body, body_mode).encode()
    covered = whole if length is None else whole[:length]
    limit = "" if length is None else f" l={length};"
    value = (
        f"v=1; a={algorithm}; c={modes}; d={domain}; s={selector};{limit}{f' {tags}' if tags else ''}"
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
    chosen = hashes.SHA1() if algorithm.endswith("sha1") else hashes.SHA256()  # noqa: S303 -- what is refused
    signature = base64.b64encode(key(by).sign(data.encode(), padding.PKCS1v15(), chosen)).decode()
    return f"DKIM-Signature: {value}{signature}\n{message}"


def _header(name: str, value: str, mode: str) -> str:
    crlf = value.replace("\n", "\r\n")
    if mode == "simple":
        return f"{name}:{crlf}\r\n"
    return f"{name.lower()}:{' '.join(crlf.split())}\r\n"


def _body(body: str, mode: str) -> str:
    lines = body.split("\n")
    if mode == "relaxed":
        lines = [re.sub(r"[ \t]+", " ", line).rstrip(" ") for line in lines]
    while lines and not lines[-1]:
        lines.pop()
    text = "".join(f"{line}\r\n" for line in lines)
    return text or ("\r\n" if mode == "simple" else "")
