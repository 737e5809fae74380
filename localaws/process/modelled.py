"""Operations that localaws answers. All others are refused as unknown, with a sentence: an invented answer misleads."""

import re

from mailproof.localaws.errors import ServiceError
from mailproof.localaws.process.calls import Call
from mailproof.localaws.process.environment import SERVICES
from mailproof.localaws.route53 import api as route53_api
from mailproof.localaws.ses import api as ses_api
from mailproof.localaws.ses import query_api
from mailproof.localaws.upstream import handlers

# None leaves it to ministack, which refuses what it does not know with words like these.
_REFUSAL = re.compile(rb"Unknown (?:IAM |STS )?action", re.IGNORECASE)
_OPERATIONS: dict[str, frozenset[str] | None] = {
    **dict.fromkeys(SERVICES),
    "apigateway": frozenset({"GetDomainName"}),  # the rest is done by CloudFormation, not asked for
    "cloudformation": frozenset(handlers._ACTION_HANDLERS),
    "route53": route53_api.OPERATIONS,
    "ses": query_api.OPERATIONS,
    "sesv2": ses_api.OPERATIONS,
}
_CODES = {"query": "InvalidAction", "ec2": "InvalidAction", "rest-xml": "InvalidAction"}


def find_unmodelled(call: Call) -> ServiceError | None:
    """Return why a call is refused if its service or operation is not modelled."""
    if call.service not in _OPERATIONS:
        known = ", ".join(sorted(_OPERATIONS))
        return _refuse(call, f"localaws does not model the service {call.service}; it models {known}")
    operations = _OPERATIONS[call.service]
    return refuse_operation(call) if operations is not None and call.operation not in operations else None


def refuse_operation(call: Call) -> ServiceError:
    """Return the error of an operation that is not modelled."""
    return _refuse(call, f"localaws does not model the operation {call.operation} of {call.service}")


def is_left_to_ministack(call: Call) -> bool:
    """Tell whether ministack alone knows the operations of a service."""
    return _OPERATIONS.get(call.service) is None


def is_refusal(body: bytes) -> bool:
    """Tell whether an error of ministack is about an operation that it does not know."""
    return _REFUSAL.search(body) is not None


def _refuse(call: Call, sentence: str) -> ServiceError:
    return ServiceError(_CODES.get(call.protocol, "UnknownOperationException"), sentence)
