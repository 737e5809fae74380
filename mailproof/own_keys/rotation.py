"""
Exchange of one own key for another: which step comes next, and what has to be proved before it.

The state is in the key file, and each step proves anew what it stands on:

    begin    a new key is made; its record is published beside the old one
    switch   the new record is live at every server of the zone: one more region signs with the new key
    unused   every region signs with the new key: the old one is out of use, and its record stays
    revoke   that was a week ago: mail on its way has arrived, and the old record says that its key counts no more
    remove   the revoked record is live: the old key leaves the file
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from mailproof.model.own_key import OwnKey

KEPT = timedelta(days=7)
"""
How long an old record stays: mail waits 14 hours at SES and days at receivers, and some verify late.

Source: RFC 5321 section 4.5.4.1 (senders try for 4 to 5 days)
"""


class Move(StrEnum):
    """Kinds of steps in a key exchange."""

    BEGIN = "begin"
    SWITCH = "switch"
    UNUSED = "unused"
    REVOKE = "revoke"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Step:
    """
    The next step.

    Attributes:
        move: What it is.
        key: With which regions sign after it.
        words: What it does.
        keys: Of the domain after it, the newest first; of a step that makes a key, without that.
        published: Keys whose records have to be live as they are in the file.
        signing: Regions that have to sign with `key`.
        until: When it may be taken; None at once.
    """

    move: Move
    key: OwnKey
    words: str
    keys: tuple[OwnKey, ...]
    published: tuple[OwnKey, ...] = ()
    signing: tuple[str, ...] = ()
    until: datetime | None = None


def next_step(keys: Sequence[OwnKey], regions: Sequence[str], now: datetime, *, at_once: bool = False) -> Step:
    """
    Find the next step.

    Args:
        keys: Of the domain, the newest first; at least one signs.
        regions: Of the domain, in the order in which they change over.
        now: The time.
        at_once: Whether all regions change over in one step: nothing shows with which key a sender signs by himself.
    """
    newest = next(index for index, key in enumerate(keys) if key.regions)
    signing = keys[newest]
    left = [region for region in regions if region not in signing.regions]
    if newest:
        return _switch(keys, keys[newest - 1], regions if at_once else regions[:1], ())
    if left:
        return _switch(keys, signing, left[:1], tuple(region for region in regions if region in signing.regions))
    old = [key for key in keys if key is not signing]
    proved = () if at_once else tuple(regions)
    if live := next((key for key in old if not key.is_revoked and key.unused_since is None), None):
        words = f"{live.selector} is out of use; its record stays for {KEPT.days} days"
        done = _exchanged(keys, live, replace(live, regions=(), unused_since=now))
        return Step(Move.UNUSED, signing, words, done, (signing,), proved)
    if waiting := next((key for key in old if not key.is_revoked), None):
        words = f"{waiting.selector} is revoked: its record says that the key counts no more (p= empty)"
        done = _exchanged(keys, waiting, replace(waiting, is_revoked=True))
        until = waiting.unused_since + KEPT if waiting.unused_since else None
        return Step(Move.REVOKE, signing, words, done, (signing,), proved, until)
    if old:
        words = f"{old[-1].selector} leaves the file"
        return Step(Move.REMOVE, signing, words, _exchanged(keys, old[-1]), (old[-1],))
    return Step(Move.BEGIN, signing, "a new key is made, and its record published", tuple(keys))


def _switch(keys: Sequence[OwnKey], key: OwnKey, regions: Sequence[str], proved: tuple[str, ...]) -> Step:
    """Let a key sign in more regions, which the others lose; those before them have to sign with it."""
    taken = frozenset(regions)
    after = tuple(
        replace(each, regions=(*each.regions, *regions))
        if each is key
        else replace(each, regions=tuple(region for region in each.regions if region not in taken))
        for each in keys
    )
    words = f"{', '.join(regions)} signs with {key.selector}"
    return Step(Move.SWITCH, key, words, after, published=(key,), signing=proved)


def _exchanged(keys: Sequence[OwnKey], old: OwnKey, *new: OwnKey) -> tuple[OwnKey, ...]:
    return tuple(each for key in keys for each in (new if key is old else (key,)))
