"""
Find the headers that changed after a message was signed.

A message often holds what a header was before: a copy in the signature itself, a header that a list keeps it in, the
subject behind a tag. Each is tried, and only one with which the signature verifies is named: that is a proof.

Source: RFC 6376 sections 3.5 (`z=`), 2.11 (dkim-quoted-printable)
"""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from mailproof.explain.mail import RawHeader
from mailproof.explain.signed_parts import FROM, Made, SignedHeaders

TRIES_LIMIT = 128  # of one signature: each hashes all headers that it covers
COVERED_LIMIT = 40  # headers that are looked into
FORMERS_LIMIT = 6  # texts that one of them may have had
FOLD = re.compile(rb"\r\n(?=[ \t])")
FOLD_OR_BLANKS = re.compile(rb"\r\n[ \t]+|[ \t]+")
TAG = re.compile(
    rb"[ \t]*(?:\[[^\]\r\n]{1,80}\]|\*{2,5} ?[A-Z]{3,12} ?\*{2,5}|(?:EXTERNAL|CAUTION|SPAM)[ \t]*:)[ \t]*",
    re.IGNORECASE,
)
REPLY = re.compile(rb"[ \t]*(?:re|aw|fwd?|sv)[ \t]*:", re.IGNORECASE)
HEX = re.compile(rb"=([0-9A-F]{2})")
KEEPERS = (b"x-original-%s", b"original-%s", b"x-google-original-%s", b"x-%s-original", b"old-%s", b"x-old-%s")
OTHER_KEEPERS = {b"from": (b"reply-to", b"x-original-sender"), b"to": (b"x-original-to", b"delivered-to")}

Formers: TypeAlias = Mapping[int, Sequence[RawHeader | None]]
"""Place among the headers to what it may have been; None: it was not there."""


class Difference(NamedTuple):
    """
    What is proved to be another than was signed.

    Attributes:
        changed: Headers with another text, or folded anew, in lower case.
        added: Headers that were not there.
    """

    changed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()


def find_difference(
    signed: SignedHeaders, made: Made, headers: Sequence[RawHeader], copies: Mapping[bytes, Sequence[bytes]]
) -> Difference:
    """
    Find the headers that were changed, added or folded anew.

    Args:
        signed: What the signature covers.
        made: What it comes to.
        headers: As they are now, from the topmost on.
        copies: Header, in lower case, to its values in `z=`.

    Returns:
        Nothing where the message does not prove it.
    """
    covered = {*signed.names, FROM}
    places = [place for place, (name, _) in enumerate(headers) if name.lower() in covered][:COVERED_LIMIT]
    formers = {place: [*dict.fromkeys(_formers(headers, place, copies))] for place in places}
    for tried in itertools.islice(_tries(formers, headers, copies), TRIES_LIMIT):
        there = (tried.get(place, header) for place, header in enumerate(headers))
        if made.fits(signed.digest(header for header in there if header is not None)):
            names = [(headers[place][0].lower().decode("ascii"), tried[place]) for place in sorted(tried)]
            return Difference(
                tuple(dict.fromkeys(name for name, former in names if former is not None)),
                tuple(dict.fromkeys(name for name, former in names if former is None)),
            )
    return Difference()


def copies_in(tag: str) -> dict[bytes, list[bytes]]:
    """Read `z=`: header, in lower case, to its values when it was signed."""
    found: dict[bytes, list[bytes]] = {}
    for part in tag.encode().split(b"|"):
        name, colon, value = part.partition(b":")
        if colon:
            text = HEX.sub(lambda match: bytes.fromhex(match[1].decode("ascii")), value)
            found.setdefault(name.lower(), []).append(text)
    return found


def _tries(
    formers: Formers, headers: Sequence[RawHeader], copies: Mapping[bytes, Sequence[bytes]]
) -> Iterator[dict[int, RawHeader | None]]:
    """Yield what to put back: all that `z=` has, then one header, then two."""
    kept = {
        place: (name, _value(copies[name.lower()][0]))
        for place in formers
        if (name := headers[place][0]) and len(copies.get(name.lower(), ())) == 1
    }
    if differs := {place: header for place, header in kept.items() if _words(header) != _words(headers[place])}:
        yield dict(differs)
    for place, found in formers.items():
        yield from ({place: former} for former in found)
    for (first, one), (second, other) in itertools.combinations(formers.items(), 2):
        yield from ({first: left, second: right} for left, right in itertools.product(one, other))


def _formers(
    headers: Sequence[RawHeader], place: int, copies: Mapping[bytes, Sequence[bytes]]
) -> Iterator[RawHeader | None]:
    """Yield what a header may have been, the likeliest first."""
    name, value = headers[place]
    known = name.lower()
    keepers = {*(keeper % known for keeper in KEEPERS), *OTHER_KEEPERS.get(known, ())}
    kept = [text for keeper, text in headers if keeper.lower() in keepers]
    texts = [*map(_value, copies.get(known, ())), *kept]
    if known == b"subject":
        texts += itertools.islice(_without_tags(value), FORMERS_LIMIT)
    texts = [*texts[:FORMERS_LIMIT], FOLD.sub(b"", value), FOLD_OR_BLANKS.sub(b" ", value)]
    yield from ((name, text) for text in texts if text != value)
    yield None


def _without_tags(subject: bytes) -> Iterator[bytes]:
    """Yield a subject without what lists and gateways put in front of it."""
    reply = REPLY.match(subject)
    start = reply.end() if reply else 0
    before = subject[:start]
    while tag := TAG.match(subject, start):
        start = tag.end()
        yield before + b" " + subject[start:]


def _value(text: bytes) -> bytes:
    return text if text.endswith(b"\r\n") else text + b"\r\n"


def _words(header: RawHeader) -> list[bytes]:
    return header[1].split()
