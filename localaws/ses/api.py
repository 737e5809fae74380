"""The SES v2 calls about identities and the account; every other call goes on to ministack."""

import base64
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from mailproof.localaws.errors import ServiceError
from mailproof.localaws.ses import account
from mailproof.localaws.ses.identities import create_identity, delete_identity, get_identity, own_identities
from mailproof.localaws.ses.model import Identity
from mailproof.localaws.ses.sending.api import send_email
from mailproof.localaws.ses.settings import (
    missing_configuration_set,
    set_configuration_set,
    set_dkim_signing,
    set_mail_from,
)
from mailproof.localaws.ses.status import refresh
from mailproof.localaws.ses.view import build_dkim_view, build_summary, build_view, verification_status
from mailproof.localaws.upstream import responses, ses_v2

# Status, headers and body, as every ministack handler returns them.
Response = tuple[int, dict[str, str], bytes]
Body = dict[str, Any]

_PREFIX = "/v2/email"
_PAGE_SIZE = 1000
# Those answered here, and those that ministack answers without contradicting them.
OPERATIONS = frozenset(
    [
        "CreateConfigurationSet",
        "CreateConfigurationSetEventDestination",
        "CreateEmailIdentity",
        "DeleteConfigurationSet",
        "DeleteConfigurationSetEventDestination",
        "DeleteEmailIdentity",
        "GetAccount",
        "GetConfigurationSet",
        "GetConfigurationSetEventDestinations",
        "GetEmailIdentity",
        "GetEmailIdentityPolicies",
        "ListConfigurationSets",
        "ListEmailIdentities",
        "ListTagsForResource",
        "PutConfigurationSetDeliveryOptions",
        "PutConfigurationSetReputationOptions",
        "PutConfigurationSetSendingOptions",
        "PutConfigurationSetSuppressionOptions",
        "PutConfigurationSetTrackingOptions",
        "PutEmailIdentityConfigurationSetAttributes",
        "PutEmailIdentityDkimAttributes",
        "PutEmailIdentityDkimSigningAttributes",
        "PutEmailIdentityFeedbackAttributes",
        "PutEmailIdentityMailFromAttributes",
        "SendEmail",
        "TagResource",
        "UntagResource",
        "UpdateConfigurationSetEventDestination",
    ]
)
_CONFIGURATION_SET_PATH = re.compile(r"/configuration-sets/(?P<name>[^/]+)")
_IDENTITY_PATH = re.compile(r"/identities/(?P<name>[^/]+)(?:/(?P<part>.+))?")

_handle_upstream = ses_v2.handle_request


async def handle_request(method: str, path: str, headers: dict[str, str], body: bytes, query: Body) -> Response:
    """Answer a SES v2 call."""
    below = path.rstrip("/").removeprefix(_PREFIX)
    try:
        if below == "/outbound-emails" and method == "POST":
            answer: Body | None = send_email(_parse(body), await get_account())
        else:
            answer = _answer(method, below, _parse(body), query)
    except ServiceError as err:
        return _json_error(err)
    if answer is None:
        response: Response = await _handle_upstream(method, path, headers, body, query)
        return account.overlay(response) if below == "/account" and method == "GET" else response
    response = responses.json_response(answer)
    return response  # noqa: RET504 - the name gives ministack's untyped answer its type


async def get_account() -> Body:
    """Return the answer of GetAccount."""
    _, _, body = account.overlay(await _handle_upstream("GET", f"{_PREFIX}/account", {}, b"", {}))
    answer: Body = json.loads(body)
    return answer


def _parse(body: bytes) -> Body:
    try:
        parsed = json.loads(body) if body else {}
    except ValueError as err:
        raise ServiceError("BadRequestException", "the body is not JSON") from err
    return parsed if isinstance(parsed, dict) else {}


def _json_error(err: ServiceError) -> Response:
    response: Response = ses_v2._json_err(err.code, err.message, err.status)
    return response


def _answer(method: str, below: str, data: Body, query: Body) -> Body | None:
    if below == "/identities" and method == "POST":
        return _create(data)
    if below == "/identities" and method == "GET":
        return _list({key: values[0] for key, values in query.items() if values}, {})
    if below == "/list-identities" and method == "POST":
        return _list(data, data.get("Filter") or {})
    match = _CONFIGURATION_SET_PATH.fullmatch(below)
    if match and method == "DELETE" and unquote(match["name"]) not in ses_v2._config_sets:
        raise missing_configuration_set(unquote(match["name"]))
    match = _IDENTITY_PATH.fullmatch(below)
    if match is None:
        return None
    return _answer_about(method, unquote(match["name"]), match["part"], data)


def _answer_about(method: str, name: str, part: str | None, data: Body) -> Body | None:
    if part is None and method == "DELETE":
        delete_identity(name)
        return {}
    if part is None and method == "GET":
        identity = get_identity(name)
        refresh(identity)
        return build_view(identity)
    if part == "policies" and method == "GET":
        return {"Policies": build_view(get_identity(name))["Policies"]}
    put = _PUTS.get(part or "")
    if put is None or method != "PUT":
        return None
    return put(get_identity(name), data)


def _create(data: Body) -> Body:
    identity = create_identity(str(data.get("EmailIdentity") or ""), data)
    refresh(identity)
    return {
        "IdentityType": identity["IdentityType"],
        "VerifiedForSendingStatus": identity["VerifiedForSendingStatus"],
        "DkimAttributes": build_dkim_view(identity),
    }


def _list(paging: Body, wanted: Body) -> Body:
    size = _page_size(paging.get("PageSize"))
    after = decode_token(paging.get("NextToken"))
    left = [identity for identity in own_identities() if after is None or identity["EmailIdentity"] > after]
    kept = [identity for identity in left if _is_wanted(identity, wanted)]
    page = kept[:size]
    for identity in page:
        refresh(identity)
    answer: Body = {"EmailIdentities": [build_summary(identity) for identity in page]}
    if len(kept) > size:
        answer["NextToken"] = encode_token(page[-1]["EmailIdentity"])
    return answer


def _is_wanted(identity: Identity, wanted: Body) -> bool:
    if "VERIFICATION_STATUS" in wanted:
        refresh(identity)
    return (
        wanted.get("IDENTITY_NAME_CONTAINS", "") in identity["EmailIdentity"]
        and wanted.get("IDENTITY_TYPE", identity["IdentityType"]) == identity["IdentityType"]
        and wanted.get("VERIFICATION_STATUS", verification_status(identity)) == verification_status(identity)
    )


def _page_size(text: object) -> int:
    if text is None:
        return _PAGE_SIZE
    if not str(text).isdigit() or not 1 <= int(str(text)) <= _PAGE_SIZE:
        raise ServiceError("BadRequestException", f"PageSize must be between 1 and {_PAGE_SIZE}, got {text}")
    return int(str(text))


def encode_token(name: str) -> str:
    """Return the token of the page after a name."""
    return base64.urlsafe_b64encode(name.encode()).decode()


def decode_token(token: object) -> str | None:
    """
    Return the name after which a page begins; None for the first page.

    Raises:
        ServiceError: It is not a token.
    """
    if not token:
        return None
    try:
        return base64.b64decode(str(token), altchars=b"-_", validate=True).decode()
    except ValueError as err:
        raise ServiceError("BadRequestException", f"Invalid NextToken: {token}") from err


def _put_mail_from(identity: Identity, data: Body) -> Body:
    set_mail_from(identity, data)
    return {}


def _put_dkim(identity: Identity, data: Body) -> Body:
    """Switch signing on or off; unlike the signing attributes this does not start a search that has failed again."""
    identity["Dkim"]["SigningEnabled"] = bool(data.get("SigningEnabled"))
    identity["Dkim"]["SwitchedOff"] = not data.get("SigningEnabled")
    return {}


def _put_dkim_signing(identity: Identity, data: Body) -> Body:
    origin = data.get("SigningAttributesOrigin")
    attributes = data.get("SigningAttributes") or {}
    if origin not in ("AWS_SES", "EXTERNAL"):
        raise ServiceError("BadRequestException", f"Invalid SigningAttributesOrigin: {origin}")
    if (origin == "EXTERNAL") != bool(attributes.get("DomainSigningSelector")):
        raise ServiceError("BadRequestException", "EXTERNAL and DomainSigningSelector go together")
    if identity["IdentityType"] != "DOMAIN":
        raise ServiceError("BadRequestException", "DKIM is set up for domains, not for addresses")
    set_dkim_signing(identity, attributes)
    refresh(identity)
    view = build_dkim_view(identity)
    return {
        "DkimStatus": view["Status"],
        "DkimTokens": view["Tokens"],
        "SigningHostedZone": view.get("SigningHostedZone"),
    }


def _put_feedback(identity: Identity, data: Body) -> Body:
    identity["FeedbackForwardingStatus"] = bool(data.get("EmailForwardingEnabled"))
    return {}


def _put_configuration_set(identity: Identity, data: Body) -> Body:
    set_configuration_set(identity, str(data.get("ConfigurationSetName") or ""))
    return {}


_PUTS: dict[str, Callable[[Identity, Body], Body]] = {
    "mail-from": _put_mail_from,
    "dkim": _put_dkim,
    "dkim/signing": _put_dkim_signing,
    "feedback": _put_feedback,
    "configuration-set": _put_configuration_set,
}
