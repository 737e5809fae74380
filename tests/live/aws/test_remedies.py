"""What to do where AWS does not answer follows from the reason."""

from pathlib import Path

import pytest

from mailproof.check.judging import Findings
from mailproof.check.preflight.rules.account import no_credentials
from mailproof.check.preflight.subjects import Caller
from mailproof.check.subjects import SesUnavailable
from mailproof.environments import load_environments
from mailproof.live.answer import Unanswered
from mailproof.live.aws.members import UNREADABLE_ANSWER
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
        ("RequestTimeTooSkewed", "clock"),
        ("SignatureDoesNotMatch (Signature expired: 20260101T000000Z is now earlier than 20260101T001000Z)", "clock"),
        ("InvalidSignatureException (Signature not yet current: 20260101T001000Z is still later than …)", "clock"),
        ("SignatureDoesNotMatch (The request signature we calculated does not match)", "secret access key"),
        ("AccessDeniedException (… with an explicit deny in a service control policy)", "organisation"),
        ("AccessDenied (… because no resource control policy allows it)", "organisation"),
        ("AccessDenied (… because no identity-based policy allows it)", "ses:GetAccount"),
        ("InternalFailure", "AWS itself"),
        ("HTTP 503", "AWS itself"),
        ("HTTP 404", "who answers for AWS"),
        (UNREADABLE_ANSWER, "who answers for AWS"),
    ],
)
def test_the_fix_follows_from_the_reason(reason: str, word: str) -> None:
    """Nobody is sent to IAM for want of a network."""
    findings = Findings(load_environments(Path("environments"), "prod")[0])
    code, _, message = reason.partition(" (")
    findings.judge_first(SesUnavailable("us-east-1", None, Unanswered(code, message)))
    assert word in findings.items[0].fix


def test_preflight_names_the_network_too() -> None:
    """Who has no network need not log in."""
    outcome = no_credentials.judge(Caller("111122223333", Unanswered("EndpointConnectionError")))
    assert outcome is not None
    assert "network" in outcome.fix
