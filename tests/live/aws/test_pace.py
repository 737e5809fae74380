"""The pace of calls: on a clock of its own, so that nothing waits."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from mailproof.live.aws.pace import ATTEMPTS, LONGEST_S, Pace
from tests.check.world_aws import ACCOUNT
from tests.fake_aws import FakeAws, refused

GET_ACCOUNT = "ses GET /v2/email/account"


class LimitedSes:
    """
    SES that answers so many requests a second, and no other before its time has come.

    Args:
        rate: Requests a second.
    """

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self.now_s = self.next_s = 0.0
        self.refusals = 0
        self.aws = FakeAws()
        self.aws.answers[GET_ACCOUNT] = self.answer

    def answer(self, _body: str) -> tuple[int, Any]:
        """Answer one request, which takes a little time."""
        self.now_s += 0.001
        if self.now_s < self.next_s:
            self.refusals += 1
            return refused("TooManyRequestsException", 429)
        self.next_s = self.now_s + 1 / self.rate
        return 200, ACCOUNT

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now_s += seconds

    def client(self) -> Any:
        """Return a client that keeps a pace."""
        client = self.aws.client("sesv2")
        Pace(lambda: self.now_s, self.sleep).attach(client)
        return client


@pytest.mark.parametrize("rate", [1, 0.5, 10])
def test_every_call_is_answered_near_the_limit(rate: float) -> None:
    """Whatever it is: hardly any in vain, and little longer than the limit takes."""
    ses, calls = LimitedSes(rate), 200
    client = ses.client()
    for _ in range(calls):
        client.get_account()
    assert ses.now_s < 1.2 * calls / rate
    assert ses.refusals < calls / 8


def test_nothing_waits_until_a_call_is_refused() -> None:
    """A small run is as fast as without."""
    ses = LimitedSes(1_000_000)
    client = ses.client()
    for _ in range(20):
        client.get_account()
    assert ses.now_s == pytest.approx(20 * 0.001)


def test_a_limit_that_is_lifted_is_found_out() -> None:
    """Slowly: each answer brings the calls a little nearer."""
    ses = LimitedSes(1)
    client = ses.client()
    for _ in range(50):
        client.get_account()
    before_s, ses.rate = ses.now_s, 1_000_000
    for _ in range(600):
        client.get_account()
    assert ses.now_s - before_s < 0.75 * 600


def test_a_call_is_given_up_after_a_while() -> None:
    """The error is SES's own."""
    ses = LimitedSes(1)
    ses.aws.answers[GET_ACCOUNT] = refused("TooManyRequestsException", 429)
    with pytest.raises(ClientError, match="TooManyRequestsException"):
        ses.client().get_account()
    assert len(ses.aws.calls) == ATTEMPTS
    assert ses.now_s <= ATTEMPTS * LONGEST_S


def test_other_errors_are_left_to_botocore() -> None:
    """They are no reason to go slower."""
    ses = LimitedSes(1)
    ses.aws.answers[GET_ACCOUNT] = refused("AccessDeniedException")
    with pytest.raises(ClientError, match="AccessDeniedException"):
        ses.client().get_account()
    assert (len(ses.aws.calls), ses.now_s) == (1, 0)
