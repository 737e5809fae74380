"""Delivery of accepted messages: one after the other, by SMTP to receivers on this machine."""

import contextvars
import smtplib
import socket
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from mailproof.localaws.inbox.inboxes import find_inbox
from mailproof.localaws.ports import HOST
from mailproof.localaws.regions import SES_HOST_ZONE
from mailproof.localaws.ses.sending.feedback import BOUNCE, COMPLAINT, DELIVERY, SEND, notices, publish
from mailproof.localaws.ses.sending.recipients import outcome_without_delivery, simulated
from mailproof.localaws.ses.sending.signing import ses_signer, sign
from mailproof.localaws.ses.sending.submission import Accepted

SENDING_ADDRESS = "192.0.2.25"
"""Of the network that the SPF record of amazonses.com names."""
DELIVERED = "delivered"
_TIMEOUT_S = 10.0
_worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="delivery")
_deliveries: list[Future[dict[str, Any]]] = []


def deliver_later(accepted: Accepted) -> None:
    """Deliver a message when those before it are delivered."""
    context = contextvars.copy_context()  # account and region of the call, to which what is told belongs
    _deliveries.append(_worker.submit(context.run, _deliver, accepted))


def sent() -> list[dict[str, Any]]:
    """Wait until all is delivered; return the id of each message with the outcome by recipient."""
    return [delivery.result() for delivery in list(_deliveries)]


def _deliver(accepted: Accepted) -> dict[str, Any]:
    outcomes = {}
    for recipient in accepted.recipients:
        outcomes[recipient] = outcome_without_delivery(recipient) or _hand_over(
            accepted.region, accepted.envelope_from, recipient, accepted.as_delivered()
        )
        _tell(accepted, recipient, is_delivered=outcomes[recipient] == DELIVERED)
    return {"message_id": accepted.message_id, "envelope_from": accepted.envelope_from, "outcomes": outcomes}


def _tell(accepted: Accepted, recipient: str, *, is_delivered: bool) -> None:
    """Tell what became of a message."""
    name = simulated(recipient)
    bounces = name in {"bounce", "suppressionlist"}
    publish(accepted.told, SEND, recipient)
    if is_delivered or (name and not bounces):
        publish(accepted.told, DELIVERY, recipient)
    if bounces:
        publish(accepted.told, BOUNCE, recipient, "Suppressed" if name == "suppressionlist" else "General")
    if name == "complaint":
        publish(accepted.told, COMPLAINT, recipient)
    for address, text in notices(accepted.told, name, recipient):
        _hand_over(accepted.region, "", address, sign(text, ses_signer()))


def _hand_over(region: str, envelope_from: str, recipient: str, message: bytes) -> str:
    inbox = find_inbox(recipient.rpartition("@")[2].lower())
    if inbox is None:
        return "not delivered: its inbox is closed"
    regional = "" if region == "us-east-1" else f"{region}."
    greeting = f"a{SENDING_ADDRESS.replace('.', '-')}.smtp-out.{regional}{SES_HOST_ZONE}"
    try:
        with _FromSes(HOST, inbox.port, greeting, timeout=_TIMEOUT_S) as connection:
            connection.sendmail(envelope_from, [recipient], message)
    except (OSError, smtplib.SMTPException) as err:
        return f"not delivered: {err}"
    return DELIVERED


class _FromSes(smtplib.SMTP):
    """A connection that says by the PROXY protocol that it comes from an address of SES, and not from loopback."""

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        opened: socket.socket = super()._get_socket(host, port, timeout)  # type: ignore[misc] # not in the stubs
        opened.sendall(f"PROXY TCP4 {SENDING_ADDRESS} {host} 25 {port}\r\n".encode())
        return opened
