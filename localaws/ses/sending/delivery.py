"""Delivery of accepted messages: one after the other, by SMTP to receivers on this machine."""

import smtplib
import socket
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from mailproof.localaws.inbox.inboxes import find_inbox
from mailproof.localaws.ports import HOST
from mailproof.localaws.regions import SES_HOST_ZONE
from mailproof.localaws.ses.sending.recipients import outcome_without_delivery
from mailproof.localaws.ses.sending.submission import Accepted

SENDING_ADDRESS = "192.0.2.25"
"""Of the network that the SPF record of amazonses.com names."""
_TIMEOUT_S = 10.0
_worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="delivery")
_deliveries: list[Future[dict[str, Any]]] = []


def deliver_later(accepted: Accepted) -> None:
    """Deliver a message when those before it are delivered."""
    _deliveries.append(_worker.submit(_deliver, accepted))


def sent() -> list[dict[str, Any]]:
    """Wait until all is delivered; return the id of each message with the outcome by recipient."""
    return [delivery.result() for delivery in list(_deliveries)]


def forget() -> None:
    """Forget what was sent."""
    _deliveries.clear()


def _deliver(accepted: Accepted) -> dict[str, Any]:
    outcomes = {}
    for recipient in accepted.recipients:
        outcomes[recipient] = outcome_without_delivery(recipient) or _hand_over(accepted, recipient)
    return {"message_id": accepted.message_id, "envelope_from": accepted.envelope_from, "outcomes": outcomes}


def _hand_over(accepted: Accepted, recipient: str) -> str:
    inbox = find_inbox(recipient.rpartition("@")[2].lower())
    if inbox is None:
        return "not delivered: its inbox is closed"
    regional = "" if accepted.region == "us-east-1" else f"{accepted.region}."
    greeting = f"a{SENDING_ADDRESS.replace('.', '-')}.smtp-out.{regional}{SES_HOST_ZONE}"
    try:
        with _FromSes(HOST, inbox.port, greeting, timeout=_TIMEOUT_S) as connection:
            connection.sendmail(accepted.envelope_from, [recipient], accepted.as_delivered())
    except (OSError, smtplib.SMTPException) as err:
        return f"not delivered: {err}"
    return "delivered"


class _FromSes(smtplib.SMTP):
    """A connection that says by the PROXY protocol that it comes from an address of SES, and not from loopback."""

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        opened: socket.socket = super()._get_socket(host, port, timeout)  # type: ignore[misc] # not in the stubs
        opened.sendall(f"PROXY TCP4 {SENDING_ADDRESS} {host} 25 {port}\r\n".encode())
        return opened
