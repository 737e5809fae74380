"""States of identities, as they follow from DNS and time."""

import pytest

from mailproof.localaws.errors import ControlError
from tests.localaws.world import World

_HOUR_S = 3600.0


def _create(world: World, mail_from: str = "") -> None:
    ses = world.client("sesv2")
    ses.create_email_identity(EmailIdentity=world.zone)
    if mail_from:
        ses.put_email_identity_mail_from_attributes(EmailIdentity=world.zone, MailFromDomain=mail_from)


def _error_type(world: World) -> str | None:
    error_type: str | None = world.identity()["VerificationInfo"].get("ErrorType")
    return error_type


def test_dkim_without_records_is_pending(world: World) -> None:
    """Nothing published: SES waits, and says that it found no host."""
    _create(world)
    assert (world.dkim_status(), _error_type(world)) == ("PENDING", "HOST_NOT_FOUND")


def test_dkim_with_all_three_records_succeeds(world: World) -> None:
    """Three right CNAMEs verify the identity for sending."""
    _create(world)
    world.publish_dkim()
    answer = world.identity()
    assert answer["DkimAttributes"]["Status"] == "SUCCESS"
    assert answer["VerifiedForSendingStatus"]
    assert answer["VerificationStatus"] == "SUCCESS"
    assert "ErrorType" not in answer["VerificationInfo"]


def test_dkim_with_two_of_three_records_is_pending(world: World) -> None:
    """Two records are not enough."""
    _create(world)
    for token in world.identity()["DkimAttributes"]["Tokens"][:2]:
        world.change("CREATE", f"{token}._domainkey.{world.zone}", "CNAME", f"{token}.dkim.amazonses.com")
    assert (world.dkim_status(), _error_type(world)) == ("PENDING", "HOST_NOT_FOUND")


def test_dkim_with_a_wrong_target_is_pending(world: World) -> None:
    """A CNAME to another host is found and refused."""
    _create(world)
    for token in world.identity()["DkimAttributes"]["Tokens"]:
        world.change("UPSERT", f"{token}._domainkey.{world.zone}", "CNAME", f"{token}.dkim.eu-west-1.amazonses.com")
    assert (world.dkim_status(), _error_type(world)) == ("PENDING", "INVALID_VALUE")


def test_dkim_as_text_instead_of_an_alias_is_pending(world: World) -> None:
    """A TXT at the names means that the host exists without the type."""
    _create(world)
    for token in world.identity()["DkimAttributes"]["Tokens"]:
        world.change("UPSERT", f"{token}._domainkey.{world.zone}", "TXT", '"v=DKIM1; p=AAAA"')
    assert (world.dkim_status(), _error_type(world)) == ("PENDING", "TYPE_NOT_FOUND")


def test_dkim_of_a_region_with_its_own_hosts_needs_them(world: World) -> None:
    """In a region with regional DKIM hosts the records point there, and the tokens are others."""
    region = "eu-central-2"
    world.client("sesv2", region).create_email_identity(EmailIdentity=world.zone)
    _create(world)
    here, there = world.identity(), world.identity(region=region)
    assert there["DkimAttributes"]["SigningHostedZone"] == "dkim.eu-central-2.amazonses.com"
    assert not set(here["DkimAttributes"]["Tokens"]) & set(there["DkimAttributes"]["Tokens"])
    world.publish_dkim(region)
    assert world.dkim_status(region) == "SUCCESS"


def test_dkim_in_a_zone_that_does_not_answer_is_pending(world: World) -> None:
    """An error of the DNS server is told apart from an absent record."""
    _create(world)
    world.publish_dkim()
    other = f"other.{world.zone}"
    world.client("sesv2").create_email_identity(EmailIdentity=other)
    world.aws.add_dns_fault(f"*._domainkey.{other}", "servfail")
    answer = world.identity(other)
    assert answer["VerificationInfo"]["ErrorType"] == "DNS_SERVER_ERROR"
    assert answer["DkimAttributes"]["Status"] == "PENDING"


def test_dkim_in_an_undelegated_zone_is_pending(world: World) -> None:
    """Records in a zone that nobody is led to do not count."""
    _create(world)
    tokens = world.client("sesv2").get_email_identity(EmailIdentity=world.zone)["DkimAttributes"]["Tokens"]
    world.aws.cut_delegation(world.zone)
    for token in tokens:
        world.change("UPSERT", f"{token}._domainkey.{world.zone}", "CNAME", f"{token}.dkim.amazonses.com")
    assert world.dkim_status() == "PENDING"
    world.aws.restore_delegation(world.zone)
    assert world.dkim_status() == "SUCCESS"


def test_dkim_fails_after_72_hours_and_stays_failed(world: World) -> None:
    """After 72 hours SES has stopped looking; right records change nothing until set-up is restarted."""
    _create(world)
    world.aws.advance_clock(71 * _HOUR_S)
    assert world.dkim_status() == "PENDING"
    world.aws.advance_clock(2 * _HOUR_S)
    world.publish_dkim()
    assert world.dkim_status() == "FAILED"
    world.client("sesv2").put_email_identity_dkim_attributes(EmailIdentity=world.zone, SigningEnabled=True)
    assert world.dkim_status() == "FAILED"
    world.client("sesv2").put_email_identity_dkim_signing_attributes(
        EmailIdentity=world.zone, SigningAttributesOrigin="AWS_SES"
    )
    assert world.dkim_status() == "SUCCESS"


def test_a_verified_identity_outlives_the_search_limit(world: World) -> None:
    """What was found once is not searched for any more."""
    _create(world)
    world.publish_dkim()
    world.aws.advance_clock(1000 * _HOUR_S)
    assert world.dkim_status() == "SUCCESS"


def test_lost_records_lead_to_failure(world: World) -> None:
    """A verified identity fails for a while, and after 72 hours for good."""
    _create(world)
    world.publish_dkim()
    assert world.dkim_status() == "SUCCESS"
    world.publish_dkim(action="DELETE")
    assert world.dkim_status() == "TEMPORARY_FAILURE"
    world.publish_dkim()
    assert world.dkim_status() == "SUCCESS"
    world.publish_dkim(action="DELETE")
    world.dkim_status()
    world.aws.advance_clock(73 * _HOUR_S)
    world.publish_dkim()
    assert world.dkim_status() == "FAILED"


@pytest.mark.parametrize(
    ("values", "status"),
    [
        pytest.param([], "PENDING", id="none"),
        pytest.param(["10 feedback-smtp.us-east-1.amazonses.com"], "SUCCESS", id="right"),
        pytest.param(["10 FEEDBACK-SMTP.us-east-1.amazonses.com."], "SUCCESS", id="other-spelling"),
        pytest.param(["10 feedback-smtp.eu-west-1.amazonses.com"], "SUCCESS", id="another-region"),
        pytest.param(["10 mx.other.example"], "FAILED", id="wrong"),
        pytest.param(["10 feedback-smtp.us-east-1.amazonses.com", "20 mx.other.example"], "FAILED", id="two"),
    ],
)
def test_mail_from_follows_its_mx_record(world: World, values: list[str], status: str) -> None:
    """Exactly one MX, to the feedback host of any region."""
    if values:
        world.change("CREATE", f"bounce.{world.zone}", "MX", *values)
    _create(world, mail_from=f"bounce.{world.zone}")
    assert world.mail_from_status() == status


def test_mail_from_stays_failed_until_it_is_set_again(world: World) -> None:
    """A corrected MX does not mend a set-up that has failed; setting the domain again does."""
    name = f"bounce.{world.zone}"
    _create(world, mail_from=name)
    world.aws.advance_clock(73 * _HOUR_S)
    world.change("CREATE", name, "MX", "10 feedback-smtp.us-east-1.amazonses.com")
    assert world.mail_from_status() == "FAILED"
    world.client("sesv2").put_email_identity_mail_from_attributes(EmailIdentity=world.zone, MailFromDomain=name)
    assert world.mail_from_status() == "SUCCESS"


def test_a_state_that_is_not_there_cannot_be_pinned(world: World) -> None:
    """A misspelt one would otherwise hold nothing."""
    world.client("sesv2").create_email_identity(EmailIdentity=world.zone)
    with pytest.raises(ControlError, match="unknown are dkim_state; known are dkim_status, mail_from_status"):
        world.aws.pin_status(world.account, "us-east-1", world.zone, dkim_state="FAILED")


def test_a_pinned_state_holds_whatever_dns_says(world: World) -> None:
    """Tests can show states that DNS alone does not bring about."""
    _create(world)
    world.publish_dkim()
    world.aws.pin_status(world.account, "us-east-1", world.zone, dkim_status="TEMPORARY_FAILURE")
    assert world.dkim_status() == "TEMPORARY_FAILURE"
    world.aws.pin_status(world.account, "us-east-1", world.zone, dkim_status=None)
    assert world.dkim_status() == "SUCCESS"
