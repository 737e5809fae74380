"""What a template can set of an identity, compared with what SES tells."""

from mailproof.check.identity_settings import differences
from mailproof.live.aws.ses_facts import parse_identity
from tests.check.world_aws import identity_answer

OWN = {"DkimSigningAttributes": {"DomainSigningSelector": "s1", "DomainSigningPrivateKey": "{{resolve:…}}"}}


def test_an_own_key_that_the_file_asks_for_is_no_drift_of_a_stack_that_took_the_identity_in() -> None:
    """An import says nothing of the key: to put back keys of SES would leave mail unsigned."""
    found = parse_identity(identity_answer({"SigningAttributesOrigin": "EXTERNAL", "Tokens": ["s1"]}))
    assert [there for _, _, there in differences({}, OWN, found) if "signing" in there] == []
    [(_, wanted, there)] = [one for one in differences({}, {}, found) if "signing" in one[2]]
    assert (wanted, there) == ("signing with keys of SES", "signing with a key of yours (BYODKIM)")


def test_a_selector_that_ses_does_not_tell_is_no_drift() -> None:
    """AWS shows such an answer in a guide, and what is not known bars no rollout; case makes no other selector."""
    for tokens in ([], ["S1"]):
        found = parse_identity(identity_answer({"SigningAttributesOrigin": "EXTERNAL", "Tokens": tokens}))
        assert [there for _, _, there in differences(OWN, OWN, found) if "key" in there] == []
