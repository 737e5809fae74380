"""
DKIM signatures of a message, verified through DNS.

Source: RFC 6376 sections 3.5, 3.6.1, 6.1; RFC 8301
"""

import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeAlias

from mailproof.explain.explanation import Signature
from mailproof.explain.libraries import load
from mailproof.explain.mail import Mail
from mailproof.live.answer import Unanswered, texts_of
from mailproof.live.dkim_key import is_revoked, key_bits, key_fault
from mailproof.live.resolver import Lookup

SIGNATURES_LIMIT = 20  # of one message; who writes it chooses how many questions they cost
LEAST_BITS = 1024
RSA, OLD, NEW_CURVE = "rsa-sha256", "rsa-sha1", "ed25519-sha256"

BLANKS = re.compile(rb"[\t ]+")
LONGEST_NUMBER = 13  # digits

IsAligned: TypeAlias = Callable[[str], Awaitable[bool]]
"""Tells whether a domain that signs counts for the one in From."""


async def verify_signatures(
    mail: Mail, lookup: Lookup, is_aligned: Callable[[str], Awaitable[bool]]
) -> list[Signature]:
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
    dkim = load("dkim")
    # dkimpy takes time that grows with the square of a run of blanks; a body that is relaxed has none.
    parsed = {False: dkim.DKIM(mail.raw), True: dkim.DKIM(replace(mail, body=_relaxed(mail.body)).raw)}
    values = [value for name, value in parsed[False].headers if name.lower() == b"dkim-signature"]
    return [
        await _Signature(dkim, parsed, index, value, lookup).verify(is_aligned)
        for index, value in enumerate(values[:SIGNATURES_LIMIT])
    ]


def _relaxed(body: bytes) -> bytes:
    """Relax a body (RFC 6376 section 3.4.4); to relax it once more changes nothing."""
    return b"\r\n".join(BLANKS.sub(b" ", line).rstrip(b" ") for line in body.split(b"\r\n"))


class _Signature:
    """One signature, to be verified."""

    def __init__(self, library: Any, parsed: dict[bool, Any], index: int, value: bytes, lookup: Lookup) -> None:
        self._library = library
        self._index = index
        self._lookup = lookup
        try:
            pairs = library.util.parse_tag_value(value).items()
            self._tags = {name.decode("ascii"): re.sub(r"\s+", "", text.decode("ascii")) for name, text in pairs}
        except (library.util.InvalidTagValueList, UnicodeDecodeError):
            self._tags = {}
        self._parsed = parsed[self._tags.get("c", "").lower().endswith("/relaxed")]

    async def verify(self, is_aligned: IsAligned) -> Signature:
        tags = self._tags
        domain, selector = tags.get("d", "").lower().rstrip("."), tags.get("s", "").lower()
        length = tags.get("l", "")
        is_number = length.isascii() and length.isdecimal() and len(length) < LONGEST_NUMBER
        found = Signature(
            domain=domain,
            selector=selector,
            identity=tags.get("i", ""),
            algorithm=tags.get("a", "").lower(),
            headers=[name.lower() for name in tags.get("h", "").split(":") if name],
            body_bytes=int(length) if is_number else None,
            signed_at=_time(tags.get("t", "")),
            expires_at=_time(tags.get("x", "")),
            aligned=bool(domain) and await is_aligned(domain),
            result="permerror",
            reason="it cannot be read, so that no receiver looks at it",
        )
        if not domain or not selector:
            return found
        if found.algorithm == NEW_CURVE:
            return replace(found, result="not judged", reason="signatures by ed25519 are not verified here (RFC 8463)")
        if found.algorithm != RSA:
            old = "by SHA-1, which receivers no longer take (RFC 8301)"
            return replace(found, reason=old if found.algorithm == OLD else "by an unknown algorithm")
        if "from" not in found.headers:
            return replace(found, reason="it does not cover From (RFC 6376 section 5.4)")
        return await self._judge(found)

    async def _judge(self, found: Signature) -> Signature:
        if found.expires_at and datetime.fromisoformat(found.expires_at).timestamp() < time.time():
            return replace(found, result="fail", reason=f"it has expired, on {found.expires_at}")
        answer = await self._lookup.txt(f"{found.selector}._domainkey.{found.domain}")
        if isinstance(answer, Unanswered):
            return replace(found, result="temperror", reason=f"its key could not be asked for: {answer}")
        texts = [text.text for text in texts_of(answer)]
        fault = _fault_of(texts)
        if fault:
            return replace(found, result="permerror", reason=fault)
        checked = self._verify(found, texts[0].encode())
        bits = key_bits(texts[0])
        if bits is not None and bits < LEAST_BITS:
            short = f"its key has {bits} bits; receivers take no less than {LEAST_BITS} (RFC 8301)"
            return replace(checked, result="permerror", reason=short, key_bits=bits)
        return replace(checked, key_bits=bits)

    def _verify(self, found: Signature, key: bytes) -> Signature:
        """Say whether body and headers are what was signed."""
        try:
            is_right = self._parsed.verify(self._index, dnsfunc=lambda _name, timeout=0: key)  # noqa: ARG005
        except self._library.DKIMException as err:
            text = str(err)
            if "body hash mismatch" in text:
                reason = "the body is another than was signed"
                return replace(found, result="fail", reason=reason, body_intact=False)
            return replace(found, result="permerror", reason=text)
        except (ValueError, TypeError, IndexError) as err:  # dkimpy passes on what somebody else wrote
            return replace(found, result="permerror", reason=f"it cannot be read: {err}")
        if is_right:
            return replace(found, result="pass", reason="", body_intact=True, headers_intact=True)
        reason = "a header that it covers, or its key, is another than was signed"
        return replace(found, result="fail", reason=reason, body_intact=True, headers_intact=False)


def _time(seconds: str) -> str | None:
    if not seconds.isascii() or not seconds.isdecimal() or len(seconds) >= LONGEST_NUMBER:
        return None
    try:
        return datetime.fromtimestamp(int(seconds), UTC).isoformat()
    except (OverflowError, ValueError, OSError):
        return None


def _fault_of(texts: list[str]) -> str:
    if not texts:
        return "there is no key at its name"
    if is_revoked(texts[0]):
        return "its key is revoked: p= is empty"
    fault = key_fault(texts[0])
    return f"its key record is {fault}" if fault else ""
