"""Sending: what SES refuses, what it makes of a message, and what arrives at a receiver by SMTP."""

import email
import email.policy
import json
import mailbox
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.e2e.warm import ROOT
from tests.localaws.world import World

INBOX = "inbox.example"
MAILAUTH = ROOT / "node_modules/mailauth"


@pytest.fixture(scope="module")
def maildir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for mail."""
    return tmp_path_factory.mktemp("mail") / "in"


@pytest.fixture
def inbox(world: World, maildir: Path) -> Iterator[Callable[[], EmailMessage]]:
    """A receiver; what it got last, once all is delivered."""
    world.aws.open_inbox(INBOX, maildir, MAILAUTH)

    def last() -> EmailMessage:
        world.aws.sent()
        (path,) = (maildir / "new").iterdir()
        found = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        path.unlink()
        assert isinstance(found, EmailMessage)
        return found

    yield last
    mailbox.Maildir(str(maildir)).clear()


def write(sender: str, recipient: str = f"you@{INBOX}", **more: Any) -> dict[str, Any]:
    """Return the members of SendEmail."""
    simple = {"Subject": {"Data": "Grüße"}, "Body": {"Text": {"Data": "Hallo, schöne Welt.\n"}}}
    named = {"FromEmailAddress": sender, "Destination": {"ToAddresses": [recipient]}}
    return {**named, "Content": {"Simple": simple}, **more}


def refusal(call: Callable[..., Any], **members: Any) -> tuple[str, str]:
    """Return code and words of an error."""
    with pytest.raises(ClientError) as caught:
        call(**members)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def verified(world: World, region: str = "us-east-1") -> Any:
    """Make the domain with its records and a MAIL FROM name; return a client of SES v2."""
    ses = world.client("sesv2", region)
    ses.create_email_identity(EmailIdentity=world.zone)
    world.publish_dkim(region)
    name = f"mail-{region}.{world.zone}"
    ses.put_email_identity_mail_from_attributes(EmailIdentity=world.zone, MailFromDomain=name)
    world.change_batch(
        ("UPSERT", name, "MX", (f"10 feedback-smtp.{region}.amazonses.com",)),
        ("UPSERT", name, "TXT", ('"v=spf1 include:amazonses.com -all"',)),
        ("UPSERT", f"_dmarc.{world.zone}", "TXT", ('"v=DMARC1; p=reject; adkim=s"',)),
    )
    return ses


def test_a_message_arrives_signed_twice_and_passes_at_its_receiver(
    world: World, inbox: Callable[[], EmailMessage]
) -> None:
    """By SMTP from an address of SES; the receiver's verdict is that of mailauth."""
    ses = verified(world, "eu-west-1")
    number = ses.send_email(**write(f"Shop <shop@{world.zone}>"))["MessageId"]
    message = inbox()
    results = "".join(message.get_all("Authentication-Results", []))
    assert results.startswith(f"mx.{INBOX};")
    assert f"dkim=pass header.i=@{world.zone}" in results
    assert "dkim=pass header.i=@amazonses.com" in results
    assert "spf=pass" in results
    assert "dmarc=pass" in results
    token = world.identity(region="eu-west-1")["DkimAttributes"]["Tokens"][0]
    assert f"s={token}; " in message.get_all("DKIM-Signature", [])[0]
    assert message["Return-Path"] == f"<{number}@mail-eu-west-1.{world.zone}>"
    assert message["Message-ID"] == f"<{number}@eu-west-1.amazonses.com>"
    assert message["Feedback-ID"].startswith("::1.eu-west-1.")
    assert "[192.0.2.25]" in message["Received"]
    assert (message["Subject"], message.get_content()) == ("Grüße", "Hallo, schöne Welt.\n")


def test_what_breaks_a_message_shows_at_its_receiver(world: World, inbox: Callable[[], EmailMessage]) -> None:
    """Each as SES treats it: signing off, MAIL FROM not found, an address that overrides its domain, a key gone."""
    ses = verified(world)
    sender = f"shop@{world.zone}"

    def arrived(address: str = sender) -> str:
        ses.send_email(**write(address))
        message = inbox()
        assert message["Return-Path"]
        return f"{message['Authentication-Results']} {message['Return-Path']}"

    ses.create_email_identity(EmailIdentity=f"news@{world.zone}")
    assert f"@mail-us-east-1.{world.zone}>" in arrived(f"news@{world.zone}")
    world.aws.verify_address(world.account, "us-east-1", f"news@{world.zone}")
    assert "@amazonses.com>" in (seen := arrived(f"news@{world.zone}"))
    assert f"dkim=pass header.i=@{world.zone}" in seen
    ses.put_email_identity_dkim_attributes(EmailIdentity=f"news@{world.zone}", SigningEnabled=False)
    assert f"header.i=@{world.zone}" not in arrived(f"news@{world.zone}")

    world.change("DELETE", f"mail-us-east-1.{world.zone}", "MX", "10 feedback-smtp.us-east-1.amazonses.com")
    assert "dmarc=pass" in (seen := arrived())
    assert "@amazonses.com>" in seen
    ses.put_email_identity_dkim_attributes(EmailIdentity=world.zone, SigningEnabled=False)
    assert "dmarc=fail" in arrived()
    ses.put_email_identity_dkim_attributes(EmailIdentity=world.zone, SigningEnabled=True)
    world.publish_dkim(action="DELETE")
    assert "dkim=neutral (no key)" in arrived()

    name = f"mail-us-east-1.{world.zone}"
    ses.put_email_identity_mail_from_attributes(
        EmailIdentity=world.zone, MailFromDomain=name, BehaviorOnMxFailure="REJECT_MESSAGE"
    )
    assert refusal(ses.send_email, **write(sender))[0] == "MailFromDomainNotVerifiedException"


def test_what_ses_refuses_in_its_words(world: World) -> None:
    """SES v2, and v1 by its own names of the errors."""
    ses, old = verified(world), world.client("ses")
    sender, other = f"shop@{world.zone}", "other@elsewhere.example"
    failed = "Email address is not verified. The following identities failed the check in region US-EAST-1: "
    assert refusal(ses.send_email, **write(other)) == ("MessageRejected", failed + other)
    bounces_elsewhere = write(sender, FeedbackForwardingEmailAddress=other)
    assert refusal(ses.send_email, **bounces_elsewhere)[1] == failed + other
    assert refusal(ses.send_email, **write("shop"))[1] == "Missing final '@domain'"
    assert refusal(ses.send_email, **write(sender, ConfigurationSetName="none"))[0] == "NotFoundException"
    raw = f"From: {sender}\r\nTo: {other}\r\n\r\nHi.\r\n".encode()

    def send_raw(message: bytes, *to: str) -> tuple[str, str]:
        return refusal(old.send_raw_email, RawMessage={"Data": message}, Destinations=to)

    assert send_raw(b"DKIM-Signature: a\r\nDKIM-Signature: b\r\n" + raw) == (
        "InvalidParameterValue",
        "Duplicate header 'DKIM-Signature'.",
    )
    assert send_raw(b"DKIM-Signature: a\r\n" + raw)[1] == "Duplicate header 'DKIM-Signature'."
    assert send_raw(b"Subject: no sender\r\n\r\n", other)[1] == "Missing required header 'From'."
    assert send_raw(raw, *[other] * 51)[1] == "Recipient count exceeds 50."
    assert send_raw(raw + b"a\r\n" * 3_500_000)[1].startswith("Message length is more than 10485760 bytes long: '")

    world.aws.set_ses_account(world.account, "us-east-1", ProductionAccessEnabled=False)
    assert refusal(ses.send_email, **write(sender, other)) == ("MessageRejected", failed + other)
    assert ses.send_email(**write(sender, f"someone@{world.zone}"))["MessageId"]
    world.aws.set_ses_account(world.account, "us-east-1", ProductionAccessEnabled=True, SendingEnabled=False)
    assert refusal(ses.send_email, **write(sender))[0] == "SendingPausedException"
    assert send_raw(raw)[0] == "AccountSendingPausedException"
    quota = {"Max24HourSend": 3, "MaxSendRate": 1, "SentLast24Hours": 0}
    world.aws.set_ses_account(world.account, "us-east-1", SendingEnabled=True, SendQuota=quota)
    assert refusal(ses.send_email, **write(sender)) == ("TooManyRequestsException", "Maximum sending rate exceeded.")
    assert send_raw(raw, *[other] * 4) == ("Throttling", "Daily message quota exceeded.")


def test_the_simulator_takes_mail_even_in_the_sandbox(world: World) -> None:
    """Each address has its own outcome; v1 and v2 send alike."""
    ses, old = verified(world), world.client("ses")
    world.aws.set_ses_account(world.account, "us-east-1", ProductionAccessEnabled=False)
    outcomes = {}
    for name in ("success", "bounce+shop", "complaint", "suppressionlist", "ooto"):
        address = f"{name}@simulator.amazonses.com"
        number = ses.send_email(**write(f"shop@{world.zone}", address))["MessageId"]
        found = next(each for each in world.aws.sent() if each["message_id"] == number)
        outcomes[name] = found["outcomes"][address]
    assert outcomes["success"] == "delivered"
    assert outcomes["bounce+shop"] == "bounced"
    assert len(set(outcomes.values())) == 5
    text = {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}, "Html": {"Data": "<p>t</p>"}}}
    target = {"ToAddresses": ["success@simulator.amazonses.com"]}
    assert old.send_email(Source=f"shop@{world.zone}", Destination=target, Message=text)["MessageId"]
    assert old.get_send_quota()["SentLast24Hours"] == 6


def test_what_the_simulator_does_is_told_by_mail(world: World, inbox: Callable[[], EmailMessage]) -> None:
    """Where bounces go: the address of the call, else the sender; an out-of-office answer goes there, too."""
    ses, back = verified(world), f"back@{INBOX}"
    ses.create_email_identity(EmailIdentity=back)
    world.aws.verify_address(world.account, "us-east-1", back)
    subjects = {
        "bounce": ("Delivery Status Notification (Failure)", "MAILER-DAEMON@email.amazonses.com", "delivery-status"),
        "suppressionlist": (
            "Delivery Status Notification (Failure)",
            "MAILER-DAEMON@email.amazonses.com",
            "delivery-status",
        ),
        "complaint": ("complaint about message", "complaints@email-abuse.amazonses.com", "feedback-report"),
        "ooto": ("Automatic reply: out of office", "ooto@simulator.amazonses.com", ""),
    }
    for name, (subject, sender, report) in subjects.items():
        address = f"{name}@simulator.amazonses.com"
        number = ses.send_email(**write(f"shop@{world.zone}", address, FeedbackForwardingEmailAddress=back))[
            "MessageId"
        ]
        told = inbox()
        assert (told["Subject"], told["From"], told["To"], told["Return-Path"]) == (subject, sender, back, "<>")
        assert "dkim=pass header.i=@amazonses.com" in " ".join(told["Authentication-Results"].split())
        if report:
            assert told.get_content_type() == "multipart/report"
            assert [part.get_content_type() for part in told.iter_parts()][1] == f"message/{report}"
            assert f"<{number}@" in told.as_string()
            assert address in told.as_string()
        else:
            assert (told["Auto-Submitted"], told["In-Reply-To"][1:].partition("@")[0]) == ("auto-replied", number)


def test_what_becomes_of_mail_is_told_by_events(world: World, inbox: Callable[[], EmailMessage]) -> None:
    """At a topic; then bounces go by mail only if the identity asks for it."""
    ses, sns, sqs = verified(world), *(world.client(name) for name in ("sns", "sqs"))
    queue = sqs.create_queue(QueueName="told-of-mail")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = sns.create_topic(Name="told-of-mail")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    ses.create_configuration_set(ConfigurationSetName="told")
    kinds = ["SEND", "DELIVERY", "BOUNCE", "COMPLAINT"]
    ses.create_configuration_set_event_destination(
        ConfigurationSetName="told",
        EventDestinationName="topic",
        EventDestination={"Enabled": True, "MatchingEventTypes": kinds, "SnsDestination": {"TopicArn": topic}},
    )
    ses.put_email_identity_feedback_attributes(EmailIdentity=world.zone, EmailForwardingEnabled=False)

    def told_of(recipient: str) -> list[str]:
        number = ses.send_email(**write(f"shop@{world.zone}", recipient, ConfigurationSetName="told"))["MessageId"]
        world.aws.sent()
        found: list[str] = []
        while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
                event = json.loads(message["Body"])
                assert (event["mail"]["messageId"], event["mail"]["destination"]) == (number, [recipient])
                found.append(event["eventType"])
        return sorted(found)

    assert told_of(f"you@{INBOX}") == ["Delivery", "Send"]
    assert inbox()["To"] == f"you@{INBOX}"
    simulator = "{}@simulator.amazonses.com".format
    assert told_of(simulator("success")) == ["Delivery", "Send"]
    assert told_of(simulator("bounce")) == ["Bounce", "Send"]
    assert told_of(simulator("suppressionlist")) == ["Bounce", "Send"]
    assert told_of(simulator("complaint+shop")) == ["Complaint", "Delivery", "Send"]
    assert told_of("you@elsewhere.example") == ["Send"]
