"""Reading SES: how often it is asked, and what is made of what it says."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from mailproof.live.answer import NotFound, Unanswered
from mailproof.live.aws.members import UNREADABLE_ANSWER, UnreadableAnswer
from mailproof.live.aws.pooled import SesReader
from mailproof.live.aws.ses import REFUSALS_LIMIT, Breaker, list_identities
from mailproof.live.aws.ses_facts import AccountFacts, IdentityFacts, RegionFacts, parse_identity
from mailproof.live.aws.session import ask_aws
from tests.check.world_aws import IDENTITY, ses_world
from tests.fake_aws import FakeAws


def read(state: Any, *domains: str) -> tuple[RegionFacts, list[str]]:
    """Read a region; return what was found, and the calls."""
    aws = ses_world(state)
    client = aws.client("sesv2")
    with ThreadPoolExecutor(4) as pool:
        facts = asyncio.run(SesReader(lambda: client, pool).read(domains))
    return facts, sorted(call.removeprefix("us-east-1 ses ") for call in aws.calls)


def test_each_identity_is_asked_for_once() -> None:
    """Everything else is asked for once per region, however many identities share it."""
    identities = {name: {"ConfigurationSetName": "set"} for name in ("a.example", "b.example", "c@a.example")}
    facts, calls = read(
        {"identities": identities, "configuration_sets": {"set": None}}, "a.example", "b.example", "no.example"
    )
    assert calls == [
        "GET /v2/email/account",
        "GET /v2/email/configuration-sets/set",
        "GET /v2/email/identities/a.example",
        "GET /v2/email/identities/b.example",
        "GET /v2/email/identities/no.example",
        "POST /v2/email/list-identities",
        "POST /v2/email/list-identities",
    ]
    assert facts.addresses == ("c@a.example",)
    assert facts.identities["no.example"] == NotFound()
    assert isinstance(facts.account, AccountFacts)


def test_an_unreachable_region_is_not_asked_for_each_identity() -> None:
    """Where no call is answered, none of thousands will be."""
    facts, calls = read("unreachable", *(f"d{number}.example" for number in range(50)))
    assert calls == ["GET /v2/email/account", "POST /v2/email/list-identities"]
    assert all(isinstance(answer, Unanswered) for answer in facts.identities.values())


def test_a_throttled_region_is_given_up_after_some_identities() -> None:
    """Each of them has waited out all retries of its own."""
    facts, calls = read("throttled", *(f"d{number}.example" for number in range(50)))
    assert REFUSALS_LIMIT <= len(calls) < REFUSALS_LIMIT + 4
    assert all(answer == Unanswered("TooManyRequestsException") for answer in facts.identities.values())


def test_a_denied_operation_does_not_stop_the_others() -> None:
    """A policy may allow GetEmailIdentity alone."""
    faults = {"GetAccount": "access-denied", "ListEmailIdentities": "access-denied"}
    facts, _ = read({"faults": faults, "identities": {"a.example": {}}}, "a.example")
    assert facts.account == facts.addresses == Unanswered("AccessDeniedException")
    assert isinstance(facts.identities["a.example"], IdentityFacts)


@pytest.mark.parametrize(
    ("reason", "is_given_up"),
    [("ExpiredToken", True), ("ReadTimeoutError", False), ("TooManyRequestsException", False)],
)
def test_a_region_that_has_answered_is_given_up_only_without_credentials(reason: str, *, is_given_up: bool) -> None:
    """A host that was there may be there again; credentials that have expired do not come back."""
    breaker = Breaker()
    breaker.note("an answer")
    for _ in range(REFUSALS_LIMIT):
        breaker.note(Unanswered(reason))
    assert (breaker.ask(lambda: "asked") == Unanswered(reason)) is is_given_up


@pytest.mark.parametrize(
    ("member", "held", "field", "value"),
    [
        ("DkimAttributes", {"Status": "NOT_STARTED"}, "dkim_status", "NOT_STARTED"),
        ("DkimAttributes", {"SigningAttributesOrigin": "AWS_SES_EU_WEST_1"}, "primary_region", "eu-west-1"),
        ("DkimAttributes", {"SigningAttributesOrigin": "EXTERNAL", "Tokens": None}, "uses_byodkim", True),
        ("DkimAttributes", {"SigningHostedZone": "DKIM.Example.com."}, "signing_hosted_zone", "dkim.example.com"),
        ("DkimAttributes", {"Tokens": ["ABC"]}, "tokens", ("abc",)),
        (
            "MailFromAttributes",
            {"MailFromDomain": "A.Example.", "MailFromDomainStatus": "FAILED"},
            "mail_from_domain",
            "a.example",
        ),
        ("MailFromAttributes", {"BehaviorOnMxFailure": "REJECT_MESSAGE"}, "mail_from_status", ""),
        ("VerificationInfo", {"ErrorType": "HOST_NOT_FOUND"}, "error_type", "HOST_NOT_FOUND"),
    ],
)
def test_identities_are_read(member: str, held: dict[str, Any], field: str, value: object) -> None:
    """Names lower-case and without a dot; what SES leaves out where there is nothing to say has a meaning."""
    before: Any = IDENTITY.get(member, {})
    assert getattr(parse_identity(IDENTITY | {member: before | held}), field) == value


@pytest.mark.parametrize(
    "path",
    [
        "VerificationStatus",
        "DkimAttributes",
        *(f"DkimAttributes.{name}" for name in ("SigningAttributesOrigin", "SigningEnabled", "Status", "Tokens")),
    ],
)
@pytest.mark.parametrize("instead", [None, 7])
def test_a_member_that_is_missing_is_no_false_one(path: str, instead: object) -> None:
    """Nor is one of another type: it is named, and nothing is known of the identity."""
    outer, _, name = path.rpartition(".")
    part: Any = IDENTITY[outer] if outer else IDENTITY
    broken = part | {name: instead}
    with pytest.raises(UnreadableAnswer, match=f"^(lacks|holds a int for) {path}"):
        parse_identity({**IDENTITY, outer: broken} if outer else broken)


def test_a_list_that_goes_round_ends() -> None:
    """A page that names itself as the next one is not a list."""
    aws = FakeAws()
    aws.answers["ses POST /v2/email/list-identities"] = (200, {"EmailIdentities": [], "NextToken": "1"})
    found = ask_aws(lambda: list(list_identities(aws.client("sesv2"))))
    assert found == Unanswered(UNREADABLE_ANSWER, "holds the same NextToken again")
