"""SendEmail of SES v2, and SendEmail and SendRawEmail of v1: from a call to a submission."""

import base64
import binascii
from collections.abc import Iterable
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from mailproof.localaws.errors import ServiceError
from mailproof.localaws.ses.query_fields import Fields, members
from mailproof.localaws.ses.sending.delivery import deliver_later
from mailproof.localaws.ses.sending.message import Handling
from mailproof.localaws.ses.sending.submission import V1_BYTES, Submission, accept

Body = dict[str, Any]


def send_email(data: Body, account: Body) -> Body:
    """
    Answer SendEmail of SES v2.

    Raises:
        ServiceError: SES refuses it.
    """
    named = data.get("Destination") or {}
    source = str(data.get("FromEmailAddress") or "")
    submission = Submission(
        _raw_content(data, source, named),
        _bare(source),
        tuple(_bare(address) for group in ("To", "Cc", "Bcc") for address in named.get(f"{group}Addresses") or ()),
        str(data.get("FeedbackForwardingEmailAddress") or ""),
        str(data.get("ConfigurationSetName") or ""),
        handling=Handling(manages_list=bool(data.get("ListManagementOptions"))),
    )
    return _send(submission, account)


def send_email_v1(fields: Fields, account: Body) -> Body:
    """Answer SendEmail of SES v1."""
    named = {f"{group}Addresses": members(fields, f"Destination.{group}Addresses") for group in ("To", "Cc", "Bcc")}
    source, part = fields.get("Source", ""), "Message.Body.{}.Data".format
    body = {kind: {"Data": fields[part(kind)]} for kind in ("Text", "Html") if part(kind) in fields}
    simple = {"Subject": {"Data": fields.get("Message.Subject.Data", "")}, "Body": body}
    replies = members(fields, "ReplyToAddresses")
    submission = Submission(
        _build(simple, source, named, replies),
        _bare(source),
        tuple(_bare(address) for group in named.values() for address in group),
        fields.get("ReturnPath", ""),
        fields.get("ConfigurationSetName", ""),
        V1_BYTES,
    )
    return _send(submission, account)


def send_raw_email(fields: Fields, account: Body) -> Body:
    """Answer SendRawEmail of SES v1."""
    submission = Submission(
        _decode(fields.get("RawMessage.Data")),
        _bare(fields.get("Source", "")),
        tuple(map(_bare, members(fields, "Destinations"))),
        configuration_set=fields.get("ConfigurationSetName", ""),
        size_limit=V1_BYTES,
    )
    return _send(submission, account)


def _send(submission: Submission, account: Body) -> Body:
    accepted = accept(submission, account)
    deliver_later(accepted)
    return {"MessageId": accepted.message_id}


def _raw_content(data: Body, source: str, named: Body) -> bytes:
    content = data.get("Content") or {}
    if raw := content.get("Raw"):
        return _decode(raw.get("Data"))
    if not content.get("Simple"):
        raise ServiceError("BadRequestException", "Content is one of Simple and Raw; localaws models no templates")
    return _build(content["Simple"], source, named, data.get("ReplyToAddresses") or ())


def _build(simple: Body, source: str, named: Body, replies: Iterable[str]) -> bytes:
    """Write the message of a call that gives its parts."""
    message = EmailMessage(policy=SMTP)
    try:
        message["From"] = source
        for name, addresses in (
            ("To", named.get("ToAddresses")),
            ("Cc", named.get("CcAddresses")),
            ("Reply-To", replies),
        ):
            if addresses:
                message[name] = ", ".join(addresses)
        message["Subject"] = (simple.get("Subject") or {}).get("Data", "")
        for header in simple.get("Headers") or ():
            message[header["Name"]] = header["Value"]
    except (ValueError, IndexError) as err:
        raise ServiceError("BadRequestException", f"Invalid header: {err}") from err
    body = simple.get("Body") or {}
    text, html = (body.get(kind, {}).get("Data") for kind in ("Text", "Html"))
    if text is not None or html is None:
        message.set_content(text or "")
        if html is not None:
            message.add_alternative(html, subtype="html")
    else:
        message.set_content(html, subtype="html")
    return message.as_bytes()


def _decode(data: object) -> bytes:
    try:
        return base64.b64decode(str(data or ""), validate=True)
    except binascii.Error as err:
        raise ServiceError("BadRequestException", "Data is not base64") from err


def _bare(address: str) -> str:
    """Return an address without the name in front of it."""
    head, _, tail = address.rpartition("<")
    return tail.rstrip("> ") if head or tail.endswith(">") else address.strip()
