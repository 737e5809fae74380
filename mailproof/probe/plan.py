"""Plan the probes: one message from every sending address of a domain, in each of its regions."""

import secrets
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from mailproof.check.finding import Finding
from mailproof.check.rules.addresses import address_overrides_domain
from mailproof.check.selection import Selection
from mailproof.model.domain import SendingDomain
from mailproof.model.environment import Environment

SIMULATOR = "success@simulator.amazonses.com"
SENDER = "mailproof-probe"
HEADER = "X-Mailproof-Probe"
TOKEN_BYTES = 6


@dataclass(frozen=True, slots=True, eq=False)
class Probe:
    """
    One message.

    Attributes:
        environment: Whose file has the domain.
        domain: The domain.
        region: That sends it.
        sender: The address in From.
        number: Among those of a run.
    """

    environment: Environment
    domain: SendingDomain
    region: str
    sender: str
    number: int

    def mark(self, token: str) -> str:
        """Return what the header says by which it is known again."""
        return f"{token}/{self.number}"

    def content(self, token: str) -> dict[str, Any]:
        """
        Return the content of SendEmail, of which SES makes the message.

        Args:
            token: Of the run; the subject has it, too, since that is what mail servers search.
        """
        return {
            "Subject": {"Data": self._subject(token)},
            "Body": {"Text": {"Data": self._text()}},
            "Headers": [{"Name": HEADER, "Value": self.mark(token)}],
        }

    def write(self, token: str, recipient: str) -> EmailMessage:
        """Write the same as a message, to sign."""
        message = EmailMessage(policy=SMTP)
        message["From"] = self.sender
        message["To"] = recipient
        message["Subject"] = self._subject(token)
        message[HEADER] = self.mark(token)
        message.set_content(self._text())
        return message

    def _subject(self, token: str) -> str:
        return f"{token} {self.domain.name} {self.region}"

    def _text(self) -> str:
        return f"Sent by `mailproof probe`, to see how mail of {self.domain.name} arrives from {self.region}.\n"


def new_token() -> str:
    """Return a word that no other run and no other mail has."""
    return f"mailproof-{secrets.token_hex(TOKEN_BYTES)}"


def plan_probes(
    environments: Sequence[Environment],
    selection: Selection,
    sender: str = SENDER,
    found: Iterable[Finding] = (),
) -> list[Probe]:
    """
    Return what is to be sent, in the order of the files.

    Args:
        environments: The environments.
        selection: The part of them.
        sender: Local part of the address in From.
        found: By a check; addresses with an identity that no file has are tried as well, since theirs counts.
    """
    others = {
        (finding.environment, finding.domain, finding.region, str(finding.name))
        for finding in found
        if finding.rule == address_overrides_domain.id
    }
    senders = [each for environment in environments for each in _senders(environment, selection, sender, others)]
    return [Probe(*each, number) for number, each in enumerate(senders, 1)]


def _senders(
    environment: Environment, selection: Selection, sender: str, others: Collection[tuple[str | None, ...]]
) -> Iterator[tuple[Environment, SendingDomain, str, str]]:
    declared = {(domain.name, region, address.name) for domain, address, region in environment.addresses()}
    undeclared = {(domain, region, name) for where, domain, region, name in others if where == environment.name}
    for domain in selection.domains_of(environment):
        for region in selection.identity_regions_of(domain):
            names = sorted(str(name) for *place, name in declared | undeclared if place == [domain.name, region])
            for address in dict.fromkeys((f"{sender}@{domain.name}", *names)):
                yield environment, domain, region, address
