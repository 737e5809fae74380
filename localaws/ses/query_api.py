"""
Operations of SES v1 (the query API), answered from the identities and configuration sets of SES v2.

SES v1 and v2 are two interfaces of one service. Of what v1 alone can change, the mail that verifies an address is
modelled.

Source: https://docs.aws.amazon.com/ses/latest/APIReference/Welcome.html
"""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl
from xml.etree import ElementTree as ET

from mailproof.localaws import clock
from mailproof.localaws.errors import ServiceError
from mailproof.localaws.ses.api import decode_token, encode_token, get_account
from mailproof.localaws.ses.identities import create_identity, get_identity, own_identities
from mailproof.localaws.ses.model import Identity, parse_identity_name
from mailproof.localaws.ses.query_fields import Fields, members
from mailproof.localaws.ses.sending.api import send_email_v1, send_raw_email
from mailproof.localaws.ses.status import refresh
from mailproof.localaws.ses.view import build_view, verification_status
from mailproof.localaws.upstream import responses, ses, ses_v2

# Status, headers and body, as every ministack handler returns them.
Response = tuple[int, dict[str, str], bytes]
Result = dict[str, Any]

_NAMESPACE = "http://ses.amazonaws.com/doc/2010-12-01/"
_PAGE_SIZE = 1000
_IDENTITY_TYPES = {"Domain": "DOMAIN", "EmailAddress": "EMAIL_ADDRESS"}
# The statistics of v1 and v2 are one in ministack.
_LEFT_TO_MINISTACK = frozenset({"GetSendStatistics"})

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


def _asked(fields: Fields) -> Iterator[Identity]:
    """Yield the identities that a request names, brought up to date; v1 leaves out what there is not."""
    wanted = {name.lower() for name in members(fields, "Identities")}
    for identity in own_identities():
        if identity["EmailIdentity"].lower() in wanted:
            refresh(identity)
            yield identity


def _state(text: str) -> str:
    """Return a state as v1 writes it: TEMPORARY_FAILURE is TemporaryFailure."""
    return text.title().replace("_", "")


def _list_identities(fields: Fields, _account: Result) -> Result:
    kind = fields.get("IdentityType")
    if kind and kind not in _IDENTITY_TYPES:
        raise ServiceError("InvalidParameterValue", f"Invalid IdentityType: {kind}")
    names = [
        identity["EmailIdentity"]
        for identity in own_identities()
        if not kind or identity["IdentityType"] == _IDENTITY_TYPES[kind]
    ]
    page, token = _page(names, fields)
    return {"Identities": page, **token}


def _page(names: list[str], fields: Fields) -> tuple[list[str], Result]:
    """Return one page of names, and the token of the next page if there is one."""
    text = fields.get("MaxItems") or str(_PAGE_SIZE)
    after = decode_token(fields.get("NextToken"))
    size = int(text) if text.isdigit() and int(text) else _PAGE_SIZE
    left = [name for name in names if after is None or name > after]
    more = {"NextToken": encode_token(left[size - 1])} if len(left) > size else {}
    return left[:size], more


def _get_verification(fields: Fields, _account: Result) -> Result:
    attributes = {
        identity["EmailIdentity"]: {"VerificationStatus": _state(verification_status(identity))}
        for identity in _asked(fields)
    }
    return {"VerificationAttributes": attributes}


def _get_dkim(fields: Fields, _account: Result) -> Result:
    attributes = {}
    for identity in _asked(fields):
        dkim = build_view(identity)["DkimAttributes"]
        attributes[identity["EmailIdentity"]] = {
            "DkimEnabled": dkim["SigningEnabled"],
            "DkimVerificationStatus": _state(dkim["Status"]),
            "DkimTokens": dkim["Tokens"],
        }
    return {"DkimAttributes": attributes}


def _get_mail_from(fields: Fields, _account: Result) -> Result:
    attributes = {}
    for identity in _asked(fields):
        view = build_view(identity)["MailFromAttributes"]
        found = {"BehaviorOnMXFailure": _state(view["BehaviorOnMxFailure"])}
        if "MailFromDomain" in view:
            found |= {
                "MailFromDomain": view["MailFromDomain"],
                "MailFromDomainStatus": _state(view["MailFromDomainStatus"]),
            }
        attributes[identity["EmailIdentity"]] = found
    return {"MailFromDomainAttributes": attributes}


def _get_notifications(fields: Fields, _account: Result) -> Result:
    attributes = {
        identity["EmailIdentity"]: {"ForwardingEnabled": identity["FeedbackForwardingStatus"]}
        for identity in _asked(fields)
    }
    return {"NotificationAttributes": attributes}


def _list_verified_addresses(_fields: Fields, _account: Result) -> Result:
    verified = (found for found in own_identities() if found["VerifiedForSendingStatus"])
    return {"VerifiedEmailAddresses": [found["EmailIdentity"] for found in verified if "@" in found["EmailIdentity"]]}


def _list_policies(_fields: Fields, _account: Result) -> Result:
    return {"PolicyNames": []}


def _get_policies(_fields: Fields, _account: Result) -> Result:
    return {"Policies": {}}


def _get_quota(_fields: Fields, account: Result) -> Result:
    quota: Result = account["SendQuota"]
    return quota


def _get_sending_enabled(_fields: Fields, account: Result) -> Result:
    return {"Enabled": account["SendingEnabled"]}


def _list_sets(fields: Fields, _account: Result) -> Result:
    page, token = _page(sorted(ses_v2._config_sets), fields)
    return {"ConfigurationSets": [{"Name": name} for name in page], **token}


def _describe_set(fields: Fields, _account: Result) -> Result:
    name = fields.get("ConfigurationSetName", "")
    if name not in ses_v2._config_sets:
        raise ServiceError("ConfigurationSetDoesNotExist", f"Configuration set <{name}> does not exist.")
    view: Result = ses_v2._config_set_view(name, ses_v2._config_sets[name])
    reputation = {**view.get("ReputationOptions", {}), "SendingEnabled": view["SendingOptions"]["SendingEnabled"]}
    reputation.pop("LastFreshStart", None)
    policy = view.get("DeliveryOptions", {}).get("TlsPolicy", "OPTIONAL")
    parts = {
        "deliveryOptions": ("DeliveryOptions", {"TlsPolicy": policy.title()}),
        "reputationOptions": ("ReputationOptions", reputation),
        "trackingOptions": ("TrackingOptions", view.get("TrackingOptions", {})),
    }
    asked = members(fields, "ConfigurationSetAttributeNames")
    if "eventDestinations" in asked:
        sentence = "localaws does not model eventDestinations here; ask SES v2 (GetConfigurationSetEventDestinations)"
        raise ServiceError("InvalidParameterValue", sentence)
    return {"ConfigurationSet": {"Name": name}, **dict(parts[part] for part in asked if part in parts)}


def _verify_address(fields: Fields, _account: Result) -> Result:
    """Send the verification mail, once more if the identity is there; one that is verified stays so."""
    name = parse_identity_name(fields.get("EmailAddress", ""))
    try:
        get_identity(name)["MailSentAt"] = clock.now()
    except ServiceError:
        create_identity(name, {})
    return {}


_OPERATIONS: dict[str, Callable[[Fields, Result], Result]] = {
    "DescribeConfigurationSet": _describe_set,
    "GetAccountSendingEnabled": _get_sending_enabled,
    "GetIdentityDkimAttributes": _get_dkim,
    "GetIdentityMailFromDomainAttributes": _get_mail_from,
    "GetIdentityNotificationAttributes": _get_notifications,
    "GetIdentityPolicies": _get_policies,
    "GetIdentityVerificationAttributes": _get_verification,
    "GetSendQuota": _get_quota,
    "ListConfigurationSets": _list_sets,
    "ListIdentities": _list_identities,
    "ListIdentityPolicies": _list_policies,
    "ListVerifiedEmailAddresses": _list_verified_addresses,
    "SendEmail": send_email_v1,
    "SendRawEmail": send_raw_email,
    "VerifyEmailIdentity": _verify_address,
}
_OF_ACCOUNT = frozenset({"GetAccountSendingEnabled", "GetSendQuota", "SendEmail", "SendRawEmail"})
# Errors of sending that v1 names otherwise.
_CODES = {
    "BadRequestException": "InvalidParameterValue",
    "NotFoundException": "ConfigurationSetDoesNotExist",
    "SendingPausedException": "AccountSendingPausedException",
    "TooManyRequestsException": "Throttling",
}
OPERATIONS = _LEFT_TO_MINISTACK.union(_OPERATIONS)


def _success(operation: str, result: Result) -> Response:
    root = ET.Element(f"{operation}Response", xmlns=_NAMESPACE)
    _append(ET.SubElement(root, f"{operation}Result"), result)
    return 200, {"Content-Type": "text/xml"}, ET.tostring(root, encoding="utf-8")


# Members whose keys are names that callers give, which the query protocol writes as entries of a map.
_MAPS = frozenset(
    {"DkimAttributes", "MailFromDomainAttributes", "NotificationAttributes", "Policies", "VerificationAttributes"}
)


def _append(parent: ET.Element, value: Any) -> None:
    """Write a value below an element, as the query protocol has it: lists of `member`, maps of `entry`."""
    if isinstance(value, dict):
        for name, part in value.items():
            child = ET.SubElement(parent, name)
            if name in _MAPS:
                for key, found in part.items():
                    entry = ET.SubElement(child, "entry")
                    ET.SubElement(entry, "key").text = key
                    _append(ET.SubElement(entry, "value"), found)
            else:
                _append(child, part)
    elif isinstance(value, list):
        for part in value:
            _append(ET.SubElement(parent, "member"), part)
    else:
        parent.text = str(value).lower() if isinstance(value, bool) else str(value)


def _failure(err: ServiceError, code: str) -> Response:
    root = ET.Element("ErrorResponse", xmlns=_NAMESPACE)
    _append(ET.SubElement(root, "Error"), {"Type": "Sender", "Code": code, "Message": err.message})
    ET.SubElement(root, "RequestId").text = responses.new_uuid()
    return err.status, {"Content-Type": "text/xml"}, ET.tostring(root, encoding="utf-8")
