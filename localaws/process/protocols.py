"""Error answers in the protocols of AWS: JSON, CBOR, query and XML."""

import json
import uuid
from collections.abc import Mapping
from typing import Literal, NamedTuple
from xml.sax.saxutils import escape

from mailproof.localaws.errors import ServiceError

Protocol = Literal["json", "rest-json", "cbor", "query", "ec2", "rest-xml"]

# The services that speak XML over method and path; all others of that kind speak JSON.
_REST_XML = frozenset({"cloudfront", "route53", "s3"})
_JSON_TYPES = {"json": "application/x-amz-json-1.1", "rest-json": "application/json"}


class HttpAnswer(NamedTuple):
    """Status, headers and body of an answer."""

    status: int
    headers: dict[str, str]
    body: bytes


def read_protocol(service: str, headers: Mapping[str, str], form: Mapping[str, str]) -> Protocol:
    """
    Return the protocol of a request.

    Args:
        service: Name of the service in the signature.
        headers: Of the request, names in lower case.
        form: Fields of the query string and of a form in the body.
    """
    if headers.get("smithy-protocol") == "rpc-v2-cbor":
        return "cbor"
    if "x-amz-target" in headers:
        return "json"
    if service in _REST_XML:
        return "rest-xml"
    if "Action" in form:
        return "ec2" if service == "ec2" else "query"
    return "rest-json"


def build_error(protocol: Protocol, service: str, problem: ServiceError) -> HttpAnswer:
    """Return an error as clients of a protocol read it."""
    if protocol in _JSON_TYPES:
        body = json.dumps({"__type": problem.code, "message": problem.message}).encode()
        return HttpAnswer(
            problem.status, {"content-type": _JSON_TYPES[protocol], "x-amzn-errortype": problem.code}, body
        )
    if protocol == "cbor":
        headers = {"content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
        return HttpAnswer(problem.status, headers, _cbor_map({"__type": problem.code, "message": problem.message}))
    return HttpAnswer(problem.status, {"content-type": "text/xml"}, _xml(protocol, service, problem).encode())


def _xml(protocol: Protocol, service: str, problem: ServiceError) -> str:
    detail = f"<Code>{escape(problem.code)}</Code><Message>{escape(problem.message)}</Message>"
    number = uuid.uuid4()
    if protocol == "ec2":
        return f"<Response><Errors><Error>{detail}</Error></Errors><RequestID>{number}</RequestID></Response>"
    request = f"<RequestId>{number}</RequestId>"
    if service == "s3":
        return f"<Error>{detail}{request}</Error>"
    return f"<ErrorResponse><Error><Type>Sender</Type>{detail}</Error>{request}</ErrorResponse>"


def _cbor_map(members: Mapping[str, str]) -> bytes:
    """Encode a few texts (RFC 8949 section 3.1: major types 5, map, and 3, text of a two-byte length)."""
    texts = (text.encode() for pair in members.items() for text in pair)
    return bytes([0xA0 | len(members)]) + b"".join(b"\x79" + len(text).to_bytes(2, "big") + text for text in texts)
