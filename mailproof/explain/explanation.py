"""What is said of a message: the parts of an explanation, which are its JSON. No text in them is unsafe to show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Literal, cast

from mailproof.check.json_model import JSON_MODEL, make_visible
from mailproof.exit_codes import UNANSWERED, WRONG

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Result = Literal["pass", "fail", "softfail", "neutral", "none", "permerror", "temperror", "not judged"]
"""As in RFC 8601 section 2.7; `not judged` where the message does not tell enough."""

OPEN: frozenset[Result] = frozenset({"temperror", "not judged"})
"""Results that leave open whether a message passes."""


class Problem(StrEnum):
    """Why a signature does not pass."""

    UNREADABLE = "unreadable"
    """Its tags are not what RFC 6376 section 3.5 asks for."""
    ALGORITHM = "algorithm"
    """It is by an algorithm that receivers do not take."""
    FROM_NOT_SIGNED = "from not signed"
    """It does not cover From."""
    IDENTITY = "identity"
    """It is made for somebody for whom its domain, or its key, does not speak."""
    EXPIRED = "expired"
    """It counted until a time that has passed."""
    NOT_ASKED = "not asked"
    """DNS did not answer for its key."""
    KEY_MISSING = "key missing"
    """There is no key at its name."""
    KEY_REVOKED = "key revoked"
    """The key at its name is empty."""
    KEY_WRONG = "key wrong"
    """What is at its name is not a key, or not one for this signature."""
    KEY_DIFFERS = "key differs"
    """The key at its name is not the one it was made with, or the signature itself was damaged."""
    BODY = "body"
    """The body is not what was signed."""
    HEADERS = "headers"
    """The headers that it covers are not what was signed; the key is, as far as its algorithm can tell."""


class _Safe:
    """Makes every text of a part safe to show, since others wrote it."""

    def __post_init__(self) -> None:
        make_visible(cast("DataclassInstance", self))


@dataclass(frozen=True, kw_only=True)
class Receiver(_Safe):
    """What a receiver has noted on arrival, in Authentication-Results."""

    __pydantic_config__: ClassVar = JSON_MODEL
    name: str
    """Its authserv-id; empty if it gives none."""
    trusted: bool
    """Whether it was named as trusted; else it is the topmost header, which anybody may have written."""
    results: Mapping[str, str]
    """Method to result, the best of each: `dmarc` to `pass`."""


@dataclass(frozen=True, kw_only=True)
class Signature(_Safe):
    """One DKIM-Signature."""

    __pydantic_config__: ClassVar = JSON_MODEL
    domain: str
    """That signs: `d=`."""
    selector: str
    """Of its key: `s=`."""
    identity: str = ""
    """Whom it is signed for: `i=`; empty if it does not say."""
    algorithm: str
    """`rsa-sha256` or `ed25519-sha256`: `a=`."""
    key_bits: int | None = None
    """Length of the key in DNS; null if none was found."""
    headers: Sequence[str] = ()
    """That it covers: `h=`, in lower case."""
    body_bytes: int | None = None
    """How much of the body it covers, if not all: `l=`."""
    signed_at: str | None = None
    """When, ISO 8601: `t=`."""
    expires_at: str | None = None
    """When it no longer counts, ISO 8601: `x=`."""
    body_intact: bool | None = None
    """Whether the body is what was signed; null if that could not be computed."""
    headers_intact: bool | None = None
    """Whether the signed headers are, by the key in DNS; null without a key."""
    changed: Sequence[str] = ()
    """Headers with another text than was signed, or folded anew, in lower case. It is proved: with their former text,
    which the message still shows, the signature verifies."""
    added: Sequence[str] = ()
    """Headers that were added since: it is proved, since without them the signature verifies."""
    result: Result
    """Of the verification through DNS, now."""
    problem: Problem | None = None
    """Why it does not pass; null if it does."""
    reason: str = ""
    """The same in words; empty if it passes."""
    aligned: bool = False
    """Whether it counts for the domain in From, if it passes."""
    signer: str = ""
    """Who made it, as far as that is known: SES and its region, or another."""


@dataclass(frozen=True, kw_only=True)
class Spf(_Safe):
    """SPF of the envelope's sender."""

    __pydantic_config__: ClassVar = JSON_MODEL
    result: Result
    """For the address that the message came from."""
    reason: str = ""
    """The term that decides, or why nothing was judged."""
    domain: str = ""
    """Of the envelope's sender, as the receiver noted it; for an empty sender, that of HELO."""
    address: str = ""
    """That the message came from."""
    aligned: bool = False
    """Whether it counts for the domain in From, if it passes."""


@dataclass(frozen=True, kw_only=True)
class Dmarc(_Safe):
    """DMARC of the domain in From, by tree walk."""

    __pydantic_config__: ClassVar = JSON_MODEL
    result: Result
    """`none` without a policy; `not judged` where what could not be judged decides."""
    domain: str = ""
    """In From."""
    by: Sequence[str] = ()
    """What passes and aligns: `dkim`, `spf`."""
    record_name: str = ""
    """Where the policy in force is; empty if there is none."""
    record: str = ""
    """It."""
    policy: str = ""
    """What it asks for mail of this domain that fails: `none`, `quarantine`, `reject`."""
    tested: bool = False
    """Whether receivers act one step milder: `t=y`."""
    enforced: str = ""
    """What receivers that follow it do with this message: `none`, `quarantine`, `reject`; empty if not known."""
    reason: str = ""
    """Why it is not judged, or there is no policy."""


@dataclass(frozen=True, kw_only=True)
class Origin(_Safe):
    """Where the message comes from."""

    __pydantic_config__: ClassVar = JSON_MODEL
    ses: Literal["proved", "claimed", "no"]
    """Whether SES has sent it: `proved` by its own signature; `claimed` by traces that anybody can write."""
    region: str = ""
    """AWS region that sent it, as its traces say; empty if they do not."""
    mail_from: Literal["of the file", "SES", "other", ""] = ""
    """Whose the envelope's sender is: a MAIL FROM name of the files, a name of SES's; empty if it is not known."""
    feedback_id: str = ""
    """Header Feedback-ID."""
    environment: str = ""
    """Environment whose file has the domain; empty if none has."""
    domain: str = ""
    """The domain of the file that the message belongs to."""
    place: str = ""
    """Its place in the file."""


@dataclass(frozen=True, kw_only=True)
class Cause(_Safe):
    """Something that is wrong, weakens the message, or cannot be known."""

    __pydantic_config__: ClassVar = JSON_MODEL
    id: str
    """Stable for ever."""
    decides: bool
    """Whether it bears on what receivers decide of this message; else it is good to know."""
    what: str
    """In words."""
    fix: str
    """What to do."""
    rule: str = ""
    """Rule of `mailproof check` or `probe` that finds the same; empty if there is none."""
    source: str
    """RFC section or AWS page that says so."""


@dataclass(frozen=True, kw_only=True)
class HeaderVerdict(_Safe):
    """Something that people ask of headers."""

    __pydantic_config__: ClassVar = JSON_MODEL
    name: str
    """What was looked at."""
    result: Literal["right", "wrong", "absent", "note"]
    """Its verdict; `absent` and `note` are no fault by themselves."""
    text: str
    """In words."""


@dataclass(frozen=True, kw_only=True)
class Explanation(_Safe):
    """What is known of one message."""

    __pydantic_config__: ClassVar = JSON_MODEL
    place: str = ""
    """Where the message was found."""
    author: str
    """Addresses in From."""
    subject: str
    """Header Subject."""
    date: str
    """Header Date, as it is."""
    message_id: str
    """Header Message-ID, as it is."""
    receiver: Receiver | None
    """Who judged it on arrival; null if nobody did, or not the one that is trusted."""
    signatures: Sequence[Signature]
    """Our own verdicts, in the order of the headers."""
    spf: Spf
    """Our own verdict."""
    dmarc: Dmarc
    """Our own verdict."""
    origin: Origin
    """Where it comes from."""
    causes: Sequence[Cause]
    """What is wrong, the decisive first."""
    headers: Sequence[HeaderVerdict]
    """What people ask of headers."""

    @property
    def exit_code(self) -> int:
        """0 if it passes DMARC, 3 if that is not known, else 1."""
        return 0 if self.dmarc.result == "pass" else UNANSWERED if self.dmarc.result in OPEN else WRONG
