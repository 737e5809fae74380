"""The SES v2 calls about identities, the account and configuration sets."""

import base64
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.localaws.world import World


def _refusal(call: Any, **arguments: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_new_domain_shows_the_full_answer(world: World) -> None:
    """GetEmailIdentity answers with every part that the real one has."""
    ses = world.client("sesv2")
    ses.create_email_identity(EmailIdentity=world.zone, Tags=[{"Key": "team", "Value": "mail"}])
    answer = world.identity()
    dkim = answer["DkimAttributes"]
    assert answer["IdentityType"] == "DOMAIN"
    assert answer["FeedbackForwardingStatus"] is True
    assert answer["VerifiedForSendingStatus"] is False
    assert answer["VerificationStatus"] == "PENDING"
    assert answer["VerificationInfo"].keys() == {"ErrorType", "LastCheckedTimestamp", "SOARecord"}
    assert answer["MailFromAttributes"] == {"BehaviorOnMxFailure": "USE_DEFAULT_VALUE"}
    assert answer["Policies"] == {}
    assert answer["Tags"] == [{"Key": "team", "Value": "mail"}]
    assert len(dkim["Tokens"]) == 3
    assert {key: dkim[key] for key in ("SigningEnabled", "Status", "SigningAttributesOrigin", "SigningHostedZone")} == {
        "SigningEnabled": True,
        "Status": "PENDING",
        "SigningAttributesOrigin": "AWS_SES",
        "SigningHostedZone": "dkim.amazonses.com",
    }
    assert dkim["CurrentSigningKeyLength"] == dkim["NextSigningKeyLength"] == "RSA_2048_BIT"


def test_names_of_domains_are_compared_without_case(world: World) -> None:
    """A domain is the same in capitals."""
    world.client("sesv2").create_email_identity(EmailIdentity=world.zone.upper())
    assert world.identity()["IdentityType"] == "DOMAIN"
    assert world.identity(world.zone.upper())["IdentityType"] == "DOMAIN"


def test_creating_an_identity_twice_is_refused(world: World) -> None:
    """The second creation finds the first, and changes nothing."""
    ses = world.client("sesv2")
    ses.create_email_identity(EmailIdentity=world.zone, Tags=[{"Key": "owner", "Value": "first"}])
    code, _ = _refusal(ses.create_email_identity, EmailIdentity=world.zone)
    assert code == "AlreadyExistsException"
    assert world.identity()["Tags"] == [{"Key": "owner", "Value": "first"}]


@pytest.mark.parametrize("name", ["localhost", "two..dots.example", "dot.example.", "-a.example", "@dot.example"])
def test_malformed_names_are_refused(world: World, name: str) -> None:
    """A name is a domain without a trailing dot, or an address."""
    assert _refusal(world.client("sesv2").create_email_identity, EmailIdentity=name)[0] == "BadRequestException"


def test_an_absent_identity_is_not_found(world: World) -> None:
    """Reading, deleting and changing what is not there is answered alike."""
    ses = world.client("sesv2")
    for call in (ses.get_email_identity, ses.delete_email_identity, ses.put_email_identity_mail_from_attributes):
        assert _refusal(call, EmailIdentity="absent.example")[0] == "NotFoundException"


def test_identities_are_listed_in_pages(world: World) -> None:
    """NextToken leads through all identities, each once."""
    ses = world.client("sesv2")
    names = [f"d{number}.{world.zone}" for number in range(5)]
    for name in names:
        ses.create_email_identity(EmailIdentity=name)
    first = ses.list_email_identities(PageSize=2)
    second = ses.list_email_identities(PageSize=2, NextToken=first["NextToken"])
    third = ses.list_email_identities(PageSize=2, NextToken=second["NextToken"])
    listed = [entry["IdentityName"] for page in (first, second, third) for entry in page["EmailIdentities"]]
    assert sorted(names) == listed
    assert "NextToken" not in third


def test_the_list_shows_the_state_that_dns_gives(world: World) -> None:
    """A list never says SUCCESS of an identity without records."""
    ses = world.client("sesv2")
    ses.create_email_identity(EmailIdentity=world.zone)
    (entry,) = ses.list_email_identities()["EmailIdentities"]
    assert (entry["VerificationStatus"], entry["SendingEnabled"]) == ("PENDING", False)
    world.publish_dkim()
    (entry,) = ses.list_email_identities()["EmailIdentities"]
    assert (entry["VerificationStatus"], entry["SendingEnabled"]) == ("SUCCESS", True)


def test_a_wrong_page_size_or_token_is_refused(world: World) -> None:
    """Paging parameters are checked."""
    call = world.client("sesv2").list_email_identities
    assert _refusal(call, PageSize=1001)[0] == "BadRequestException"
    assert _refusal(call, NextToken="?")[0] == "BadRequestException"


def test_a_deleted_identity_is_gone_and_can_be_made_again(world: World) -> None:
    """The name is free after deletion; the tokens are others, on which nobody may count with AWS either way."""
    ses = world.client("sesv2")
    before = ses.create_email_identity(EmailIdentity=world.zone)["DkimAttributes"]["Tokens"]
    ses.delete_email_identity(EmailIdentity=world.zone)
    assert ses.list_email_identities()["EmailIdentities"] == []
    after = ses.create_email_identity(EmailIdentity=world.zone)["DkimAttributes"]["Tokens"]
    assert set(after).isdisjoint(before)


def test_an_address_is_verified_by_hand(world: World) -> None:
    """An address has no DKIM of its own and waits for a click."""
    address = f"Someone@{world.zone}"
    world.client("sesv2").create_email_identity(EmailIdentity=address)
    answer = world.identity(address)
    assert (answer["IdentityType"], answer["VerificationStatus"]) == ("EMAIL_ADDRESS", "PENDING")
    assert answer["DkimAttributes"]["Status"] == "NOT_STARTED"
    world.aws.verify_address(world.account, "us-east-1", address)
    assert world.identity(address)["VerifiedForSendingStatus"] is True


@pytest.mark.parametrize("prefix", ["", "not"], ids=["the-domain-itself", "same-ending"])
def test_mail_from_must_be_below_the_identity(world: World, prefix: str) -> None:
    """The MAIL FROM domain is a real subdomain, on a label boundary."""
    ses = world.client("sesv2")
    ses.create_email_identity(EmailIdentity=world.zone)
    code, message = _refusal(
        ses.put_email_identity_mail_from_attributes, EmailIdentity=world.zone, MailFromDomain=prefix + world.zone
    )
    assert code == "BadRequestException"
    assert "is not subdomain" in message


def test_put_calls_change_the_identity(world: World) -> None:
    """Signing, feedback, MAIL FROM and configuration set can be set and are shown."""
    ses = world.client("sesv2")
    ses.create_email_identity(EmailIdentity=world.zone)
    ses.create_configuration_set(ConfigurationSetName="set")
    ses.put_email_identity_dkim_attributes(EmailIdentity=world.zone, SigningEnabled=False)
    ses.put_email_identity_feedback_attributes(EmailIdentity=world.zone, EmailForwardingEnabled=False)
    ses.put_email_identity_configuration_set_attributes(EmailIdentity=world.zone, ConfigurationSetName="set")
    ses.put_email_identity_mail_from_attributes(
        EmailIdentity=world.zone, MailFromDomain=f"bounce.{world.zone}", BehaviorOnMxFailure="REJECT_MESSAGE"
    )
    answer = world.identity()
    assert answer["DkimAttributes"]["SigningEnabled"] is False
    assert answer["FeedbackForwardingStatus"] is False
    assert answer["ConfigurationSetName"] == "set"
    assert answer["MailFromAttributes"] == {
        "MailFromDomain": f"bounce.{world.zone}",
        "MailFromDomainStatus": "PENDING",
        "BehaviorOnMxFailure": "REJECT_MESSAGE",
    }


def test_a_missing_configuration_set_is_refused_and_nothing_is_made(world: World) -> None:
    """A failing creation leaves no identity behind."""
    ses = world.client("sesv2")
    code, _ = _refusal(ses.create_email_identity, EmailIdentity=world.zone, ConfigurationSetName="absent")
    assert code == "NotFoundException"
    assert ses.list_email_identities()["EmailIdentities"] == []


def _pkcs8(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def test_an_own_key_is_verified_by_its_text_record(world: World) -> None:
    """With an own key SES looks for the public half under the selector."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = _pkcs8(key)
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    world.client("sesv2").create_email_identity(
        EmailIdentity=world.zone,
        DkimSigningAttributes={
            "DomainSigningSelector": "own",
            "DomainSigningPrivateKey": base64.b64encode(private).decode(),
        },
    )
    dkim = world.identity()["DkimAttributes"]
    assert (dkim["SigningAttributesOrigin"], dkim["Tokens"], dkim["Status"]) == ("EXTERNAL", ["own"], "PENDING")
    text = f"v=DKIM1; p={base64.b64encode(public).decode()}"
    world.change("CREATE", f"own._domainkey.{world.zone}", "TXT", f'"{text[:200]}" "{text[200:]}"')
    assert world.dkim_status() == "SUCCESS"


def test_a_replica_uses_the_records_of_its_primary(world: World) -> None:
    """A DEED identity verifies with the records of another region, and fails without its primary."""
    world.client("sesv2").create_email_identity(EmailIdentity=world.zone)
    world.publish_dkim()
    world.client("sesv2", "eu-west-1").create_email_identity(
        EmailIdentity=world.zone, DkimSigningAttributes={"DomainSigningAttributesOrigin": "AWS_SES_US_EAST_1"}
    )
    assert world.dkim_status("eu-west-1") == "SUCCESS"
    world.client("sesv2", "eu-west-2").create_email_identity(
        EmailIdentity=world.zone, DkimSigningAttributes={"DomainSigningAttributesOrigin": "AWS_SES_EU_WEST_1"}
    )
    answer = world.identity(region="eu-west-2")
    assert answer["DkimAttributes"]["Status"] == "FAILED"
    assert answer["VerificationInfo"]["ErrorType"] == "REPLICATION_REPLICA_AS_PRIMARY_NOT_SUPPORTED"


def test_a_primary_with_replicas_cannot_be_deleted(world: World) -> None:
    """Its replicas go first; one recreated has other tokens, which its replica then takes over at its creation."""
    ses, replica = world.client("sesv2"), world.client("sesv2", "eu-west-1")
    origin = {"DomainSigningAttributesOrigin": "AWS_SES_US_EAST_1"}
    for _ in range(2):
        ses.create_email_identity(EmailIdentity=world.zone)
        replica.create_email_identity(EmailIdentity=world.zone, DkimSigningAttributes=origin)
        ours, theirs = world.identity()["DkimAttributes"], world.identity(region="eu-west-1")["DkimAttributes"]
        assert ours["Tokens"] == theirs["Tokens"]
        with pytest.raises(ses.exceptions.BadRequestException, match="has replicas in eu-west-1"):
            ses.delete_email_identity(EmailIdentity=world.zone)
        replica.delete_email_identity(EmailIdentity=world.zone)
        ses.delete_email_identity(EmailIdentity=world.zone)


@pytest.mark.parametrize(
    ("parent", "error"),
    [("MARS_1", "INVALID_REGION"), ("EU_WEST_1", "NOT_FOUND"), ("US_EAST_1", "BYO_DKIM_NOT_SUPPORTED")],
)
def test_a_replica_fails_whose_primary_cannot_be_one(world: World, parent: str, error: str) -> None:
    """No such region, no identity there, or one with a key of its own."""
    private = base64.b64encode(_pkcs8(rsa.generate_private_key(public_exponent=65537, key_size=2048))).decode()
    attributes = {"DomainSigningSelector": "own", "DomainSigningPrivateKey": private}
    world.client("sesv2").create_email_identity(EmailIdentity=world.zone, DkimSigningAttributes=attributes)
    world.client("sesv2", "eu-west-2").create_email_identity(
        EmailIdentity=world.zone, DkimSigningAttributes={"DomainSigningAttributesOrigin": f"AWS_SES_{parent}"}
    )
    assert world.identity(region="eu-west-2")["VerificationInfo"]["ErrorType"] == f"REPLICATION_PRIMARY_{error}"


def test_the_account_can_be_put_into_the_sandbox(world: World) -> None:
    """GetAccount shows what a test has set, in that region only."""
    world.aws.set_ses_account(
        world.account, "eu-west-1", ProductionAccessEnabled=False, SendQuota={"Max24HourSend": 200.0}
    )
    there, here = world.client("sesv2", "eu-west-1").get_account(), world.client("sesv2").get_account()
    assert (there["ProductionAccessEnabled"], there["SendQuota"]["Max24HourSend"]) == (False, 200.0)
    assert (here["ProductionAccessEnabled"], here["SendingEnabled"], here["EnforcementStatus"]) == (
        True,
        True,
        "HEALTHY",
    )


def test_identities_are_tagged_like_other_resources(world: World) -> None:
    """TagResource and ListTagsForResource know our identities."""
    ses = world.client("sesv2")
    ses.create_email_identity(EmailIdentity=world.zone)
    arn = f"arn:aws:ses:us-east-1:{world.account}:identity/{world.zone}"
    ses.tag_resource(ResourceArn=arn, Tags=[{"Key": "cost-centre", "Value": "mail"}])
    assert ses.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "cost-centre", "Value": "mail"}]
    assert world.identity()["Tags"] == [{"Key": "cost-centre", "Value": "mail"}]


def test_configuration_sets_are_listed_and_read(world: World) -> None:
    """The calls that localaws leaves to ministack still get there."""
    ses = world.client("sesv2")
    ses.create_configuration_set(ConfigurationSetName="set", SendingOptions={"SendingEnabled": False})
    assert ses.list_configuration_sets()["ConfigurationSets"] == ["set"]
    assert ses.get_configuration_set(ConfigurationSetName="set")["SendingOptions"] == {"SendingEnabled": False}


def test_a_region_that_is_not_switched_on_knows_no_credentials(world: World) -> None:
    """Every call to a region that the account has not switched on is refused, and only there."""
    world.aws.set_region("af-south-1", opted_in=False, account=world.account)
    code, _ = _refusal(world.client("sesv2", "af-south-1").get_account)
    assert code == "UnrecognizedClientException"
    assert world.client("sesv2").get_account()["SendingEnabled"]
    world.aws.set_region("af-south-1", opted_in=True, account=world.account)
    assert world.client("sesv2", "af-south-1").get_account()["SendingEnabled"]


def test_a_region_without_ses_does_not_answer_for_it(world: World) -> None:
    """A misspelt region is not quietly served."""
    assert _refusal(world.client("sesv2", "eu-wset-1").get_account)[0] == "UnrecognizedClientException"


def test_mail_is_accepted_only_from_a_verified_domain(world: World) -> None:
    """SendEmail follows the same state as GetEmailIdentity."""
    ses = world.client("sesv2")
    ses.create_email_identity(EmailIdentity=world.zone)
    mail = {
        "FromEmailAddress": f"someone@{world.zone}",
        "Destination": {"ToAddresses": ["other@receiver.example"]},
        "Content": {"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}},
    }
    assert _refusal(ses.send_email, **mail)[0] == "MessageRejected"
    world.publish_dkim()
    assert ses.send_email(**mail)["MessageId"]
