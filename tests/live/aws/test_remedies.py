"""What to do where AWS does not answer follows from the reason."""

import pytest

from mailproof.check.judging import Findings
from mailproof.check.preflight.rules import no_credentials
from mailproof.check.preflight.subjects import Caller
from mailproof.check.subjects import SesUnavailable
from mailproof.live.answer import Unanswered
from mailproof.live.aws.remedies import WRONG_ACCOUNT


@pytest.mark.parametrize(
    ("reason", "word"),
    [
        (WRONG_ACCOUNT, "account"),
        ("ProfileNotFound", "AWS_PROFILE"),
        ("NoCredentialsError", "Log in"),
        ("ExpiredToken", "Log in again"),
        ("EndpointConnectionError", "network"),
        ("AccessDeniedException", "ses:GetAccount"),
        ("TooManyRequestsException", "throttled"),
    ],
)
def test_the_fix_follows_from_the_reason(reason: str, word: str) -> None:
    """Nobody is sent to IAM for want of a network."""
    findings = Findings("prod")
    findings.judge_first(SesUnavailable("us-east-1", None, Unanswered(reason)))
    assert word in findings.items[0].fix


def test_preflight_names_the_network_too() -> None:
    """Who has no network need not log in."""
    outcome = no_credentials.judge(Caller("111122223333", Unanswered("EndpointConnectionError")))
    assert outcome is not None
    assert "network" in outcome.fix
