"""
What a DKIM signature covers of a message, and whether that is what was signed.

Canonicalization is dkimpy's. Its `verify` is not used: it says why a signature fails in words alone, judges headers
only if the body is right, and takes time that grows with the square of what somebody else has written.

Source: RFC 6376 sections 3.4, 3.7, 5.4.2; RFC 8463 section 3
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256

from mailproof.explain.mail import RawHeader

BLANKS = re.compile(rb"[\t ]+")
OWN_VALUE = re.compile(rb"((?:\A|;)[ \t\r\n]*b[ \t\r\n]*=)[^;]*")
LINE_END = b"\r\n"
FROM = b"from"


def relaxed(body: bytes) -> bytes:
    """Relax a body (section 3.4.4) but for its end, in time that grows with its length; again it changes nothing."""
    return b"\r\n".join(BLANKS.sub(b" ", line).rstrip(b" ") for line in body.split(b"\r\n"))


def with_one_end(body: bytes) -> bytes:
    """Leave one of the line ends at the end of a body, of which no way to make it canonical keeps more."""
    whole = body.rstrip(b"\r\n")
    count = (len(body) - len(whole)) // len(LINE_END)
    return whole + LINE_END if count and body.endswith(LINE_END * count) and len(body) % 2 == len(whole) % 2 else body


def body_digest(policy: Any, body: bytes, length: int | None) -> bytes | None:
    """
    Return the digest of a body.

    Args:
        policy: Of dkimpy, by which it is made canonical; a body for a relaxed one is relaxed already.
        body: With CRLF.
        length: How much of it is covered, bytes; None for all.

    Returns:
        None if more is covered than there is.
    """
    whole: bytes = policy.canonicalize_body(body)
    if length is not None and length > len(whole):
        return None
    return hashlib.sha256(whole if length is None else whole[:length]).digest()


@dataclass(frozen=True, slots=True)
class SignedHeaders:
    """
    The headers that a signature covers.

    Attributes:
        policy: Of dkimpy, by which they are made canonical.
        names: Of them, in lower case, as often as they are covered.
        own: The signature's header.
    """

    policy: Any
    names: Sequence[bytes]
    own: RawHeader

    def digest(self, headers: Iterable[RawHeader]) -> bytes:
        """
        Return the digest of them and of the signature itself, without what it comes to.

        A header that is covered twice is taken twice, from the lowest on. From is covered once more than it says, so
        that none can be added.
        """
        there: dict[bytes, list[RawHeader]] = defaultdict(list)
        for header in headers:
            there[header[0].lower()].append(header)
        names = [*self.names, FROM]
        taken = [there[name].pop() for name in names if there.get(name)]
        name, value = self.own
        [(own_name, own_value)] = self.policy.canonicalize_headers([(name, OWN_VALUE.sub(rb"\1", value, count=1))])
        hashed = hashlib.sha256()
        for each in self.policy.canonicalize_headers(taken):
            hashed.update(b":".join(each))
        hashed.update(own_name + b":" + own_value.rstrip(b"\r\n"))
        return hashed.digest()


@dataclass(frozen=True, slots=True)
class Made:
    """
    What a signature comes to, and the key in DNS.

    Attributes:
        key: The key.
        value: `b=`.
    """

    key: RSAPublicKey | Ed25519PublicKey
    value: bytes

    def fits(self, digest: bytes) -> bool:
        """Tell whether a digest is what was signed."""
        try:
            if isinstance(self.key, RSAPublicKey):
                self.key.verify(self.value, digest, PKCS1v15(), Prehashed(SHA256()))
            else:
                self.key.verify(self.value, digest)
        except InvalidSignature:
            return False
        return True

    @property
    def is_of_key(self) -> bool | None:
        """
        Tell whether it was made with the key, whatever it covers; None where the algorithm does not tell.

        RSA gives back what was signed, in a form that no other key makes by chance (RFC 8017 section 9.2).
        """
        if not isinstance(self.key, RSAPublicKey):
            return None
        try:
            self.key.recover_data_from_signature(self.value, PKCS1v15(), SHA256())
        except InvalidSignature:
            return False
        return True
