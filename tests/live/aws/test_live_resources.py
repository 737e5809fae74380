"""Reading what SES holds: each identity once, the regions side by side, and a dead region no further."""

import threading
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mailproof.live.answer import AwsAnswer, NotFound, Unanswered
from mailproof.live.aws.clients import Clients, Target
from mailproof.live.aws.live_resources import LiveResources
from mailproof.live.aws.session import AwsSession, ask_aws

EAST, WEST = Target("111111111111", "us-east-1"), Target("111111111111", "us-west-2")


class FakeSes(Clients):
    """An SES that refuses with one code in us-west-2, and has no identity elsewhere."""

    def __init__(self, code: str) -> None:
        super().__init__(AwsSession())
        self.code = code
        self.asked: list[str] = []
        self.region = ""

    def ask(self, service: str, target: Target, call: Any) -> AwsAnswer[Any]:
        """Let the caller ask this very object."""
        assert service == "sesv2"
        self.region = target.region
        return ask_aws(lambda: call(self))

    def get_email_identity(self, EmailIdentity: str) -> dict[str, Any]:  # noqa: N803 -- boto3's name
        """Refuse."""
        self.asked.append(EmailIdentity)
        code = self.code if self.region == WEST.region else "NotFoundException"
        raise ClientError({"Error": {"Code": code, "Message": ""}}, "GetEmailIdentity")


@pytest.mark.parametrize(
    ("code", "asked"),
    [("ExpiredToken", ["a"]), ("UnrecognizedClientException", ["a"]), ("AccessDeniedException", ["a", "b"])],
)
def test_a_region_that_answers_nothing_is_asked_once(code: str, asked: list[str]) -> None:
    """Nobody waits for a thousand refusals of the same kind; what a policy refuses says nothing of the next."""
    ses = FakeSes(code)
    found = LiveResources(ses)
    assert [found.identity(WEST, domain) for domain in "ab"] == [Unanswered(code)] * 2
    assert ses.asked == asked
    assert found.identity(EAST, "a") == NotFound()


class SlowSes(Clients):
    """An SES of which no region answers before each has been asked."""

    def __init__(self, *regions: Target, pause_s: float = 0) -> None:
        super().__init__(AwsSession())
        self.pause_s = pause_s
        self.asked: dict[str, list[str]] = {place.region: [] for place in regions}
        self.together = threading.Barrier(len(regions))

    def ask(self, service: str, target: Target, call: Any) -> AwsAnswer[Any]:
        """Answer that there is nothing, once all regions are asked."""
        assert (service, bool(call)) == ("sesv2", True)
        self.asked[target.region].append("asked")
        self.together.wait(10)
        time.sleep(self.pause_s)
        return NotFound()


def test_regions_are_read_side_by_side() -> None:
    """SES limits each by itself; in one region an identity is read after the other."""
    ses = SlowSes(EAST, WEST)
    found = LiveResources(ses)
    pairs = [(place, domain) for place in (EAST, WEST) for domain in "abc"]
    assert sorted(found.read_identities(pairs), key=str) == sorted(pairs, key=str)
    assert [len(asked) for asked in ses.asked.values()] == [3, 3]
    assert ses.together.broken is False


def test_who_is_interrupted_reads_no_further() -> None:
    """What is asked at that moment is waited for, and nothing else."""
    ses = SlowSes(EAST, pause_s=0.01)
    reading = LiveResources(ses).read_identities((EAST, str(number)) for number in range(1_000))
    next(reading)
    reading.close()  # type: ignore[attr-defined]
    assert len(ses.asked[EAST.region]) < 1_000
