"""What `mailproof init` asks and proposes, and what it finds with the credentials at hand."""

from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from mailproof.change.errors import CommandError
from mailproof.live.answer import Unanswered
from mailproof.live.aws.session import AwsSession
from mailproof.scaffold.answers import Answers, ZonePlace
from mailproof.scaffold.found import Found, find_domains, look
from mailproof.scaffold.questions import Questions
from tests.fake_aws import ACCOUNT, FakeAws, refused

ZONES = """<ListHostedZonesResponse><HostedZones>{}</HostedZones><IsTruncated>false</IsTruncated><MaxItems>9</MaxItems>
</ListHostedZonesResponse>"""
ZONE = """<HostedZone><Id>/hostedzone/{0}</Id><Name>{1}.</Name><CallerReference>x</CallerReference>
<Config><PrivateZone>{2}</PrivateZone></Config></HostedZone>"""
FOUND = Found(ACCOUNT, "eu-west-1", {"own.example": ["Z1"], "twice.example": ["Z2", "Z3"]})
NOTHING = Unanswered("NoCredentialsError")


class Session(AwsSession):
    """Asks the AWS of a table."""

    def __init__(self, aws: FakeAws) -> None:
        super().__init__()
        self._aws = aws

    def client(self, service: str, region: str | None = None) -> Any:
        """Return a client of it."""
        return self._aws.client(service, region or "us-east-1")

    def open(self) -> Any:
        """Return what knows the region of the profile."""
        return SimpleNamespace(region_name="eu-central-1")


def answering(*answers: str) -> tuple[Callable[[str], str | None], list[str]]:
    """Return what answers one question after the other, and the list of those that it was asked."""
    left, asked = list(answers), list[str]()

    def ask(question: str) -> str | None:
        asked.append(question)
        return left.pop(0) if left else None

    return ask, asked


def complete(given: Answers, *answers: str, found: Found = FOUND, there: Sequence[str] | Unanswered = ()) -> Answers:
    """Return what comes of answers."""
    ask, asked = answering(*answers)

    def identities(regions: Sequence[str]) -> Mapping[str, Sequence[str] | Unanswered]:
        return dict.fromkeys(regions, there)

    made = Questions(ask, found, identities).complete(given)
    assert len(asked) == len(answers)
    return made


def test_enter_takes_what_was_found() -> None:
    """Account, region, the identities that are there, and the zone that holds them."""
    made = complete(Answers(), "", "", "", there=["own.example", "news.own.example"])
    assert made == Answers(
        account=ACCOUNT,
        regions=("eu-west-1",),
        domains=("own.example", "news.own.example"),
        zones={"own.example": ZonePlace("Z1")},
    )


def test_what_was_given_is_not_asked(capsys: pytest.CaptureFixture[str]) -> None:
    """Of a zone in another account than the one that sends, its account is noted; of two zones of a name, it asks."""
    given = Answers(account="444455556666", regions=("us-east-1",), domains=("own.example", "a.twice.example"))
    made = complete(given, "twice.example=Z3")
    assert made.zones == {"own.example": ZonePlace("Z1", ACCOUNT), "twice.example": ZonePlace("Z3")}
    assert "several zones of the name twice.example: Z2, Z3" in capsys.readouterr().err


def test_what_could_not_be_asked_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is proposed then, and a mistyped answer is asked again with what is wrong with it."""
    found = Found(NOTHING, "us-east-1", NOTHING)
    made = complete(Answers(), "1", ACCOUNT, "eu-wset-1", "eu-west-1, us-east-1", "a.own.example", "", found=found)
    assert (made.account, made.regions) == (ACCOUNT, ("eu-west-1", "us-east-1"))
    assert made.zones == {"own.example": ZonePlace()}
    said = capsys.readouterr().err
    assert "could not ask AWS: NoCredentialsError" in said
    assert "did you mean 'eu-west-1'?" in said
    assert "is not an AWS account id" in said


def test_identities_that_could_not_be_asked_for_are_said(capsys: pytest.CaptureFixture[str]) -> None:
    """The question stays."""
    denied = Unanswered("AccessDeniedException", "no")
    complete(Answers(), "", "", "own.example", there=denied)
    assert "could not ask SES in eu-west-1 for its identities: AccessDeniedException (no)" in capsys.readouterr().err


def test_nobody_who_answers_ends_it() -> None:
    """No default, and the input is at its end."""
    with pytest.raises(CommandError, match="no answer to: Domains that send; nothing was written"):
        Questions(answering("", "")[0], FOUND, lambda _: {}).complete(Answers())


def test_zones_and_identities_are_found() -> None:
    """Public zones and domains; neither private zones nor addresses, and nothing else is asked."""
    zones = "".join(ZONE.format(*zone) for zone in (("Z1", "own.example", "false"), ("Z2", "in.example", "true")))
    aws = FakeAws()
    aws.answers["route53 GET /2013-04-01/hostedzone"] = 200, ZONES.format(zones)
    listed = [{"IdentityName": name} for name in ("own.example", "a@own.example")]
    aws.answers["ses POST /v2/email/list-identities"] = 200, {"EmailIdentities": listed}
    assert look(Session(aws)) == Found(ACCOUNT, "eu-central-1", {"own.example": ["Z1"]})
    assert find_domains(Session(aws), ["eu-west-1"]) == {"eu-west-1": ("own.example",)}
    assert len(aws.calls) == 3


def test_denied_is_not_none() -> None:
    """Zones that could not be listed are unknown, not absent."""
    aws = FakeAws()
    aws.answers["route53 GET /2013-04-01/hostedzone"] = refused("AccessDenied")
    assert isinstance(look(Session(aws)).zones, Unanswered)
