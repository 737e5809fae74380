"""
Quotas of sending, per account and region; recipients are counted, not messages.

Source: Amazon SES developer guide, manage-sending-quotas-errors. SES lets short bursts pass; this does not.
"""

import time
from collections import deque
from http import HTTPStatus
from typing import Any

from mailproof.localaws.errors import ServiceError
from mailproof.localaws.upstream import responses

_WINDOW_S = 1.0
_recent: dict[tuple[str, str], deque[float]] = {}


def take(recipients: int, quota: dict[str, Any]) -> None:
    """
    Count recipients of a message.

    Raises:
        ServiceError: They are more than the account may have in a second or a day.
    """
    sent = _recent.setdefault((responses.get_account_id(), responses.get_region()), deque())
    now_s = time.monotonic()
    while sent and sent[0] <= now_s - _WINDOW_S:
        sent.popleft()
    if quota["SentLast24Hours"] + recipients > quota["Max24HourSend"] >= 0:
        raise _exceeded("Daily message quota exceeded.")
    if len(sent) + recipients > max(quota["MaxSendRate"], recipients):
        raise _exceeded("Maximum sending rate exceeded.")
    sent.extend([now_s] * recipients)


def _exceeded(words: str) -> ServiceError:
    return ServiceError("TooManyRequestsException", words, status=HTTPStatus.TOO_MANY_REQUESTS)
