"""What a large receiver of mail asks of senders, and whether mail of a domain meets it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Self

from mailproof.check.json_model import JSON_MODEL

READ_ON = "2026-11-28"


class Receiver(StrEnum):
    """
    A receiver of mail, and the page on which it says what it asks for.

    Attributes:
        page: Without its scheme.
    """

    page: str

    GMAIL = "Gmail", "support.google.com/a/answer/81126"
    YAHOO = "Yahoo", "senders.yahooinc.com/best-practices"
    MICROSOFT = "Microsoft", "techcommunity.microsoft.com, Outlook's requirements for high-volume senders"
    APPLE = "Apple", "support.apple.com/102322"

    def __new__(cls, name: str, page: str) -> Self:
        """Make the name the value."""
        member = str.__new__(cls, name)
        member._value_ = name
        member.page = page
        return member


class Verdict(StrEnum):
    """Whether mail of a domain meets a requirement, worst first."""

    FAIL = "fail"
    NOT_JUDGED = "not judged"
    PASS = "pass"  # noqa: S105 -- no password
    NOT_ASKED = "not asked for"


@dataclass(frozen=True, slots=True)
class ReceiverVerdict:
    """Whether mail of one domain meets one requirement of one receiver."""

    __pydantic_config__: ClassVar = JSON_MODEL
    environment: str
    """Name of the environment."""
    domain: str
    """Sending domain."""
    receiver: Receiver
    """Who asks for it."""
    requirement: str
    """What is asked for."""
    verdict: Verdict
    """Whether it is met, as far as a check can know."""
    reason: str
    """Why."""
    source: str
    """The receiver's own page."""
    read_on: str
    """The day on which that page was read, ISO 8601."""
