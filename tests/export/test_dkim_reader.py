"""Tests of reading DKIM records from SES, over a loopback socket."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mailproof.export.dkim_reader import DkimAnswer, DkimState, SesDkimReader, judge_identity
from mailproof.live.aws.ses_facts import parse_identity
from mailproof.model.environment import Environment
from tests.check.world_aws import identity_answer
from tests.export.samples import easy_dkim, environments
from tests.fake_aws import CALLER, FakeAws, caller, identity, refused, serve

REGION = "af-south-1"


@pytest.fixture
def ses(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeAws]:
    """A server that knows no identity yet, to which every client talks."""
    with serve(FakeAws()) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        yield server


@pytest.fixture
def prod(tmp_path: Path) -> Environment:
    """The environment whose account the credentials belong to."""
    return environments(tmp_path)[0]


def test_names_and_targets_come_from_tokens_and_signing_hosted_zone(ses: FakeAws, prod: Environment) -> None:
    """The host is the one that SES names, never one made from the region."""
    ses.answers[identity("e.test", REGION)] = easy_dkim("e.test", REGION, "dkim.af-south-1.amazonses.com")
    answer = SesDkimReader().read(prod, "e.test", REGION)
    assert answer.pairs[0] == (
        "etestafsouth11._domainkey.e.test",
        "etestafsouth11.dkim.af-south-1.amazonses.com",
    )
    assert len(answer.pairs) == 3


@pytest.mark.parametrize(
    ("code", "state", "reason"),
    [
        ("NotFoundException", DkimState.MISSING, "there is no such identity"),
        ("AccessDeniedException", DkimState.UNKNOWN, "AccessDeniedException"),
    ],
)
def test_absent_and_unanswered_are_told_apart(
    ses: FakeAws, prod: Environment, code: str, state: DkimState, reason: str
) -> None:
    """Only SES's own word makes an identity missing."""
    ses.answers[identity("e.test", REGION)] = refused(code)
    answer = SesDkimReader().read(prod, "e.test", REGION)
    assert (answer.state, reason in answer.reason) == (state, True)


def test_a_region_that_answers_nothing_is_asked_once(ses: FakeAws, prod: Environment) -> None:
    """Nobody waits for a thousand refusals of the same kind."""
    reader = SesDkimReader()
    ses.answers[identity("a.test", REGION)] = refused("UnrecognizedClientException")
    answers = [reader.read(prod, domain, REGION) for domain in ("a.test", "b.test", "c.test")]
    assert {answer.state for answer in answers} == {DkimState.UNKNOWN}
    assert ses.calls == [f"{REGION} {CALLER}", identity("a.test", REGION)]


def test_missing_credentials_are_no_missing_identity(
    ses: FakeAws, prod: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without credentials SES could not be asked."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    answer = SesDkimReader().read(prod, "e.test", REGION)
    assert (answer.state, "redentials" in answer.reason, ses.calls) == (DkimState.UNKNOWN, True, [])


def test_credentials_of_another_account_say_nothing(ses: FakeAws, prod: Environment) -> None:
    """The same domain may be an identity there, with other tokens; SES is not asked."""
    ses.answers[CALLER] = caller("999988887777")
    ses.answers[identity("e.test", REGION)] = easy_dkim("e.test", REGION)
    answer = SesDkimReader().read(prod, "e.test", REGION)
    assert answer.state is DkimState.UNKNOWN
    assert "the credentials belong to 999988887777, the environment to 111122223333" in answer.reason
    assert ses.calls == [f"{REGION} {CALLER}"]


def test_who_asks_is_asked_once(ses: FakeAws, prod: Environment) -> None:
    """One call of STS a run, one of SES an identity."""
    reader = SesDkimReader()
    for domain in ("a.test", "b.test"):
        ses.answers[identity(domain, REGION)] = easy_dkim(domain, REGION)
        assert reader.read(prod, domain, REGION).state is DkimState.KNOWN
    assert ses.calls == [f"{REGION} {CALLER}", identity("a.test", REGION), identity("b.test", REGION)]


def test_whose_tokens_nobody_knows_are_not_published(ses: FakeAws, prod: Environment) -> None:
    """If STS does not answer they may be those of another account; SES is not asked."""
    ses.answers[CALLER] = (403, "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>")
    answer = SesDkimReader().read(prod, "e.test", REGION)
    assert (answer.state, answer.reason) == (
        DkimState.UNKNOWN,
        "STS could not be asked whose the credentials are: AccessDenied",
    )
    assert ses.calls == [f"{REGION} {CALLER}"]


def _judge(dkim: dict[str, Any]) -> DkimAnswer:
    return judge_identity("e.test", parse_identity(identity_answer(dkim)))


@pytest.mark.parametrize(
    ("dkim", "state", "reason"),
    [
        ({"SigningAttributesOrigin": "EXTERNAL", "Tokens": ["sel"]}, DkimState.OWN_KEY, "selector sel"),
        ({"Status": "NOT_STARTED", "Tokens": None}, DkimState.MISSING, "Easy DKIM was never set up"),
    ],
    ids=["own-key", "not-started"],
)
def test_no_record_is_guessed(dkim: dict[str, Any], state: DkimState, reason: str) -> None:
    """Where SES names no record, none is made up."""
    answer = _judge(dkim)
    assert (answer.state, answer.pairs, reason in answer.reason) == (state, (), True)
