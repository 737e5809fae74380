"""SES accounts: sandbox, paused sending and quotas, as far as a test sets them."""

import copy
import json
from typing import Any

from mailproof.localaws.errors import ControlError
from mailproof.localaws.upstream import responses

Response = tuple[int, dict[str, str], bytes]

_SETTABLE = frozenset({"EnforcementStatus", "ProductionAccessEnabled", "SendingEnabled", "SendQuota"})
_accounts: dict[tuple[str, str], dict[str, Any]] = {}


def set_account(account: str, region: str, members: dict[str, Any]) -> None:
    """
    Set members of GetAccount's answer in one account and region.

    Raises:
        ControlError: A member is not one that can be set.
    """
    unknown = sorted(set(members) - _SETTABLE)
    if unknown:
        raise ControlError(f"members: {', '.join(unknown)} cannot be set; settable are {', '.join(sorted(_SETTABLE))}")
    _accounts.setdefault((account, region), {}).update(members)


def overlay(response: Response) -> Response:
    """Put what is set for the caller's account and region over ministack's answer."""
    status, headers, body = response
    answer = json.loads(body)
    members = copy.deepcopy(_accounts.get((responses.get_account_id(), responses.get_region()), {}))
    answer["SendQuota"].update(members.pop("SendQuota", {}))
    answer.update(members)
    return status, headers, json.dumps(answer).encode()
