"""
What a sender is told of a message: events at the destinations of its configuration set, and mail.

The mailbox simulator bounces, complains and answers; what SES tells of that is what it tells of real mail.

Source: Amazon SES developer guide, send-an-email-from-console ("Using the mailbox simulator"),
event-publishing-retrieving-sns-contents, monitor-sending-activity-using-notifications-email.
Inferred: the texts of mails, and that an automatic answer goes where bounces go.
"""

import email.utils
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from mailproof.localaws import clock
from mailproof.localaws.regions import message_id_host
from mailproof.localaws.upstream import responses, ses, sns

SEND, DELIVERY, BOUNCE, COMPLAINT = "Send", "Delivery", "Bounce", "Complaint"
BOUNDARY = "=_report"
FEEDBACK = frozenset({BOUNCE, COMPLAINT})


@dataclass(frozen=True)
class Told:
    """
    Who is told of a message, and how.

    Attributes:
        destinations: Event destinations that are switched on, as SES v2 gives them.
        forward_to: Address that gets bounces and complaints by mail; empty if none does.
        answer_to: Address that gets automatic answers.
        mail: What every event says of the message.
    """

    destinations: tuple[dict[str, Any], ...]
    forward_to: str
    answer_to: str
    mail: dict[str, Any]


def whom_to_tell(
    destinations: tuple[dict[str, Any], ...], *, forwards: bool, address: str, mail: dict[str, Any]
) -> Told:
    """
    Say who is told of a message.

    Args:
        destinations: Of its configuration set.
        forwards: Whether its identity asks for mail; SES sends it also where nothing else tells of bounces.
        address: That gets it.
        mail: What events say of the message.
    """
    kinds = {kind for each in destinations for kind in each["MatchingEventTypes"]}
    is_told = {kind.upper() for kind in FEEDBACK} <= kinds
    return Told(destinations, address if forwards or not is_told else "", address, mail)


def publish(told: Told, kind: str, recipient: str, subtype: str = "") -> None:
    """Tell every topic that wants an event of this kind; localaws has no other kind of destination."""
    event = {"eventType": kind, "mail": told.mail, **_detail(kind, recipient, subtype)}
    for each in told.destinations:
        topic = (each.get("SnsDestination") or {}).get("TopicArn")
        if topic and kind.upper() in each["MatchingEventTypes"]:
            sns.publish_internal(topic, json.dumps(event), "Amazon SES Email Event Notification")


def _detail(kind: str, recipient: str, subtype: str) -> dict[str, Any]:
    if kind == SEND:
        return {"send": {}}
    found: dict[str, Any] = ses._notification_detail(kind, recipient, told_at(), subtype or None)
    return found


def told_at() -> str:
    """Return the time, as events write it."""
    return datetime.fromtimestamp(clock.now(), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def notices(told: Told, outcome: str, recipient: str) -> Iterator[tuple[str, bytes]]:
    """Yield address and text of the mails that an outcome leads to."""
    if outcome == "ooto" and told.answer_to:
        yield told.answer_to, _answer(told, recipient)
    elif outcome == "complaint" and told.forward_to:
        yield told.forward_to, _complaint(told, recipient)
    elif outcome in {"bounce", "suppressionlist"} and told.forward_to:
        yield told.forward_to, _bounce(told, recipient)


def _bounce(told: Told, recipient: str) -> bytes:
    message = _new(
        f"MAILER-DAEMON@{message_id_host(responses.get_region())}",
        told.forward_to,
        "Delivery Status Notification (Failure)",
    )
    message.set_content(
        f"An error occurred while trying to deliver the mail to the following recipients:\n{recipient}\n"
    )
    status = (
        f"Reporting-MTA: dns; amazonses.com\n\nFinal-Recipient: rfc822; {recipient}\nAction: failed\nStatus: 5.1.1\n"
    )
    return _reported(message, told, "delivery-status", f"{status}Diagnostic-Code: smtp; 550 5.1.1 user unknown\n")


def _complaint(told: Told, recipient: str) -> bytes:
    message = _new("complaints@email-abuse.amazonses.com", told.forward_to, "complaint about message")
    message.set_content("This is an email abuse report for an email message from amazonses.com.\n")
    report = "Feedback-Type: abuse\nUser-Agent: Amazon SES Mailbox Simulator\nVersion: 1\n"
    return _reported(message, told, "feedback-report", f"{report}Original-Rcpt-To: {recipient}\n")


def _reported(message: EmailMessage, told: Told, kind: str, report: str) -> bytes:
    """Return a message with a report for programs, and the headers of the message that it is about (RFC 6522)."""
    headers = "".join(f"{each['name']}: {each['value']}\n" for each in told.mail["headers"])
    words = message.get_content()
    parts = (("text/plain", words), (f"message/{kind}", report), ("text/rfc822-headers", headers))
    text = "".join(f"--{BOUNDARY}\nContent-Type: {name}\n\n{part}\n" for name, part in parts) + f"--{BOUNDARY}--\n"
    message.clear_content()
    message["Content-Type"] = f'multipart/report; report-type={kind}; boundary="{BOUNDARY}"'
    head = message.as_bytes().partition(b"\r\n\r\n")[0]
    return head + b"\r\n\r\n" + text.encode("ascii", "replace").replace(b"\n", b"\r\n")


def _answer(told: Told, recipient: str) -> bytes:
    message = _new(recipient, told.answer_to, "Automatic reply: out of office")
    message["Auto-Submitted"] = "auto-replied"  # RFC 3834 section 5
    message["In-Reply-To"] = f"<{told.mail['messageId']}@{message_id_host(responses.get_region())}>"
    message.set_content("The person you are writing to is out of the office.\n")
    return message.as_bytes()


def _new(sender: str, to: str, subject: str) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Date"] = email.utils.formatdate(clock.now())
    message["Message-ID"] = f"<{responses.new_uuid()}@{message_id_host(responses.get_region())}>"
    return message
