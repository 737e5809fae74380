"""What is in the place of a replica: taken in if it is one of the parent, told and left as it is if not."""

from typing import Any

import pytest

from mailproof.adopt.blockers import has_other_keys
from mailproof.adopt.missing import MissingIdentity
from mailproof.check.drift import DriftReport, IdentityChanged, IdentityGone
from mailproof.check.identity_settings import differences, settings_of
from mailproof.check.preflight.rules.identity import identity_there
from mailproof.check.preflight.subjects import IdentityThere
from mailproof.live.answer import NotFound
from mailproof.live.aws.ses_facts import IdentityFacts, parse_identity
from mailproof.model.resources import build_identity, identity_id
from mailproof.repair.plan import plan_repair
from mailproof.template.cloud_assembly import SynthesisedStack
from tests.commands.world import IDENTITY
from tests.model.reading import GOOD, read

DOMAIN, PARENT, REGION = "example.com", "us-east-1", "eu-west-1"
PROD = read(f"{GOOD}    mail_from: none\n    dkim: {{replica_of: {PARENT}}}\n")
RESOURCE = build_identity(PROD.domains[0], REGION)[identity_id(DOMAIN)]
STACK = SynthesisedStack("prod/ses-eu-west-1", "s", PROD.account, REGION, template={"Resources": {"I": RESOURCE}})
ORIGINS = {
    "AWS_SES": "has keys of its own (Easy DKIM)",
    "EXTERNAL": "signs with a key of its own (BYODKIM)",
    "AWS_SES_EU_CENTRAL_1": "is a replica of eu-central-1",
}


def facts(origin: str) -> IdentityFacts:
    """Return what SES says of an identity with a key of some origin."""
    dkim: Any = IDENTITY["DkimAttributes"]
    answer = {**IDENTITY, "DkimAttributes": {**dkim, "SigningAttributesOrigin": origin}, "MailFromAttributes": {}}
    return parse_identity(answer)


def block(origin: str) -> str:
    """Return why an identity cannot be taken in; empty if it can."""
    blocker = has_other_keys(STACK, MissingIdentity("I", DOMAIN, RESOURCE["Properties"], PARENT), facts(origin))
    return f"{blocker.words} {blocker.steps}" if blocker else ""


def preflight(origin: str) -> str:
    """Return what preflight says of an identity that no stack holds."""
    found = identity_there.judge(IdentityThere(DOMAIN, REGION, "s", NotFound(), facts(origin), "move", parent=PARENT))
    assert found
    return f"{found.expected} {found.observed} {found.fix}"


def repair(origin: str) -> tuple[list[str], bool]:
    """Return what `repair` leaves to a person of a deployed replica, and whether it changes anything."""
    drifts = [
        IdentityChanged(stack=STACK, logical_id="I", domain=DOMAIN, expected=wanted, observed=there, setting=setting)
        for setting, wanted, there in differences(settings_of(RESOURCE), settings_of(RESOURCE), facts(origin))
    ]
    plan = plan_repair(PROD, DriftReport(drifts=tuple(drifts)))
    return plan.left, not plan.is_empty


@pytest.mark.parametrize(("origin", "words"), ORIGINS.items())
def test_an_identity_with_other_keys_is_told_and_left(origin: str, words: str) -> None:
    """By adopt, preflight and repair alike: nothing here converts it, or deletes it."""
    assert f"is to be a replica of {PARENT}, and {words}" in block(origin)
    assert f"a replica of {PARENT}" in preflight(origin)
    assert words in preflight(origin)
    ((line,), is_changed) = repair(origin)
    assert "signing with keys of another region (AWS_SES_US_EAST_1)" in line
    assert not is_changed
    for said in (block(origin), preflight(origin), line):
        assert "AWS documents replicas at the creation of an identity alone" in said
        assert "page 'Replicas of a DKIM key'" in said


def test_a_replica_of_the_parent_is_what_is_wanted() -> None:
    """It is to be taken in, and is no drift afterwards."""
    origin = "AWS_SES_US_EAST_1"
    assert block(origin) == ""
    assert "AWS documents" not in preflight(origin)
    assert repair(origin) == ([], False)


def test_a_replica_that_is_gone_is_not_made_by_its_stack() -> None:
    """Which would give it keys of its own."""
    gone = IdentityGone(stack=STACK, logical_id="I", domain=DOMAIN, expected="it", observed="none")
    plan = plan_repair(PROD, DriftReport(drifts=(gone,)))
    assert plan.is_empty
    (line,) = plan.left
    assert f"`mailproof dkim replicate prod {DOMAIN}` makes it again" in line
