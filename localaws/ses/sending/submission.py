"""
A message that is handed to SES: what is refused, and what is made of it.

Source: Amazon SES developer guide, troubleshoot-error-messages, quotas and request-production-access; the errors of
API_SendEmail. Where only SES v1 documents an error, its words are used for both.
"""

import time
from dataclasses import dataclass, field
from typing import Any

from mailproof.localaws import clock
from mailproof.localaws.errors import ServiceError
from mailproof.localaws.regions import message_id_host
from mailproof.localaws.ses.model import Identity
from mailproof.localaws.ses.sending import quota
from mailproof.localaws.ses.sending.feedback import Told, told_at, whom_to_tell
from mailproof.localaws.ses.sending.message import Handling, Message, parse, rewrite
from mailproof.localaws.ses.sending.recipients import is_simulated
from mailproof.localaws.ses.sending.senders import find_sender, find_signer, mail_from_domain
from mailproof.localaws.ses.sending.signing import Signer, ses_signer, sign
from mailproof.localaws.ses.settings import missing_configuration_set
from mailproof.localaws.upstream import responses, ses, ses_v2

MOST_RECIPIENTS = 50
V1_BYTES, V2_BYTES = 10 * 1024 * 1024, 40 * 1024 * 1024
_TRACKED = frozenset({"OPEN", "CLICK"})


@dataclass(frozen=True)
class Submission:
    """
    What a call hands over.

    Attributes:
        raw: The message.
        source: The sender that the call names; empty if the message alone does.
        recipients: Whom the call names; empty if the message alone does.
        return_path: Where bounces are to go.
        configuration_set: As the call names it.
        size_limit: In bytes.
        handling: What else the call asks for.
    """

    raw: bytes
    source: str = ""
    recipients: tuple[str, ...] = ()
    return_path: str = ""
    configuration_set: str = ""
    size_limit: int = V2_BYTES
    handling: Handling = field(default_factory=Handling)


@dataclass(frozen=True)
class Accepted:
    """A message that SES has taken on, with all that its delivery needs."""

    message_id: str
    region: str
    envelope_from: str
    recipients: tuple[str, ...]
    message: Message
    signers: tuple[Signer, ...]
    told: Told

    def as_delivered(self) -> bytes:
        """Return the message as a receiver gets it."""
        delivered = self.message.as_bytes()
        for signer in self.signers:
            delivered = sign(delivered, signer)
        return delivered


def accept(submission: Submission, account: dict[str, Any]) -> Accepted:
    """
    Take a message on, from the caller's account and region.

    Args:
        submission: What was handed over.
        account: The answer of GetAccount.

    Raises:
        ServiceError: SES refuses it.
    """
    _check_account(account)
    if len(submission.raw) > submission.size_limit:
        words = f"Message length is more than {submission.size_limit} bytes long: '{len(submission.raw)}'."
        raise ServiceError("BadRequestException", words)
    message = parse(submission.raw)
    recipients = submission.recipients or tuple(message.addresses("to", "cc", "bcc"))
    senders = [*message.addresses("from"), submission.source, submission.return_path]
    addresses = tuple(filter(None, senders))
    _check_addresses(addresses, recipients, in_sandbox=not account["ProductionAccessEnabled"])
    identity = find_sender(addresses[0])
    assert identity  # noqa: S101 -- checked above
    settings = _configuration_set(submission, identity)
    handling = _handling(submission, settings)
    signer = find_signer(addresses[0])
    if signer and message.has("dkim-signature"):
        raise ServiceError("BadRequestException", "Duplicate header 'DKIM-Signature'.")
    envelope_domain = mail_from_domain(identity)
    quota.take(len(recipients), account["SendQuota"])
    region, number = responses.get_region(), f"{int(clock.now() * 1000):016x}-{responses.new_uuid()}-000000"
    signers = (ses_signer(), signer) if signer else (ses_signer(),)
    made_over = rewrite(message, f"{number}@{message_id_host(region)}", region, handling)
    _record(number, addresses[0], recipients)
    envelope_from = f"{number}@{envelope_domain}"
    back = next(
        filter(None, (submission.return_path, *message.addresses("return-path"), submission.source)), addresses[0]
    )
    told = whom_to_tell(
        _destinations(settings),
        forwards=identity["FeedbackForwardingStatus"],
        address=back,
        mail=_mail(number, addresses[0], recipients, made_over),
    )
    return Accepted(number, region, envelope_from, recipients, made_over, signers, told)


def _check_account(account: dict[str, Any]) -> None:
    if account["EnforcementStatus"] == "SHUTDOWN":
        words = "The message can't be sent because the account's ability to send email has been permanently restricted."
        raise ServiceError("AccountSuspendedException", words)
    if not account["SendingEnabled"]:
        words = "The message can't be sent because the account's ability to send email is currently paused."
        raise ServiceError("SendingPausedException", words)


def _check_addresses(senders: tuple[str, ...], recipients: tuple[str, ...], *, in_sandbox: bool) -> None:
    if not senders or not all(_has_domain(address) for address in (*senders, *recipients)):
        raise ServiceError("BadRequestException", "Missing final '@domain'")
    if not recipients:
        raise ServiceError("BadRequestException", "Recipient count is zero.")
    if len(recipients) > MOST_RECIPIENTS:
        raise ServiceError("BadRequestException", f"Recipient count exceeds {MOST_RECIPIENTS}.")
    checked = [*senders, *(each for each in recipients if in_sandbox and not is_simulated(each))]
    if failed := [address for address in dict.fromkeys(checked) if find_sender(address) is None]:
        words = "Email address is not verified. The following identities failed the check in region "
        raise ServiceError("MessageRejected", f"{words}{responses.get_region().upper()}: {', '.join(failed)}")


def _has_domain(address: str) -> bool:
    local, _, domain = address.rpartition("@")
    return address.isascii() and bool(local) and bool(domain)


def _configuration_set(submission: Submission, identity: Identity) -> dict[str, Any]:
    """Return the configuration set that counts; empty if none does."""
    name = submission.configuration_set or identity["ConfigurationSetName"]
    if not name:
        return {}
    if name not in ses_v2._config_sets:
        raise missing_configuration_set(name)
    held: dict[str, Any] = ses_v2._config_sets[name]
    if not held.get("SendingOptions", {}).get("SendingEnabled", True):
        raise ServiceError("SendingPausedException", f"Sending is paused for the configuration set <{name}>.")
    return held


def _destinations(settings: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    return tuple(each for each in (settings.get("EventDestinations") or {}).values() if each["Enabled"])


def _handling(submission: Submission, settings: dict[str, Any]) -> Handling:
    """Return how a message is made over; a configuration set that counts opens or clicks rewrites its links."""
    tracks = any(_TRACKED & set(each["MatchingEventTypes"]) for each in _destinations(settings))
    return Handling(submission.handling.tracks or tracks, submission.handling.manages_list)


def _mail(number: str, source: str, recipients: tuple[str, ...], message: Message) -> dict[str, Any]:
    """Return what events say of a message."""
    headers = [field.decode("utf-8", "replace").partition(":") for _, field in message.headers]
    return {
        "timestamp": told_at(),
        "source": source,
        "sendingAccountId": responses.get_account_id(),
        "messageId": number,
        "destination": list(recipients),
        "headersTruncated": False,
        "headers": [{"name": name, "value": " ".join(value.split())} for name, _, value in headers],
    }


def _record(number: str, source: str, recipients: tuple[str, ...]) -> None:
    """Note a message where ministack counts those of a day."""
    entry = {"MessageId": number, "Source": source, "To": list(recipients), "CC": [], "BCC": []}
    ses._sent_emails_list().append({**entry, "Subject": "", "BodyText": "", "Timestamp": time.time(), "Type": "sent"})
