"""A signature outlives SES: from the message to the published key by DNS, by two verifiers; and how it does not."""

from email.message import EmailMessage

import dkim  # type: ignore[import-untyped]  # has no annotations
import pytest

import mailproof
from mailproof.localaws.errors import ControlError
from mailproof.model.errors import InvalidValue
from mailproof.model.txt import quote_txt
from mailproof.signature import Sending, SigningKey, fetch_sending, fetch_signing_key
from tests.model.keys import OTHER_PUBLIC_KEY
from tests.own_keys.sender import REGIONS, SES_DOMAIN, Sender
from tests.signature.verifiers import FAIL, PASS, Mailauth, dkimpy

HERE, THERE = REGIONS


def signing_key(sender: Sender, region: str = HERE) -> SigningKey:
    """Read the key from its secret."""
    client = sender.world.client("secretsmanager", region)
    return fetch_signing_key(client, sender.environment, sender.domain, region)


def signed(sender: Sender, message: bytes | EmailMessage, region: str = HERE) -> bytes:
    """Sign a message, if SES lets it alone."""
    sending = fetch_sending(sender.world.client("sesv2", region), sender.domain)
    return mailproof.sign(message, signing_key(sender, region), sending)


def delivered(sender: Sender, message: bytes, region: str = HERE, **handling: bool) -> bytes:
    """Send a message by SES."""
    return sender.world.aws.deliver(sender.world.account, region, message, **handling)


def verdicts(sender: Sender, message: bytes, node: Mailauth) -> dict[str, str]:
    """Ask both verifiers, who agree."""
    found = dkimpy(message, sender.world.aws.dns)
    assert node.verify(message, sender.world.aws.dns) == found
    return found


def written(sender: Sender) -> EmailMessage:
    """Write a message that is not 7-bit, with an attachment."""
    message = EmailMessage()
    message["From"] = f"Bücher & Co. <shop@{sender.domain}>"
    message["To"] = "customer@receiver.example"
    message["Subject"] = "Ihre Bestellung: schöne Bücher"
    message["List-Unsubscribe"] = "<https://shop.example/out>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content("Schöne Grüße\n" + "sehr " * 400 + "lang\n.\nFrom here on.\n", cte="8bit")
    message.add_alternative('<a href="https://shop.example/">Bücher</a>\n', subtype="html")
    message.add_attachment(bytes(range(256)) * 8, maintype="application", subtype="octet-stream", filename="b.bin")
    return message


def test_a_signed_message_verifies_in_every_region(sender: Sender, node: Mailauth) -> None:
    """SES sets Date and Message-ID, adds headers and signs a second time; both signatures count."""
    both = {sender.domain: PASS, SES_DOMAIN: PASS}
    for region in REGIONS:
        assert verdicts(sender, delivered(sender, signed(sender, sender.message(), region), region), node) == both
    whole = signed(sender, written(sender))
    assert whole.isascii()
    assert verdicts(sender, delivered(sender, whole), node) == both
    eight_bit = written(sender).as_bytes().replace(b"\r\n", b"\n")
    assert verdicts(sender, delivered(sender, signed(sender, eight_bit)), node) == both


def test_headers_that_ses_adds_or_that_nobody_signed_do_not_matter(sender: Sender, node: Mailauth) -> None:
    """What is signed does: another subject, or a second From."""
    message = delivered(sender, signed(sender, b"X-Shop: 1\r\n" + sender.message()))
    assert verdicts(sender, message.replace(b"X-Shop: 1", b"X-Shop: 2"), node)[sender.domain] == PASS
    assert verdicts(sender, message.replace(b"Your order", b"Your money"), node)[sender.domain] == FAIL
    second = message.replace(b"From: Shop", f"From: a@{sender.domain}\r\nFrom: Shop".encode())
    assert dkimpy(second, sender.world.aws.dns)[sender.domain] == FAIL


def test_a_signature_over_what_ses_replaces_breaks(sender: Sender, node: Mailauth) -> None:
    """As one by the defaults of dkimpy does: that is why `sign` chooses the headers."""
    raw = b"Date: Mon, 02 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@shop.example>\r\n" + sender.message() + b"\r\n"
    key = signing_key(sender)
    naive = dkim.sign(raw, key.selector.encode(), key.domain.encode(), key.pem()) + raw
    assert verdicts(sender, naive, node) == {sender.domain: PASS}
    assert verdicts(sender, delivered(sender, naive), node) == {sender.domain: FAIL, SES_DOMAIN: PASS}
    assert verdicts(sender, delivered(sender, signed(sender, raw)), node) == {sender.domain: PASS, SES_DOMAIN: PASS}


def test_tracking_and_list_management_break_it(sender: Sender, node: Mailauth) -> None:
    """So `sign` refuses them; whoever hides them has mail that does not verify."""
    message = signed(sender, written(sender))
    plain = sender.message() + b'\r\n<a href="https://shop.example/">here</a>\r\n'
    assert verdicts(sender, delivered(sender, signed(sender, plain), tracks=True), node)[sender.domain] == FAIL
    assert verdicts(sender, delivered(sender, message, manages_list=True), node)[sender.domain] == FAIL


def test_a_configuration_set_that_tracks_is_refused(sender: Sender) -> None:
    """An event destination for opens or clicks has SES rewrite the message; bounces do not."""
    ses = sender.world.client("sesv2")
    ses.create_configuration_set(ConfigurationSetName="news")
    topic = {"SnsDestination": {"TopicArn": f"arn:aws:sns:{HERE}:{sender.world.account}:t"}, "Enabled": True}
    for name, event in {"bounces": "BOUNCE", "clicks": "CLICK"}.items():
        sending = fetch_sending(ses, sender.domain, "news")
        assert mailproof.sign(sender.message(), signing_key(sender), sending)
        ses.create_configuration_set_event_destination(
            ConfigurationSetName="news",
            EventDestinationName=name,
            EventDestination={**topic, "MatchingEventTypes": [event]},
        )
    with pytest.raises(
        InvalidValue, match="configuration set 'news', which rewrites it, got \"event destination 'clicks'"
    ):
        mailproof.sign(sender.message(), signing_key(sender), fetch_sending(ses, sender.domain, "news"))


def test_another_key_in_dns_or_one_at_a_doubled_name_breaks_it(sender: Sender, node: Mailauth) -> None:
    """`check` says both, and which record puts it right."""
    message = delivered(sender, signed(sender, sender.message()))
    name, text = f"s1._domainkey.{sender.domain}", f"v=DKIM1; k=rsa; p={sender.keys[0]['public_key']}"
    sender.world.change("UPSERT", name, "TXT", quote_txt(f"v=DKIM1; k=rsa; p={OTHER_PUBLIC_KEY}"))
    assert verdicts(sender, message, node)[sender.domain] == FAIL
    assert "another key" in sender.run("check", "--format", "json").output
    sender.world.change("DELETE", name, "TXT", quote_txt(f"v=DKIM1; k=rsa; p={OTHER_PUBLIC_KEY}"))
    sender.world.change("CREATE", f"{name}.{sender.domain}", "TXT", quote_txt(text))
    assert verdicts(sender, message, node)[sender.domain] == FAIL
    assert f"none, but one at {name}.{sender.domain}" in sender.run("check", "--format", "json").output
    sender.world.change("CREATE", name, "TXT", quote_txt(text))
    assert verdicts(sender, message, node)[sender.domain] == PASS


def test_an_identity_that_signs_refuses_a_signed_message(sender: Sender) -> None:
    """`sign` says so before SES does, and `check` before anybody sends."""
    ses = sender.world.client("sesv2")
    message = signed(sender, sender.message())
    ses.put_email_identity_dkim_attributes(EmailIdentity=sender.domain, SigningEnabled=True)
    with pytest.raises(InvalidValue, match="is sent by an identity that signs itself"):
        signed(sender, sender.message())
    with pytest.raises(ControlError, match="Duplicate header 'DKIM-Signature'"):
        delivered(sender, message)
    assert "dkim-signing-on" in sender.run("check", "--format", "json").output


def test_two_signatures_are_refused(sender: Sender) -> None:
    """As of a message that is forwarded: SES takes one."""
    message = signed(sender, sender.message())
    with pytest.raises(InvalidValue, match="is signed already; take the foreign signature out"):
        signed(sender, message)
    with pytest.raises(ControlError, match="Duplicate header 'DKIM-Signature'"):
        delivered(sender, message.partition(b"From:")[0] + message)
    assert Sending(signs=False).rewrites == ()
