"""
The pace of calls to a service that allows few: full speed until one is refused for coming too soon, then spaced.

botocore's adaptive retries wait longer and longer instead: on a server that answered one request a second they took 2.5
times as long as it would have needed, and asked every second question in vain.
"""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

ATTEMPTS = 12  # of one call; each waits for its turn
FIRST_S, LONGEST_S = 0.05, 2.5  # between calls
WIDER, MUCH_WIDER, NARROWER = 1.05, 2.0, 0.998  # if there was an answer in between, if there was none, with each answer
THROTTLED = frozenset({"TooManyRequestsException", "ThrottlingException", "Throttling"})


class Pace:
    """
    Spaces the calls of one client; may be used from several threads.

    The distance between calls grows with each one refused and shrinks a little with each one answered, so that it stays
    near what the service allows, whatever that is and whoever else asks.

    Args:
        now: Tells the time, seconds.
        sleep: Waits, seconds.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep) -> None:
        self._now = now
        self._sleep = sleep
        self._lock = threading.Lock()
        self._distance_s = 0.0
        self._next_s = 0.0
        self._widened_s = 0.0
        self._has_answered = True

    def attach(self, client: Any) -> None:
        """Have a client keep the pace, if it keeps none yet."""
        service = client.meta.service_model.service_id.hyphenize()
        client.meta.events.register(f"before-call.{service}", self._await_turn, unique_id="mailproof-turn")
        # Before botocore's own: the first that answers decides.
        client.meta.events.register_first(f"needs-retry.{service}", self._judge, unique_id="mailproof-judge")

    def _await_turn(self, **_: Any) -> None:
        with self._lock:
            now_s = self._now()
            turn_s = max(now_s, self._next_s)
            self._next_s = turn_s + self._distance_s
        if turn_s > now_s:
            self._sleep(turn_s - now_s)

    def _judge(self, response: tuple[Any, Mapping[str, Any]] | None, attempts: int, **_: Any) -> float | None:
        """Learn from an outcome; return how long to wait, which is done already, or None to leave it to botocore."""
        if response is None:
            return None
        if response[1].get("Error", {}).get("Code") not in THROTTLED:
            self._note_answer()
            return None
        self._note_refusal()
        if attempts >= ATTEMPTS:
            return None
        self._await_turn()
        return 0.0

    def _note_answer(self) -> None:
        with self._lock:
            self._has_answered = True
            self._distance_s *= NARROWER

    def _note_refusal(self) -> None:
        with self._lock:
            now_s = self._now()
            if not self._distance_s:
                self._distance_s = FIRST_S
            elif now_s - self._widened_s >= self._distance_s:  # those under way at once are one step too far
                by = WIDER if self._has_answered else MUCH_WIDER
                self._distance_s = min(self._distance_s * by, LONGEST_S)
            else:
                return
            self._widened_s, self._has_answered = now_s, False
            self._next_s = max(self._next_s, now_s + self._distance_s)
