"""Tests of `mailproof wait`."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mailproof.commands import wait as wait_module
from tests.check.world_aws import listed
from tests.commands.world import GET_IDENTITY, IDENTITY, ZONE, Changing, World, world, zones

PENDING: dict[str, Any] = {**IDENTITY, "DkimAttributes": {**IDENTITY["DkimAttributes"], "Status": "PENDING"}}  # type: ignore[dict-item]
FAILED: dict[str, Any] = {**IDENTITY, "DkimAttributes": {**IDENTITY["DkimAttributes"], "Status": "FAILED"}}  # type: ignore[dict-item]
LIST = "ses POST /v2/email/list-identities"
START_DKIM = "ses PUT /v2/email/identities/example.com/dkim/signing"


@pytest.fixture
def dns() -> Changing:
    """A DNS in which the domain has no DKIM record yet."""
    return Changing(zones("\n".join(line for line in ZONE.splitlines() if "_domainkey" not in line) + "\n"))


@pytest.fixture
def pending(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dns: Changing) -> Iterator[World]:
    """A world that waits for its DKIM records."""
    with world(tmp_path, monkeypatch, dns) as found:
        found.aws.answers[GET_IDENTITY] = (200, PENDING)
        yield found


def test_it_waits_until_all_is_verified(pending: World, dns: Changing, monkeypatch: pytest.MonkeyPatch) -> None:
    """The records come, then SES sees them; stderr says what was missing, stdout holds the last report."""
    steps = [
        lambda: setattr(dns, "world", zones()),
        lambda: pending.aws.answers.update({GET_IDENTITY: (200, IDENTITY)}),
    ]
    monkeypatch.setattr(wait_module, "sleep", lambda _: steps.pop(0)())
    result = pending.run("wait", "--format", "json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["findings"] == []
    lines = [line.partition(" since ")[0] for line in result.stderr.splitlines()]
    assert lines == [
        "prod example.com us-east-1: DKIM PENDING, records wrong",
        "1 not verified, next look in 10 s",
        "prod example.com us-east-1: DKIM PENDING",
        "1 not verified, next look in 15 s",
    ]


def test_the_time_is_up(pending: World) -> None:
    """Exit code 1, and the report says what is missing."""
    result = pending.run("wait", "--timeout", "0")
    assert result.exit_code == 1
    assert "dkim-cname-missing" in result.stdout


@pytest.mark.parametrize("option", ["--restart", "--re-arm"])
def test_ses_starts_again_once_the_records_are_right(
    pending: World, dns: Changing, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    """Not before: SES would only fail again."""
    pending.aws.answers[GET_IDENTITY] = (200, FAILED)
    pending.aws.answers[START_DKIM] = (200, {"DkimStatus": "PENDING"})
    calls_before: list[bool] = []

    def publish(_: float) -> None:
        calls_before.append(any("dkim/signing" in call for call in pending.aws.calls))
        dns.world = zones()
        if len(calls_before) > 1:
            pending.aws.answers[GET_IDENTITY] = (200, IDENTITY)

    monkeypatch.setattr(wait_module, "sleep", publish)
    result = pending.run("wait", option)
    assert result.exit_code == 0
    assert calls_before == [False, True]
    assert "example.com us-east-1: DKIM restarted" in result.stderr


def test_without_asking_nothing_is_started_again(pending: World, dns: Changing) -> None:
    """The state stays FAILED, and the report says what to do."""
    dns.world = zones()
    pending.aws.answers[GET_IDENTITY] = (200, FAILED)
    result = pending.run("wait", "--timeout", "0")
    assert result.exit_code == 1
    assert "dkim-failed-set-up-again" in result.stdout
    assert not [call for call in pending.aws.calls if " PUT " in call]


def test_what_could_not_be_asked_is_exit_3(pending: World, dns: Changing) -> None:
    """Nothing is known to be missing."""
    dns.world = zones()
    pending.aws.answers[GET_IDENTITY] = (403, {"__type": "AccessDeniedException"})
    assert pending.run("wait", "--timeout", "0").exit_code == 3


def test_what_is_verified_is_asked_for_once_a_wait(
    pending: World, dns: Changing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SES answers one request a second: the others wait for theirs."""
    dns.world = zones()
    text = (pending.folder / "prod.yaml").read_text().replace("[us-east-1]", "[us-east-1, eu-west-1]")
    (pending.folder / "prod.yaml").write_text(text.replace("mail_from: bounce", "mail_from: none"))
    pending.aws.answers[LIST] = (200, {"EmailIdentities": [listed("example.com")]})
    pending.aws.answers[f"us-east-1 {GET_IDENTITY}"] = (200, IDENTITY)
    monkeypatch.setattr(
        wait_module, "sleep", lambda _: pending.aws.answers.update({f"eu-west-1 {GET_IDENTITY}": (200, IDENTITY)})
    )
    assert pending.run("wait").exit_code == 0
    asked = [call.split()[0] for call in pending.aws.calls if call.endswith(GET_IDENTITY)]
    assert sorted(asked) == ["eu-west-1", "eu-west-1", "us-east-1"]
