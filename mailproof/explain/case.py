"""What a cause is found in: a message, and all that was judged of it."""

import shlex
from dataclasses import dataclass

from mailproof.explain.explanation import Dmarc, Origin, Signature, Spf
from mailproof.explain.mail import Mail

RFC = "https://www.rfc-editor.org/rfc/rfc"


@dataclass(frozen=True, slots=True)
class Case:
    """
    What a cause is found in.

    Attributes:
        mail: The message.
        signatures: Verified.
        spf: Our verdict.
        dmarc: Our verdict.
        origin: Where it comes from.
        strict: Tags that ask for strict alignment: ``adkim``, ``aspf``.
    """

    mail: Mail
    signatures: tuple[Signature, ...]
    spf: Spf
    dmarc: Dmarc
    origin: Origin
    strict: frozenset[str] = frozenset()

    @property
    def author(self) -> str:
        """Domain in From."""
        return self.mail.author_domain

    @property
    def aligned(self) -> list[Signature]:
        """Signatures that count, if they pass."""
        return [each for each in self.signatures if each.aligned]

    @property
    def check(self) -> str:
        """The command that looks at records and SES, for this message."""
        region = ("--region", self.origin.region) if self.origin.region else ()
        return shlex.join(("mailproof", "check", "--domain", self.origin.domain or self.author, *region))

    @property
    def passed_on(self) -> str:
        """Who has passed the message on, as far as it says so."""
        if found := self.mail.first("list-id") or self.mail.first("list-post"):
            return f"the list {found}"
        if found := self.mail.first("resent-from"):
            return found
        return "an automatic forward" if self.mail.first("x-forwarded-to") else ""
