"""The operations of SES v1: the same identities, states and configuration sets as SES v2."""

import http.client
import json

import pytest
from botocore.exceptions import ClientError

from tests.localaws.world import World


def _create(world: World) -> str:
    """Make a domain with a MAIL FROM domain; return its name in v1's maps."""
    ses = world.client("sesv2")
    ses.create_email_identity(EmailIdentity=world.zone)
    ses.put_email_identity_mail_from_attributes(
        EmailIdentity=world.zone, MailFromDomain=f"bounce.{world.zone}", BehaviorOnMxFailure="REJECT_MESSAGE"
    )
    return world.zone


def test_both_versions_list_the_same_identities(world: World) -> None:
    """Domains and addresses, in pages; those of another region are not among them."""
    v1, v2 = world.client("ses"), world.client("sesv2")
    names = [f"a.{world.zone}", f"b.{world.zone}", f"someone@{world.zone}"]
    for name in names:
        v2.create_email_identity(EmailIdentity=name)
    world.client("sesv2", "eu-west-1").create_email_identity(EmailIdentity=world.zone)
    first = v1.list_identities(MaxItems=2)
    second = v1.list_identities(MaxItems=2, NextToken=first["NextToken"])
    assert first["Identities"] + second["Identities"] == names
    assert "NextToken" not in second
    assert v1.list_identities(IdentityType="EmailAddress")["Identities"] == names[2:]
    v2.delete_email_identity(EmailIdentity=names[0])
    assert v1.list_identities(IdentityType="Domain")["Identities"] == [names[1]]


def test_both_versions_see_the_state_that_dns_gives(world: World) -> None:
    """Pending without records, Success with them; names that there are not are left out."""
    v1, name = world.client("ses"), _create(world)
    asked = {"Identities": [name.upper(), "absent.example"]}
    assert v1.get_identity_verification_attributes(**asked)["VerificationAttributes"] == {
        name: {"VerificationStatus": "Pending"}
    }
    world.publish_dkim()
    assert v1.get_identity_verification_attributes(**asked)["VerificationAttributes"] == {
        name: {"VerificationStatus": "Success"}
    }
    world.aws.pin_status(world.account, "us-east-1", name, dkim_status="TEMPORARY_FAILURE")
    dkim = v1.get_identity_dkim_attributes(**asked)["DkimAttributes"]
    assert dkim == {
        name: {
            "DkimEnabled": True,
            "DkimVerificationStatus": "TemporaryFailure",
            "DkimTokens": world.identity()["DkimAttributes"]["Tokens"],
        }
    }


def test_both_versions_show_mail_from_and_feedback(world: World) -> None:
    """An identity without a MAIL FROM domain has the behaviour alone."""
    v1, name, other = world.client("ses"), _create(world), f"other.{world.zone}"
    world.client("sesv2").create_email_identity(EmailIdentity=other)
    world.client("sesv2").put_email_identity_feedback_attributes(EmailIdentity=other, EmailForwardingEnabled=False)
    found = v1.get_identity_mail_from_domain_attributes(Identities=[name, other])["MailFromDomainAttributes"]
    assert found == {
        name: {
            "MailFromDomain": f"bounce.{name}",
            "MailFromDomainStatus": "Pending",
            "BehaviorOnMXFailure": "RejectMessage",
        },
        other: {"BehaviorOnMXFailure": "UseDefaultValue"},
    }
    notifications = v1.get_identity_notification_attributes(Identities=[name, other])["NotificationAttributes"]
    assert {key: value["ForwardingEnabled"] for key, value in notifications.items()} == {name: True, other: False}
    assert v1.list_identity_policies(Identity=name)["PolicyNames"] == []
    assert world.client("sesv2").get_email_identity_policies(EmailIdentity=name)["Policies"] == {}


def test_both_versions_show_the_account(world: World) -> None:
    """Quotas and paused sending."""
    world.aws.set_ses_account(world.account, "us-east-1", SendingEnabled=False, SendQuota={"Max24HourSend": 200.0})
    v1 = world.client("ses")
    assert v1.get_send_quota()["Max24HourSend"] == 200.0
    assert v1.get_account_sending_enabled()["Enabled"] is False


def test_both_versions_show_configuration_sets(world: World) -> None:
    """Those of the API and those of stacks, with their options; a deleted one is gone for both."""
    v1, v2 = world.client("ses"), world.client("sesv2")
    v2.create_configuration_set(ConfigurationSetName="by-hand", SendingOptions={"SendingEnabled": False})
    world.deploy({"Set": {"Type": "AWS::SES::ConfigurationSet", "Properties": {"Name": "of-stack"}}})
    assert v1.list_configuration_sets()["ConfigurationSets"] == [{"Name": "by-hand"}, {"Name": "of-stack"}]
    described = v1.describe_configuration_set(
        ConfigurationSetName="by-hand", ConfigurationSetAttributeNames=["reputationOptions", "deliveryOptions"]
    )
    reputation = v2.get_configuration_set(ConfigurationSetName="by-hand")["ReputationOptions"]
    assert described["ReputationOptions"] == {"SendingEnabled": False, **reputation}
    assert described["DeliveryOptions"] == {"TlsPolicy": "Optional"}
    v2.delete_configuration_set(ConfigurationSetName="by-hand")
    with pytest.raises(ClientError, match="ConfigurationSetDoesNotExist"):
        v1.describe_configuration_set(ConfigurationSetName="by-hand")
    with pytest.raises(ClientError, match="NotFoundException"):
        v2.delete_configuration_set(ConfigurationSetName="by-hand")


def test_verified_addresses_are_listed(world: World) -> None:
    """After the click on the link."""
    address = f"someone@{world.zone}"
    world.client("sesv2").create_email_identity(EmailIdentity=address)
    assert world.client("ses").list_verified_email_addresses()["VerifiedEmailAddresses"] == []
    world.aws.verify_address(world.account, "us-east-1", address)
    assert world.client("ses").list_verified_email_addresses()["VerifiedEmailAddresses"] == [address]


def test_the_link_of_an_address_expires_and_is_sent_again(world: World) -> None:
    """In 24 hours; a click on a later one verifies the address, for which none is sent any more."""
    v1, v2, address = world.client("ses"), world.client("sesv2"), f"Someone@{world.zone}"

    def state() -> str:
        return str(v2.get_email_identity(EmailIdentity=address)["VerificationStatus"])

    v1.verify_email_identity(EmailAddress=address)
    assert state() == "PENDING"
    world.aws.advance_clock(25 * 3600)
    assert state() == "FAILED"
    v1.verify_email_identity(EmailAddress=address)
    assert state() == "PENDING"
    world.aws.verify_address(world.account, "us-east-1", address)
    world.aws.advance_clock(25 * 3600)
    assert state() == "SUCCESS"


def test_older_clients_list_as_well(world: World) -> None:
    """They ask by GET, without filters."""
    world.client("sesv2").create_email_identity(EmailIdentity=world.zone)
    scope = f"Credential={world.account}/20260101/us-east-1/ses/aws4_request"
    connection = http.client.HTTPConnection(world.aws.endpoint.removeprefix("http://"), timeout=5)
    connection.request("GET", "/v2/email/identities", headers={"Authorization": f"AWS4-HMAC-SHA256 {scope}"})
    listed = json.load(connection.getresponse())["EmailIdentities"]
    connection.close()
    assert [entry["IdentityName"] for entry in listed] == [world.zone]
