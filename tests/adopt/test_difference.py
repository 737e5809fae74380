"""How what exists differs from what we would make, and with what it is imported."""

import shlex
from typing import Any

import pytest

from mailproof.adopt.difference import (
    CHANGES,
    identity_as_found,
    identity_differences,
    record_as_found,
    record_differences,
)
from mailproof.live.aws.route53 import RecordSet
from mailproof.live.aws.ses_facts import IdentityFacts, parse_identity
from mailproof.template.records import TemplateRecord
from tests.check.world_aws import identity_answer

WANTED: dict[str, Any] = {
    "EmailIdentity": "example.com",
    "DkimSigningAttributes": {"NextSigningKeyLength": "RSA_2048_BIT"},
    "MailFromAttributes": {"MailFromDomain": "bounce.example.com", "BehaviorOnMxFailure": "USE_DEFAULT_VALUE"},
    "Tags": [{"Key": "team", "Value": "mail"}],
}


def _identity(**members: Any) -> IdentityFacts:
    mail_from = {"MailFromDomain": "bounce.example.com", "MailFromDomainStatus": "SUCCESS"}
    answer = {
        "MailFromAttributes": {**mail_from, "BehaviorOnMxFailure": "USE_DEFAULT_VALUE"},
        "Tags": [{"Key": "team", "Value": "mail"}, {"Key": "aws:cloudformation:stack-name", "Value": "old"}],
        **members,
    }
    dkim = {"CurrentSigningKeyLength": "RSA_2048_BIT", "Tokens": ["a"], **answer.pop("DkimAttributes", {})}
    return parse_identity(identity_answer(dkim, **answer))


def _differences(found: IdentityFacts, wanted: dict[str, Any] = WANTED) -> dict[str, str]:
    return {d.what: d.outcome for d in identity_differences("example.com", "us-east-1", found, wanted)}


def test_an_identity_as_we_make_it_differs_in_nothing() -> None:
    """It is imported with the template as it is, so that no deployment has anything to do."""
    assert _differences(_identity()) == {}
    assert identity_as_found("us-east-1", _identity(), WANTED) == WANTED


def test_what_the_template_sets_is_imported_as_it_is_and_changed_later() -> None:
    """Key length, MAIL FROM domain and our tags; tags of others are not taken away."""
    tags = [{"Key": "team", "Value": "web"}, {"Key": "made", "Value": "by hand"}]
    found = parse_identity(identity_answer({"CurrentSigningKeyLength": "RSA_1024_BIT"}, Tags=tags))
    assert _differences(found) == dict.fromkeys(("DKIM key length", "MAIL FROM domain", "tag 'team'"), CHANGES)
    assert identity_as_found("us-east-1", found, WANTED) == {
        "EmailIdentity": "example.com",
        "DkimSigningAttributes": {"NextSigningKeyLength": "RSA_1024_BIT"},
        "Tags": [{"Key": "team", "Value": "web"}],
    }


def test_another_answer_to_a_failing_mx_is_a_difference() -> None:
    """The name is right, the answer is not."""
    mail_from = {"MailFromDomain": "bounce.example.com", "BehaviorOnMxFailure": "REJECT_MESSAGE"}
    found = _identity(MailFromAttributes={**mail_from, "MailFromDomainStatus": "SUCCESS"})
    assert _differences(found) == {"answer to a failing MX": CHANGES}
    assert identity_as_found("us-east-1", found, WANTED)["MailFromAttributes"] == mail_from


def test_what_the_template_does_not_set_stays_and_says_so() -> None:
    """Signing, a MAIL FROM domain and a configuration set that no file asks for are left to people."""
    found = _identity(DkimAttributes={"SigningEnabled": False}, ConfigurationSetName="set")
    wanted = {"EmailIdentity": "example.com"}
    outcomes = _differences(found, wanted)
    assert set(outcomes) == {"DKIM signing", "MAIL FROM domain", "configuration set"}
    assert all(outcome.startswith("it stays") for outcome in outcomes.values())
    command = "put-email-identity-dkim-attributes --region us-east-1 --email-identity example.com --signing-enabled"
    assert command in outcomes["DKIM signing"]
    assert identity_as_found("us-east-1", found, wanted) == wanted


def test_the_command_for_an_address_is_one_to_paste() -> None:
    """Whatever stands before its @, the shell takes it as one word."""
    address = "o'brien&`id`@example.com"
    [difference] = identity_differences(address, "us-east-1", _identity(), {"EmailIdentity": address})
    assert address in shlex.split(difference.outcome)


def _record(ttl_s: int, value: str) -> tuple[RecordSet, TemplateRecord]:
    wanted = TemplateRecord("Id", False, "Z", "m.example.com", "MX", 1800, ("10 host.example.",))  # noqa: FBT003 -- as the field is
    return RecordSet("m.example.com", "MX", ttl_s, (value,)), wanted


@pytest.mark.parametrize(
    ("ttl_s", "value", "differences", "changed"),
    [
        (1800, "10 host.example", [], {}),
        (60, "10 host.example", ["TTL"], {"TTL": "60"}),
        (1800, "10 other.example", ["value"], {"ResourceRecords": ["10 other.example"]}),
    ],
    ids=["same", "ttl", "value"],
)
def test_a_record_is_imported_with_the_values_that_are(
    ttl_s: int, value: str, differences: list[str], changed: dict[str, Any]
) -> None:
    """Its name stays as the template writes it."""
    found, wanted = _record(ttl_s, value)
    properties = {"Name": {"Fn::Join": []}, "TTL": "1800", "ResourceRecords": ["10 host.example."]}
    assert [difference.what for difference in record_differences(found, wanted)] == differences
    assert record_as_found(found, wanted, properties) == {**properties, **changed}


def test_tags_that_a_dmarc_record_would_lose_are_named() -> None:
    """An adopted record becomes ours with the next deployment."""
    wanted = TemplateRecord("Id", False, "Z", "_dmarc.example.com", "TXT", 60, ('"v=DMARC1; p=none"',))  # noqa: FBT003 -- as the field is
    found = RecordSet("_dmarc.example.com", "TXT", 60, ('"v=DMARC1; p=none; fo=1"',))
    (difference,) = record_differences(found, wanted)
    assert difference.outcome == f"{CHANGES}, and takes out fo=1"


OWN = {"DkimSigningAttributes": {"DomainSigningSelector": "s1", "DomainSigningPrivateKey": "{{resolve:…}}"}}


@pytest.mark.parametrize("origin", ["AWS_SES", "EXTERNAL"])
def test_an_own_key_is_left_to_the_next_deployment(origin: str) -> None:
    """What SES signs with cannot be read, so that the import says nothing of it and the deployment sets it."""
    found = _identity(DkimAttributes={"SigningAttributesOrigin": origin, "CurrentSigningKeyLength": None})
    outcome = f"{CHANGES}, by `--accept-unsigned-gap`"
    assert _differences(found, {"EmailIdentity": "example.com", **OWN})["DKIM key"] == outcome
    assert identity_as_found("us-east-1", found, {"EmailIdentity": "example.com", **OWN}) == {
        "EmailIdentity": "example.com"
    }


def test_the_own_key_that_a_stack_of_ours_gave_to_ses_stays() -> None:
    """Its selector names it: the import says what is, and the deployment has nothing to change."""
    signing = {"SigningAttributesOrigin": "EXTERNAL", "Tokens": ["s1"], "CurrentSigningKeyLength": None}
    tags = [{"Key": "aws:cloudformation:stack-name", "Value": "mailproof-prod-ses-us-east-1"}]
    wanted = {"EmailIdentity": "example.com", **OWN}
    assert "DKIM key" not in _differences(_identity(DkimAttributes=signing, Tags=tags), wanted)
    assert identity_as_found("us-east-1", _identity(DkimAttributes=signing, Tags=tags), wanted) == wanted
    other = _identity(DkimAttributes=signing | {"Tokens": ["s2"]}, Tags=tags)
    assert "DkimSigningAttributes" not in identity_as_found("us-east-1", other, wanted)


def test_signing_is_switched_off_where_the_sender_signs() -> None:
    """By the next deployment."""
    wanted = {"EmailIdentity": "example.com", "DkimAttributes": {"SigningEnabled": False}}
    assert _differences(_identity(), wanted)["DKIM signing"] == CHANGES
    assert identity_as_found("us-east-1", _identity(), wanted)["DkimAttributes"] == {"SigningEnabled": True}
    off = _identity(DkimAttributes={"SigningEnabled": False})
    assert "DKIM signing" not in _differences(off, wanted)
