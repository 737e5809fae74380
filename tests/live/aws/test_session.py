"""AWS clients and what is made of their errors."""

from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from mailproof.live.answer import NotFound, Unanswered
from mailproof.live.aws import session
from mailproof.live.aws.clients import fetch_account, refuse_other_account
from mailproof.live.aws.session import AwsSession, ask_aws, build_config
from tests.fake_aws import open_session


def failing(error: Exception) -> Callable[[], str]:
    """Return a call that fails."""

    def call() -> str:
        raise error

    return call


def client_error(code: str, message: str = "") -> ClientError:
    """Build an error as a client raises it."""
    return ClientError({"Error": {"Code": code, "Message": message}}, "Operation")


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (client_error("NotFoundException"), NotFound()),
        (client_error("AccessDeniedException", "no"), Unanswered("AccessDeniedException", "no")),
        (client_error("TooManyRequestsException"), Unanswered("TooManyRequestsException")),
        (client_error("InternalServiceError"), Unanswered("InternalServiceError")),
        (NoCredentialsError(), Unanswered("NoCredentialsError", "Unable to locate credentials")),
        (ConnectionResetError("reset"), Unanswered("no connection", "reset")),
    ],
    ids=["absent", "denied", "throttled", "5xx", "no-credentials", "reset"],
)
def test_errors_are_sorted(error: Exception, outcome: object) -> None:
    """Only "not found" is an absence."""
    assert ask_aws(failing(error)) == outcome


def test_facts_come_through() -> None:
    """What a call returns is the answer."""
    assert ask_aws(lambda: "fact") == "fact"


def test_retries_are_adaptive_where_no_pace_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """SES has a pace of its own, and botocore's beside it would wait twice."""
    monkeypatch.delenv("AWS_RETRY_MODE", raising=False)
    monkeypatch.delenv("AWS_MAX_ATTEMPTS", raising=False)
    assert [build_config(service).retries["mode"] for service in ("route53", "sesv2")] == ["adaptive", "standard"]


def test_what_the_environment_says_of_retries_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client is left to read it."""
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "3")
    assert build_config("sesv2").retries is None


def test_other_accounts_are_refused() -> None:
    """A wrong account is said so; so is an STS that does not answer."""
    refusal = refuse_other_account("111122223333", "444455556666")
    assert refusal is not None
    assert "111122223333" in str(refusal)
    assert "444455556666" in str(refusal)
    assert refuse_other_account("111122223333", "111122223333") is None
    silence = fetch_account(failing(NoCredentialsError()))
    assert refuse_other_account(silence, "111122223333") == silence


def test_sessions_share_the_models_of_services(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rollout opens one session after the other, and reads what boto3 knows of a service once."""
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setattr(session, "_open_session", open_session)
    first, second = (AwsSession().client("sts", "us-east-1") for _ in range(2))
    assert first is not second
    assert first.meta.service_model.metadata is second.meta.service_model.metadata
