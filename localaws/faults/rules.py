"""
Faults of services on demand.

Two places ask here: the gateway, for calls over HTTP, and the CloudFormation resources, because CloudFormation works on
the stores directly and never calls over HTTP.
"""

import fnmatch
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

_STATUS_BY_CODE = {
    "AccessDenied": 403,
    "AccessDeniedException": 403,
    "InternalFailure": 500,
    "InternalServiceError": 500,
    "InvalidClientTokenId": 403,
    "NotFoundException": 404,
    "ServiceUnavailable": 503,
    "SlowDown": 503,
    "TooManyRequestsException": 429,
    "UnrecognizedClientException": 403,
}


@dataclass
class FaultRule:
    """
    One rule; what is left out matches everything. Shell patterns are allowed.

    Attributes:
        service: Name of the client in boto3 (`sesv2`), for calls over HTTP.
        operation: Name of the operation (`GetEmailIdentity`).
        resource_type: CloudFormation type; the rule then concerns resources and not calls.
        action: `create`, `update` or `delete`, of a resource.
        target: Anything that the call names: an identity, a stack, a zone id; of a resource its name or logical id.
        account: Account id of the caller.
        region: Region of the call.
        times: How often the rule applies; without a limit if absent.
        code: Error code of the service; without one the call is only delayed.
        message: Error message.
        delay_s: How long to wait before anything happens; a resource no longer than until the rules are cleared.
        hits: How often it has applied.
    """

    service: str = "*"
    operation: str = "*"
    resource_type: str | None = None
    action: str = "*"
    target: str = "*"
    account: str = "*"
    region: str = "*"
    times: int | None = None
    code: str | None = None
    message: str = "a fault that was asked for"
    delay_s: float = 0.0
    hits: int = field(default=0, init=False)

    def http_status(self) -> int:
        """Return the status of the answer over HTTP."""
        return _STATUS_BY_CODE.get(self.code or "", 400)


_rules: list[FaultRule] = []
_lock = threading.Lock()
_cleared = [threading.Event()]


def add(**members: Any) -> None:
    """Add a rule of these members; of several that match, the first applies."""
    with _lock:
        _rules.append(FaultRule(**members))


def rules() -> list[FaultRule]:
    """Return the rules, with how often each has applied."""
    return list(_rules)


def clear() -> None:
    """Remove all rules, and let what a rule has delayed go on."""
    with _lock:
        _rules.clear()
        _cleared[0].set()
        _cleared[0] = threading.Event()


def pause(rule: FaultRule) -> None:
    """Wait for the delay of a rule, or until the rules are cleared."""
    _cleared[0].wait(rule.delay_s)


def take_for_call(service: str, operation: str, account: str, region: str, targets: Iterable[str]) -> FaultRule | None:
    """Return the rule for a call over HTTP, and count it."""
    where = (account, region)
    return _take(None, (service, operation), where, targets)


def take_for_resource(
    resource_type: str, action: str, account: str, region: str, targets: Iterable[str]
) -> FaultRule | None:
    """Return the rule for a CloudFormation resource, and count it."""
    where = (account, region)
    return _take(resource_type, (action,), where, targets)


def delays_resource(resource_type: str) -> bool:
    """Tell whether a rule would delay resources of that type."""
    return any(
        rule.delay_s
        and rule.times != 0
        and rule.resource_type
        and fnmatch.fnmatchcase(resource_type, rule.resource_type)
        for rule in rules()
    )


def _take(
    resource_type: str | None, what: tuple[str, ...], where: tuple[str, str], targets: Iterable[str]
) -> FaultRule | None:
    candidates = list(targets)
    with _lock:
        for rule in _rules:
            if rule.times == 0 or not _matches(rule, resource_type, what, where, candidates):
                continue
            rule.hits += 1
            if rule.times is not None:
                rule.times -= 1
            return rule
    return None


def _matches(
    rule: FaultRule, resource_type: str | None, what: tuple[str, ...], where: tuple[str, str], targets: list[str]
) -> bool:
    if (resource_type is None) != (rule.resource_type is None):
        return False
    pairs = [(where[0], rule.account), (where[1], rule.region)]
    if resource_type is None:
        pairs += [(what[0], rule.service), (what[1], rule.operation)]
    else:
        pairs += [(resource_type, rule.resource_type or "*"), (what[0], rule.action)]
    return all(fnmatch.fnmatchcase(text, pattern) for text, pattern in pairs) and (
        rule.target == "*" or any(fnmatch.fnmatchcase(target, rule.target) for target in targets)
    )
