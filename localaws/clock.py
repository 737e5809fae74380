"""Clock of the emulated services; tests may set it ahead."""

import time

_HOUR_S = 3600.0
# How long SES looks for records before it gives up (Amazon SES developer guide, creating identities and MAIL FROM).
SEARCH_LIMIT_S = 72 * _HOUR_S
# How long the link in the mail that verifies an address is good (Amazon SES developer guide, creating identities).
LINK_LIMIT_S = 24 * _HOUR_S
# Within which SES takes one change of the length of an identity's keys (API_DkimSigningAttributes).
KEY_LENGTH_LIMIT_S = 24 * _HOUR_S

_state = {"ahead_s": 0.0}


def now() -> float:
    """Return the emulated time in seconds since the epoch."""
    return time.time() + _state["ahead_s"]


def advance(seconds: float) -> None:
    """Set the emulated time ahead by `seconds` more."""
    _state["ahead_s"] += seconds
