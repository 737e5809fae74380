"""
DKIM signatures of a message, verified through DNS.

Source: RFC 6376 sections 3.5, 3.6.1, 6.1; RFC 8301; RFC 8463
"""

import base64
import binascii
import re
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from mailproof.explain.explanation import Problem, Signature
from mailproof.explain.libraries import load
from mailproof.explain.mail import Mail, RawHeader, domain_of
from mailproof.explain.restored import copies_in, find_difference
from mailproof.explain.signed_parts import Made, SignedHeaders, body_digest, relaxed, with_one_end
from mailproof.live.answer import Unanswered, texts_of
from mailproof.live.dkim_key import ED25519, RSA, is_revoked, key_fault, key_tag, listed, signing_key
from mailproof.live.resolver import Lookup
from mailproof.model.names import dkim_name, is_within

SIGNATURES_LIMIT = 20  # of one message; who writes it chooses how many questions they cost
LEAST_BITS = 1024
ED25519_BITS = 256
KEY_TYPES = {"rsa-sha256": RSA, "ed25519-sha256": ED25519}
OLD = "rsa-sha1"
EARLY_S = 36_000  # a clock may be so far ahead

BLANKS = re.compile(r"[ \t\r\n]+")
REQUIRED = ("v", "a", "b", "bh", "d", "h", "s")
LONGEST_NUMBER = 13  # digits

IsAligned: TypeAlias = Callable[[str], Awaitable[bool]]
"""Tells whether a domain that signs counts for the one in From."""


class Fault(NamedTuple):
    """
    Why a signature does not pass.

    Attributes:
        problem: As a value.
        words: In words.
    """

    problem: Problem
    words: str


async def verify_signatures(mail: Mail, lookup: Lookup, is_aligned: IsAligned) -> list[Signature]:
    """
    Verify the signatures of a message.

    Args:
        mail: The message.
        lookup: Answers for DNS.
        is_aligned: Tells whether a domain that signs counts for the one in From.

    Returns:
        One per DKIM-Signature, in their order; no more than `SIGNATURES_LIMIT`.

    Raises:
        MissingLibraryError: See `load`.
    """
    dkim, message = load("dkim"), _Message(mail)
    own = [header for header in mail.raw_headers if header[0].lower() == b"dkim-signature"]
    return [await _Signature(dkim, message, header).verify(lookup, is_aligned) for header in own[:SIGNATURES_LIMIT]]


class _Message:
    """What all signatures of a message share."""

    def __init__(self, mail: Mail) -> None:
        self.headers = mail.raw_headers
        self._mail = mail

    @cached_property
    def bodies(self) -> list[bytes]:
        return [with_one_end(body) for body in self._mail.bodies]

    @cached_property
    def relaxed_bodies(self) -> list[bytes]:
        return [relaxed(body) for body in self.bodies]


class _Signature:
    """One signature, to be verified."""

    def __init__(self, library: Any, message: _Message, own: RawHeader) -> None:
        self._message = message
        self._own = own
        try:
            pairs = library.util.parse_tag_value(own[1]).items()
            self._tags = {name.decode("ascii"): BLANKS.sub("", text.decode()) for name, text in pairs}
        except (library.util.InvalidTagValueList, UnicodeDecodeError):
            self._tags = {}
        canonicalization = library.canonicalization
        try:
            self._policy = canonicalization.CanonicalizationPolicy.from_c_value(
                self._tag("c", "simple").lower().encode()
            )
        except canonicalization.InvalidCanonicalizationPolicyError:
            self._policy = None

    def _tag(self, name: str, default: str = "") -> str:
        return self._tags.get(name, default)

    async def verify(self, lookup: Lookup, is_aligned: IsAligned) -> Signature:
        """Verify it: what it says of itself, then its key, then what it covers."""
        domain = domain_of(self._tag("d"))  # in letters of any language, too: RFC 8616 section 3
        found = Signature(
            domain=domain,
            selector=domain_of(self._tag("s")),
            identity=self._tag("i"),
            algorithm=self._tag("a").lower(),
            headers=[name.lower() for name in self._tag("h").split(":") if name],
            body_bytes=_number(self._tag("l")),
            signed_at=_time(self._tag("t")),
            expires_at=_time(self._tag("x")),
            aligned=bool(domain) and await is_aligned(domain),
            result="permerror",
        )
        if fault := next(self._faults(found), None):
            return _with(found, fault)
        if found.expires_at and datetime.fromisoformat(found.expires_at).timestamp() < time.time():
            expired = replace(found, result="fail")
            return _with(expired, Fault(Problem.EXPIRED, f"it has expired, on {found.expires_at}"))
        answer = await lookup.txt(dkim_name(found.selector, found.domain))
        if isinstance(answer, Unanswered):
            words = f"its key could not be asked for: {answer}"
            return _with(replace(found, result="temperror"), Fault(Problem.NOT_ASKED, words))
        return self._judge(found, [text.text for text in texts_of(answer)])

    def _faults(self, found: Signature) -> Iterator[Fault]:
        """Yield why no receiver takes it, whatever its key is."""
        if not self._tags:
            yield Fault(Problem.UNREADABLE, "it cannot be read, so no receiver looks at it")
        yield from (Fault(Problem.UNREADABLE, f"it cannot be read: {words}") for words in self._unreadable(found))
        if found.algorithm == OLD:
            yield Fault(Problem.ALGORITHM, "by SHA-1, which receivers no longer take (RFC 8301)")
        elif found.algorithm not in KEY_TYPES:
            yield Fault(Problem.ALGORITHM, "by an unknown algorithm")
        if "from" not in found.headers:
            yield Fault(Problem.FROM_NOT_SIGNED, "it does not cover From (RFC 6376 section 5.4)")
        if found.identity and not is_within(domain_of(found.identity), found.domain):
            yield Fault(Problem.IDENTITY, f"it is for {found.identity}, which is not within {found.domain}")

    def _unreadable(self, found: Signature) -> Iterator[str]:
        if missing := [f"{name}=" for name in REQUIRED if not self._tag(name)]:
            yield f"it lacks {', '.join(missing)}"
        elif self._tag("v") != "1":
            yield "v= is not 1"
        if self._policy is None:
            yield "c= names no known way to make it canonical"
        if "l" in self._tags and found.body_bytes is None:
            yield "l= is not a number"
        if "dns/txt" not in self._tag("q", "dns/txt").lower().split(":"):
            yield "q= asks for its key elsewhere than in DNS"
        if _decoded(self._tag("b")) is None or _decoded(self._tag("bh")) is None:
            yield "b= or bh= is not base64"
        signed, expires = (_number(self._tag(name)) for name in ("t", "x"))
        if ("t" in self._tags and signed is None) or ("x" in self._tags and expires is None):
            yield "t= or x= is not a number"
        if signed is not None and signed > time.time() + EARLY_S:
            yield "t= is in the future"
        if signed is not None and expires is not None and expires < signed:
            yield "x= is before t="

    def _judge(self, found: Signature, records: list[str]) -> Signature:
        """Judge it by what is at the name of its key."""
        if fault := next(self._faults_of(found, records), None):
            return _with(found, fault)
        key = signing_key(records[0])
        assert key is not None  # noqa: S101 -- the record has no fault
        bits = key.key_size if isinstance(key, RSAPublicKey) else ED25519_BITS
        checked = replace(self._covered(found, Made(key, _decoded(self._tag("b")) or b"")), key_bits=bits)
        if isinstance(key, RSAPublicKey) and bits < LEAST_BITS:
            words = f"its key has {bits} bits; receivers take no less than {LEAST_BITS} (RFC 8301)"
            return _with(replace(checked, result="permerror"), Fault(Problem.KEY_WRONG, words))
        return checked

    def _faults_of(self, found: Signature, records: list[str]) -> Iterator[Fault]:
        """Yield why the key cannot be used for it."""
        if not records:
            yield Fault(Problem.KEY_MISSING, "there is no key at its name")
            return
        if len(records) > 1:
            words = f"there are {len(records)} key records, and which one a receiver uses is undefined"
            yield Fault(Problem.KEY_WRONG, f"{words} (RFC 6376 section 3.6.2.2)")
        text = records[0]
        if is_revoked(text):
            yield Fault(Problem.KEY_REVOKED, "its key is revoked: p= is empty")
        if fault := key_fault(text):
            yield Fault(Problem.KEY_WRONG, f"its key record is {fault}")
        if (kind := key_tag(text, "k", RSA)) != KEY_TYPES[found.algorithm]:
            yield Fault(Problem.KEY_WRONG, f"its key is for {kind}, and it is by {found.algorithm}")
        is_exact = not found.identity or domain_of(found.identity) == found.domain
        if "s" in listed(key_tag(text, "t", "")) and not is_exact:
            words = f"it is for {found.identity}, and its key speaks for {found.domain} alone: t=s"
            yield Fault(Problem.IDENTITY, words)

    def _covered(self, found: Signature, made: Made) -> Signature:
        """Say whether body and headers are what was signed."""
        is_relaxed = self._policy.body_algorithm.name == b"relaxed"
        bodies = self._message.relaxed_bodies if is_relaxed else self._message.bodies
        digests = [body_digest(self._policy, body, found.body_bytes) for body in bodies]
        names = [name.encode() for name in found.headers]
        signed = SignedHeaders(self._policy, names, self._own)
        body_intact = _decoded(self._tag("bh")) in digests
        headers_intact = made.fits(signed.digest(self._message.headers))
        known = replace(found, body_intact=body_intact, headers_intact=headers_intact)
        if body_intact and headers_intact:
            return replace(known, result="pass")
        known = replace(known, result="fail")
        if not headers_intact:
            known = self._with_headers(known, signed, made)
        if body_intact:
            return known
        words = "the body is not the one that was signed" if any(digests) else "it covers more than the body has: l="
        more = f"; {known.reason}" if known.changed or known.added else ""
        return _with(known, Fault(Problem.BODY, f"{words}{more}"))

    def _with_headers(self, found: Signature, signed: SignedHeaders, made: Made) -> Signature:
        """Say why the headers are not what was signed."""
        if made.is_of_key is False:
            words = "its key in DNS is not the one it was made with, or the signature itself was damaged"
            return _with(found, Fault(Problem.KEY_DIFFERS, words))
        changed, added = find_difference(signed, made, self._message.headers, copies_in(self._tag("z")))
        if changed or added:
            words = "; ".join(
                [
                    *(f"{name} changed after signing: with its original text it verifies" for name in changed),
                    *(f"{name} was added: without it, it verifies" for name in added),
                ]
            )
        elif made.is_of_key:
            words = "a header that it covers changed after signing"
        else:
            words = "a header that it covers changed after signing, or its key is not the one it was made with"
        return _with(replace(found, changed=changed, added=added), Fault(Problem.HEADERS, words))


def _with(found: Signature, fault: Fault) -> Signature:
    return replace(found, problem=fault.problem, reason=fault.words)


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < LONGEST_NUMBER else None


def _time(seconds: str) -> str | None:
    number = _number(seconds)
    if number is None:
        return None
    try:
        return datetime.fromtimestamp(number, UTC).isoformat()
    except (OverflowError, ValueError, OSError):
        return None
