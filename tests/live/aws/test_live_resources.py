"""Reading what SES holds for adopt and prune: each identity once, and a dead region no further."""

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
