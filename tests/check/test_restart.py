"""What is restarted, and what is not."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mailproof.check.restart import Restarter
from mailproof.environments import load_environments
from mailproof.model.environment import Environment
from tests.check.test_wait import finding
from tests.check.world_aws import identity_answer

FILE = """\
account: "111122223333"
regions: [us-east-1]
zones: {example.com: external}
domains: [{name: example.com, mail_from: {name: bounce, on_mx_failure: reject_message}}]
"""
DKIM, MAIL_FROM = finding("dkim-failed-set-up-again"), finding("mail-from-failed-set-up-again")


class Ses:
    """A client that notes what it is told to change."""

    def __init__(self, origin: str = "AWS_SES", *, denies: bool = False) -> None:
        self.origin = origin
        self.denies = denies
        self.changes: list[dict[str, Any]] = []

    def get_email_identity(self, **_: Any) -> dict[str, Any]:
        """Answer with the origin of the key."""
        return identity_answer({"Status": "FAILED", "SigningAttributesOrigin": self.origin})

    def put_email_identity_dkim_signing_attributes(self, **options: Any) -> dict[str, Any]:
        """Note the change."""
        return self._note(options)

    def put_email_identity_mail_from_attributes(self, **options: Any) -> dict[str, Any]:
        """Note the change."""
        return self._note(options)

    def _note(self, options: dict[str, Any]) -> dict[str, Any]:
        if self.denies:
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "Put")
        self.changes.append(options)
        return {}


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    """One domain."""
    (tmp_path / "prod.yaml").write_text(FILE)
    (found,) = load_environments(tmp_path)
    return found


def restart(ses: Ses, environment: Environment, *findings: Any) -> list[str]:
    """Start again what the findings say; return the lines told."""
    lines: list[str] = []
    restarter = Restarter(lambda _name, _service, _region: ses, lines.append)
    restarter.restart(environment, findings)
    restarter.restart(environment, findings)
    return lines


def test_easy_dkim_is_started_again_once(environment: Environment) -> None:
    """However often it is found FAILED in one run."""
    ses = Ses()
    assert restart(ses, environment, DKIM) == ["example.com us-east-1: DKIM restarted"]
    assert ses.changes == [{"EmailIdentity": "example.com", "SigningAttributesOrigin": "AWS_SES"}]


def test_mail_from_is_set_again_as_the_file_has_it(environment: Environment) -> None:
    """What it does on a missing MX stays as it is."""
    ses = Ses()
    assert restart(ses, environment, MAIL_FROM) == ["example.com us-east-1: MAIL FROM restarted"]
    assert ses.changes == [
        {
            "EmailIdentity": "example.com",
            "MailFromDomain": "bounce.example.com",
            "BehaviorOnMxFailure": "REJECT_MESSAGE",
        }
    ]


@pytest.mark.parametrize("origin", ["EXTERNAL", "AWS_SES_EU_WEST_1"])
def test_other_keys_than_easy_dkims_are_left_alone(environment: Environment, origin: str) -> None:
    """Starting Easy DKIM would replace the customer's key, or the replica's parent."""
    ses = Ses(origin)
    (line,) = restart(ses, environment, DKIM)
    assert "not restarted" in line
    assert ses.changes == []


def test_nothing_else_is_started(environment: Environment) -> None:
    """While a record is wrong SES would only fail again."""
    ses = Ses()
    assert restart(ses, environment, finding("dkim-cname-missing"), finding("dkim-pending")) == []
    assert ses.changes == []


def test_a_refusal_is_told(environment: Environment) -> None:
    """And does not end the wait."""
    (line,) = restart(Ses(denies=True), environment, DKIM)
    assert line == "example.com us-east-1: DKIM not restarted, AccessDeniedException (no)"
