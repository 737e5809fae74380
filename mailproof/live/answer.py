"""Three outcomes of a query: answered, absent, or failed."""

from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

from mailproof.model.safe_text import visible

Fact = TypeVar("Fact")
TIMEOUT = "timeout"


@dataclass(frozen=True, slots=True)
class Unanswered:
    """
    A question without an answer: neither right nor wrong is known. Its texts are safe to show.

    Attributes:
        reason: What came instead: ``SERVFAIL``, ``timeout``, ``AccessDeniedException``.
        detail: What the other side added: the resolver's extended error, AWS's message; empty if nothing.
        is_bogus: Whether DNS answers with validation switched off: a validating resolver refuses the answer.
    """

    reason: str
    detail: str = ""
    is_bogus: bool = False

    def __post_init__(self) -> None:
        """Make both texts safe to show, since others wrote them."""
        object.__setattr__(self, "reason", visible(self.reason))
        object.__setattr__(self, "detail", visible(self.detail))

    def __str__(self) -> str:
        """Show reason and detail in one line."""
        return f"{self.reason} ({self.detail})" if self.detail else self.reason


@dataclass(frozen=True, slots=True)
class NotFound:
    """AWS says that what was asked for does not exist."""


@dataclass(frozen=True, slots=True)
class NoIdentity:
    """A domain that is to have no identity of ours: SES is not asked, the file alone tells the records."""


AwsAnswer: TypeAlias = Fact | NotFound | Unanswered
"""A fact read from AWS, its absence, or why it could not be read."""


def unless_absent(answer: AwsAnswer[Fact]) -> Fact | Unanswered:
    """Return what AWS answers of something that is known to exist: its absence is no answer then."""
    return Unanswered("NotFoundException") if isinstance(answer, NotFound) else answer


@dataclass(frozen=True, slots=True)
class Mx:
    """
    One mail exchanger.

    Attributes:
        preference: Lower comes first.
        host: Lower-case, without a trailing dot; empty for the null MX (RFC 7505).
    """

    preference: int
    host: str


def escaped(data: bytes) -> str:
    r"""Write a string of a text record; bytes outside ASCII become ``\xNN``."""
    return data.decode("ascii", "backslashreplace")


@dataclass(frozen=True, slots=True)
class Txt:
    r"""
    One text record.

    Attributes:
        strings: As they stand in the record, `escaped`.
    """

    strings: tuple[str, ...]

    @property
    def text(self) -> str:
        """What a receiver reads: the strings with nothing between them (RFC 7208 section 3.3)."""
        return "".join(self.strings)


Record_co = TypeVar("Record_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Answer(Generic[Record_co]):
    """
    DNS has records of the type asked for.

    Attributes:
        records: At least one; names and addresses as text.
        ttl_s: For how long the answer may be kept, seconds.
        alias: Where the name points, if it is a CNAME and that was not what was asked for.
    """

    records: tuple[Record_co, ...]
    ttl_s: int = 0
    alias: str | None = None


@dataclass(frozen=True, slots=True)
class Absent:
    """
    DNS says that there is no record of the type asked for.

    Attributes:
        name_exists: Whether the name has other records, or names below it (NOERROR), or nothing at all (NXDOMAIN).
        ttl_s: For how long that may be kept, seconds; 0 if the answer did not say.
        alias: Where the name points, if it is a CNAME.

    Source: RFC 2308
    """

    name_exists: bool = False
    ttl_s: int = 0
    alias: str | None = None


NameAnswer: TypeAlias = Answer[str] | Absent | Unanswered
MxAnswer: TypeAlias = Answer[Mx] | Absent | Unanswered
TxtAnswer: TypeAlias = Answer[Txt] | Absent | Unanswered
DnsAnswer: TypeAlias = Answer[str] | Answer[Mx] | Answer[Txt] | Absent | Unanswered


def texts_of(answer: TxtAnswer | None) -> tuple[Txt, ...]:
    """Return the text records of an answer; none if there is no answer."""
    return answer.records if isinstance(answer, Answer) else ()


def is_timeout(answer: object) -> bool:
    """Tell whether a question took all of its time and got no answer."""
    return isinstance(answer, Unanswered) and answer.reason == TIMEOUT
