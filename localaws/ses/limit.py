"""The limit of SES: so many requests other than sending a second, in each account and region."""

import threading
import time

_SERVICES = frozenset({"ses", "sesv2"})
_SENDING = "Send"  # operations that begin so have limits of their own
_at_start = {"rate": 0.0}
_rates: dict[str, float] = {}
_next_s: dict[tuple[str, str], float] = {}
_lock = threading.Lock()


def start_with(rate: float) -> None:
    """Limit all accounts from now on, 0 lifts the limit."""
    _at_start["rate"] = rate


def set_rate(account: str, rate: float) -> None:
    """Limit one account; 0 lifts the limit."""
    _rates[account] = float(rate)


def allows(service: str, operation: str, account: str, region: str) -> bool:
    """Tell whether a call is answered; the next one is when its time has come."""
    rate = _rates.get(account, _at_start["rate"])
    if not rate or service not in _SERVICES or operation.startswith(_SENDING):
        return True
    with _lock:
        now_s = time.monotonic()
        is_due = now_s >= _next_s.get((account, region), 0.0)
        if is_due:
            _next_s[account, region] = now_s + 1 / rate
        return is_due
