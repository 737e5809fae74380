"""The limit of requests to SES."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mailproof.live.aws.pace import Pace
from mailproof.localaws import running
from mailproof.localaws.__main__ import main
from tests.localaws.world import World


def code_of(call: Callable[..., Any], **arguments: Any) -> str:
    """Return the error code of a call; empty if it was answered."""
    try:
        call(**arguments)
    except ClientError as err:
        return str(err.response["Error"]["Code"])
    return ""


def test_one_request_is_answered_and_the_next_when_its_time_has_come(world: World) -> None:
    """In each region of an account; other services and sending have limits of their own."""
    here, old, there = world.client("sesv2"), world.client("ses"), world.client("sesv2", "eu-west-1")
    world.aws.set_ses_rate(world.account, 0.001)
    try:
        assert code_of(here.get_account) == ""
        assert code_of(here.list_email_identities) == "TooManyRequestsException"
        assert code_of(old.list_identities) == "Throttling"
        assert code_of(there.get_account) == ""
        assert code_of(world.aws.client("sesv2", "000000000042").get_account) == ""
        assert code_of(world.client("route53").list_hosted_zones) == ""
        sent = code_of(
            here.send_email,
            FromEmailAddress=f"a@{world.zone}",
            Destination={"ToAddresses": ["b@example.net"]},
            Content={"Simple": {"Subject": {"Data": "a"}, "Body": {"Text": {"Data": "a"}}}},
        )
        assert sent == "MessageRejected"
    finally:
        world.aws.set_ses_rate(world.account, 0)
    assert code_of(here.list_email_identities) == ""


def test_a_client_that_keeps_the_pace_is_always_answered() -> None:
    """With some requests in vain, from which it learns the limit."""
    with running(ses_rate=20) as aws:
        client = aws.client("sesv2", "111122223333")
        Pace().attach(client)
        for _ in range(10):
            client.get_account()
        calls = aws.calls()["sesv2"]["GetAccount"]
    assert 10 < calls < 40


@pytest.mark.parametrize("rate", ["abc", "-1", "1001", "nan"])
def test_what_is_no_rate_is_named(rate: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything is started."""
    with pytest.raises(SystemExit, match="2"):
        main([f"--ses-rate={rate}"])
    assert f"argument --ses-rate: is not a number of requests per second, got {rate!r}" in capsys.readouterr().err
