"""
Operations of SES v1 (the query API): sending, and the mail that verifies an address, which v2 cannot send again.

SES v1 and v2 are two interfaces of one service; what v1 reads is asked of v2.

Source: https://docs.aws.amazon.com/ses/latest/APIReference/Welcome.html
"""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl
from xml.etree import ElementTree as ET

from mailproof.localaws import clock
from mailproof.localaws.errors import ServiceError
from mailproof.localaws.ses.api import get_account
from mailproof.localaws.ses.identities import create_identity, get_identity
from mailproof.localaws.ses.model import parse_identity_name
from mailproof.localaws.ses.query_fields import Fields
from mailproof.localaws.ses.sending.api import send_email_v1, send_raw_email
from mailproof.localaws.upstream import responses, ses

# Status, headers and body, as every ministack handler returns them.
Response = tuple[int, dict[str, str], bytes]
Result = dict[str, Any]

_NAMESPACE = "http://ses.amazonaws.com/doc/2010-12-01/"

_handle_upstream = ses.handle_request


async def handle_request(
    method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
) -> Response:
    """Answer a call of SES, v1 or v2."""
    fields = {key: values[0] for key, values in query.items() if values}
    fields |= dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    operation = fields.get("Action", "")
    if path.startswith("/v2/") or operation not in _OPERATIONS:
        response: Response = await _handle_upstream(method, path, headers, body, query)
        return response
    try:
        result = await get_account() if operation in _OF_ACCOUNT else {}
        return _success(operation, _OPERATIONS[operation](fields, result))
    except ServiceError as err:
        return _failure(err, _CODES.get(err.code, err.code) if operation.startswith("Send") else err.code)


def _verify_address(fields: Fields, _account: Result) -> Result:
    """Send the verification mail, once more if the identity is there; one that is verified stays so."""
    name = parse_identity_name(fields.get("EmailAddress", ""))
    try:
        get_identity(name)["MailSentAt"] = clock.now()
    except ServiceError:
        create_identity(name, {})
    return {}


_OPERATIONS: dict[str, Callable[[Fields, Result], Result]] = {
    "SendEmail": send_email_v1,
    "SendRawEmail": send_raw_email,
    "VerifyEmailIdentity": _verify_address,
}
_OF_ACCOUNT = frozenset({"SendEmail", "SendRawEmail"})
# Errors of sending that v1 names otherwise.
_CODES = {
    "BadRequestException": "InvalidParameterValue",
    "NotFoundException": "ConfigurationSetDoesNotExist",
    "SendingPausedException": "AccountSendingPausedException",
    "TooManyRequestsException": "Throttling",
}
OPERATIONS = frozenset(_OPERATIONS)


def _success(operation: str, result: Result) -> Response:
    root = ET.Element(f"{operation}Response", xmlns=_NAMESPACE)
    _append(ET.SubElement(root, f"{operation}Result"), result)
    return 200, {"Content-Type": "text/xml"}, ET.tostring(root, encoding="utf-8")


def _append(parent: ET.Element, value: Mapping[str, str]) -> None:
    """Write members below an element."""
    for name, text in value.items():
        ET.SubElement(parent, name).text = text


def _failure(err: ServiceError, code: str) -> Response:
    root = ET.Element("ErrorResponse", xmlns=_NAMESPACE)
    _append(ET.SubElement(root, "Error"), {"Type": "Sender", "Code": code, "Message": err.message})
    ET.SubElement(root, "RequestId").text = responses.new_uuid()
    return err.status, {"Content-Type": "text/xml"}, ET.tostring(root, encoding="utf-8")
