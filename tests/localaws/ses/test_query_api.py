"""The operations of SES v1: the identities are those of SES v2."""

import http.client
import json

import pytest
from botocore.exceptions import ClientError

from tests.localaws.world import World


def test_what_v2_can_tell_is_refused(world: World) -> None:
    """By a sentence: two versions of the same states could differ."""
    with pytest.raises(ClientError, match="localaws does not model the operation ListIdentities of ses"):
        world.client("ses").list_identities()


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
