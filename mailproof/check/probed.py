"""A message that was sent to see how it arrives, as rules judge it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mailproof.live.answer import Unanswered
from mailproof.model.domain import SendingDomain
from mailproof.model.names import dkim_name


@dataclass(frozen=True, slots=True)
class SeenSignature:
    """
    A DKIM signature.

    Attributes:
        domain: That signs.
        selector: Of its key.
        is_aligned: Whether it counts for the domain in From.
        problem: Why it does not verify; empty if it does.
        is_asked: Whether its key could be asked for; else nothing is known.
    """

    domain: str
    selector: str
    is_aligned: bool
    problem: str = ""
    is_asked: bool = True

    @property
    def name(self) -> str:
        """Where its key is in DNS."""
        return dkim_name(self.selector, self.domain)


@dataclass(frozen=True, slots=True)
class SeenMessage:
    """
    What a message shows where it arrived.

    Attributes:
        signatures: In the order of its headers.
        mail_from: Domain of the envelope's sender, as its receiver noted it; empty if it did not.
        receiver: Who wrote Authentication-Results; empty if nobody did.
        verdicts: What it says there, the best of each method: `dmarc` to `pass`.
    """

    signatures: tuple[SeenSignature, ...]
    mail_from: str
    receiver: str = ""
    verdicts: Mapping[str, str] = field(default_factory=dict)

    @property
    def aligned(self) -> tuple[SeenSignature, ...]:
        """Signatures that count for the domain in From, if they verify."""
        return tuple(each for each in self.signatures if each.is_aligned)

    @property
    def broken(self) -> tuple[SeenSignature, ...]:
        """Those of them, if none verifies."""
        return self.aligned if all(each.problem for each in self.aligned) else ()


@dataclass(frozen=True, slots=True)
class Accepted:
    """
    SES has taken a message on.

    Attributes:
        message_id: As SES calls it.
        waited_s: How long it was looked for, and not seen; None if it was not looked for.
    """

    message_id: str
    waited_s: float | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """
    SES does not take a message on.

    Attributes:
        code: Of its error.
        words: That it adds.
    """

    code: str
    words: str


@dataclass(frozen=True, slots=True)
class ProbedMessage:
    """
    One message.

    Attributes:
        wanted: The domain of the file.
        region: That sent it.
        sender: The address in From.
        outcome: What became of it.
        is_right_by_records: Whether SES and DNS had nothing that would stop or spoil it.
    """

    wanted: SendingDomain
    region: str
    sender: str
    outcome: SeenMessage | Accepted | Refusal | Unanswered
    is_right_by_records: bool

    @property
    def domain(self) -> str:
        """The domain."""
        return self.wanted.name

    @property
    def name(self) -> str:
        """The address in From."""
        return self.sender

    @property
    def wanted_mail_from(self) -> str:
        """The MAIL FROM name of the file; empty if it asks for none."""
        return self.wanted.mail_from.name(self.region) if self.wanted.mail_from else ""
