"""Read service, operation and account from an HTTP request, and count the calls."""

import functools
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote

import botocore.loaders

from mailproof.localaws.process.protocols import Protocol, read_protocol
from mailproof.localaws.upstream import responses

_CREDENTIAL = re.compile(r"Credential=(?P<key>[^/]+)/\d{8}/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")
_ACCOUNT_ID = re.compile(r"\d{12}")
_ACCOUNT_OF_OTHER_KEYS = "000000000000"
_XML_TEXT = re.compile(r">([^<>\s][^<>]*)<")
_SES_PREFIX = "/v2/email/"
# Services whose operation shows in method and path only, and whose model is small enough to load for it.
_REST_SERVICES = frozenset({"apigateway", "sesv2", "route53"})
# Paths of lists before they took filters, which older clients ask.
_OLD_LISTS = {
    ("sesv2", "GET", "/v2/email/configuration-sets"): "ListConfigurationSets",
    ("sesv2", "GET", "/v2/email/identities"): "ListEmailIdentities",
}
_S3_OPERATIONS = {("PUT", True): "PutObject", ("GET", True): "GetObject", ("HEAD", True): "HeadObject"}


@dataclass(frozen=True)
class Call:
    """A request to a service, as far as faults and counts need to know it."""

    service: str
    operation: str
    account: str
    region: str
    protocol: Protocol
    targets: tuple[str, ...]


def read_call(method: str, path: str, query: str, headers: dict[str, str], body: bytes) -> Call | None:
    """Return which call a signed request is; nothing for a request that is not signed."""
    credential = _CREDENTIAL.search(headers.get("authorization", ""))
    if credential is None:
        return None
    form = dict(parse_qsl(query))
    content_type = headers.get("content-type", "")
    if "x-www-form-urlencoded" in content_type:
        form |= dict(parse_qsl(body.decode("utf-8", "replace")))
    service = "sesv2" if path.startswith(_SES_PREFIX) else credential["service"]
    operation = form.get("Action") or headers.get("x-amz-target", "").rpartition(".")[2]
    return Call(
        service,
        operation or _rest_operation(service, method, path),
        _account_of(credential["key"]),
        credential["region"],
        read_protocol(credential["service"], headers, form),
        tuple(_targets(path, form, body)),
    )


def _account_of(access_key: str) -> str:
    """Return the account of a key, as ministack reads it: twelve digits are the account itself."""
    if _ACCOUNT_ID.fullmatch(access_key):
        return access_key
    session_account: str | None = responses._account_from_sts_session(access_key)
    return session_account or _ACCOUNT_OF_OTHER_KEYS


def _rest_operation(service: str, method: str, path: str) -> str:
    if found := _OLD_LISTS.get((service, method, path.rstrip("/"))):
        return found
    if service in _REST_SERVICES:
        for wanted, pattern, name in _rest_operations(service):
            if wanted == method and pattern.fullmatch(path):
                return name
    if service == "s3":
        return _S3_OPERATIONS.get((method, path.strip("/").count("/") > 0), method)
    return method


@functools.cache
def _rest_operations(service: str) -> list[tuple[str, re.Pattern[str], str]]:
    """Return method, path pattern and name of a service's operations, the most specific path first."""
    model = botocore.loaders.Loader().load_service_model(service, "service-2")
    operations = []
    for name, operation in model["operations"].items():
        uri = operation["http"]["requestUri"].partition("?")[0]
        pattern = re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(uri)) + "/?"
        operations.append((operation["http"]["method"], re.compile(pattern), name))
    return sorted(operations, key=lambda operation: operation[1].pattern.count("[^/]+"))


def _targets(path: str, form: dict[str, str], body: bytes) -> Iterator[str]:
    yield from (unquote(segment) for segment in path.strip("/").split("/"))
    yield from form.values()
    if body[:1] == b"{":
        yield from _strings(json.loads(body))
    elif body[:1] == b"<":
        yield from _XML_TEXT.findall(body.decode("utf-8", "replace"))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _strings(part)


_counts: Counter[tuple[str, str, str]] = Counter()


def count(call: Call) -> None:
    """Count a call."""
    _counts[call.account, call.service, call.operation] += 1


def counts(account: str | None = None) -> dict[str, dict[str, int]]:
    """Return how many calls there were, by service and operation; of one account or of all."""
    by_service: dict[str, dict[str, int]] = {}
    for (caller, service, operation), number in sorted(_counts.items()):
        if account in (None, caller):
            operations = by_service.setdefault(service, {})
            operations[operation] = operations.get(operation, 0) + number
    return by_service


def reset() -> None:
    """Begin to count anew."""
    _counts.clear()
