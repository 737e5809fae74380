"""Drift: what a stack holds and is not there, or is another, is found and named; what nobody changed is not."""

from pathlib import Path

import pytest

from mailproof.check.drift import RecordDrift
from mailproof.live.aws.kept_facts import open_kept_facts
from tests.repair.deployment import Deployment

FORMS = pytest.mark.parametrize("form", ["individual", "grouped"])


@FORMS
def test_what_nobody_has_changed_is_no_drift(deployment: Deployment, form: str) -> None:
    """Of several regions, too."""
    assert deployment.made(form, regions=["us-east-1", "eu-west-1"]).drifts() == []


@FORMS
def test_an_identity_that_is_gone_is_named_once(deployment: Deployment, form: str) -> None:
    """Its DKIM records hang on it, and are no drift of their own."""
    world = deployment.made(form).world
    world.client("sesv2").delete_email_identity(EmailIdentity=world.zone)
    assert deployment.drifts() == [f"IdentityGone identity {world.zone!r} in us-east-1"]


def test_signing_and_mail_from_are_compared(deployment: Deployment) -> None:
    """What becomes of mail while the MX is not right, too."""
    own = {"name": deployment.world.zone, "mail_from": {"name": "bounce", "on_mx_failure": "reject_message"}}
    world = deployment.made(domains=[own]).world
    ses = world.client("sesv2")
    ses.put_email_identity_dkim_attributes(EmailIdentity=world.zone, SigningEnabled=False)
    ses.put_email_identity_mail_from_attributes(
        EmailIdentity=world.zone, MailFromDomain=f"bounce.{world.zone}", BehaviorOnMxFailure="USE_DEFAULT_VALUE"
    )
    first, second = deployment.look().drifts
    assert (first.expected, first.observed) == ("mail is signed", "signing is off")
    assert "REJECT_MESSAGE" in second.expected
    assert "USE_DEFAULT_VALUE" in second.observed
    ses.put_email_identity_mail_from_attributes(EmailIdentity=world.zone)
    assert deployment.look().drifts[1].observed == "no MAIL FROM"


def test_what_else_a_template_sets_is_compared(deployment: Deployment) -> None:
    """With whose key mail is signed, its length, the configuration set and whether bounces are forwarded."""
    world = deployment.made(domains=[{"name": deployment.world.zone, "dkim": {"key_length": 1024}}]).world
    ses = world.client("sesv2")
    ses.put_email_identity_feedback_attributes(EmailIdentity=world.zone, EmailForwardingEnabled=False)
    assert deployment.drifts() == []  # nobody sets it but who did
    deployment.set_properties(
        FeedbackAttributes={"EmailForwardingEnabled": "false"},
        ConfigurationSetAttributes={"ConfigurationSetName": deployment.make_configuration_set()},
    )
    assert deployment.drifts() == []
    ses.put_email_identity_feedback_attributes(EmailIdentity=world.zone, EmailForwardingEnabled=True)
    ses.put_email_identity_configuration_set_attributes(EmailIdentity=world.zone)
    ses.put_email_identity_dkim_signing_attributes(
        EmailIdentity=world.zone,
        SigningAttributesOrigin="AWS_SES",
        SigningAttributes={"NextSigningKeyLength": "RSA_2048_BIT"},
    )
    assert [(drift.expected, drift.observed) for drift in deployment.look().drifts] == [
        ("keys of RSA_1024_BIT", "keys of RSA_2048_BIT"),
        ("default configuration set 'mail'", "no default configuration set"),
        ("bounces and complaints are not forwarded by mail", "bounces and complaints are forwarded by mail"),
    ]


def test_the_key_of_somebody_else_is_drift(deployment: Deployment) -> None:
    """Though the template leaves it to SES, whose tokens the records of the stack hold."""
    world = deployment.made().world
    deployment.bring_own_key()
    [drift] = deployment.look().drifts
    assert (drift.expected, drift.observed) == ("signing with keys of SES", "signing with a key of yours (BYODKIM)")
    assert drift.subject == f"identity {world.zone!r} in us-east-1"


@FORMS
@pytest.mark.parametrize("zone_account", [False, True])
def test_an_identity_made_anew_by_hand_is_drift(deployment: Deployment, form: str, *, zone_account: bool) -> None:
    """Its records hang on it, published or not: the stack knows those of the earlier one, for good."""
    if zone_account:
        deployment.zone_account = deployment.world.neighbour
    world = deployment.made(form).world
    deployment.recreate_identity()
    assert deployment.drifts() == [f"IdentityReplaced identity {world.zone!r} in us-east-1"]
    for token in world.identity()["DkimAttributes"]["Tokens"]:
        deployment.put_record(f"{token}._domainkey.{world.zone}", "CNAME", 1800, f"{token}.dkim.amazonses.com")
    assert deployment.drifts() == [f"IdentityReplaced identity {world.zone!r} in us-east-1"]


@FORMS
def test_an_identity_taken_in_from_outside_is_no_drift(deployment: Deployment, form: str) -> None:
    """It lacks CloudFormation's tag as well: what decides is which records its stack has made."""
    deployment.made(form)
    deployment.recreate_identity()
    deployment.repair()
    assert deployment.drifts() == []


@FORMS
def test_records_that_are_gone_or_changed_are_named(deployment: Deployment, form: str) -> None:
    """Of single record sets and of groups alike: a value, a time to live, a DKIM record, another kind of record."""
    world = deployment.made(form).world
    dmarc, mx, spf = f"_dmarc.{world.zone}", f"bounce.{world.zone}", f"bounce.{world.zone}"
    token = world.identity()["DkimAttributes"]["Tokens"][0]
    dkim = f"{token}._domainkey.{world.zone}"
    deployment.delete_record(dmarc, "TXT")
    deployment.delete_record(dkim, "CNAME")
    deployment.put_record(mx, "MX", 60, "10 feedback-smtp.us-east-1.amazonses.com.")
    deployment.put_record(spf, "TXT", 1800, '"v=spf1 -all"')
    assert sorted(deployment.drifts()) == sorted(
        f"RecordDrift {kind} record {name!r} in zone {world.zone_id}"
        for kind, name in (("TXT", dmarc), ("CNAME", dkim), ("MX", mx), ("TXT", spf))
    )


def test_what_is_as_the_file_has_it_is_left_to_the_next_deployment(deployment: Deployment) -> None:
    """So is what the file does not ask for any more."""
    world = deployment.made().world
    deployment.put_record(f"_dmarc.{world.zone}", "TXT", 1800, '"v=DMARC1; p=none"')
    assert len(deployment.drifts()) == 1
    deployment.keys["domains"] = [{"name": world.zone, "mail_from": "bounce", "dmarc": {"policy": "none"}}]
    assert deployment.drifts() == []
    world.client("sesv2").delete_email_identity(EmailIdentity=world.zone)
    deployment.keys["domains"] = [{"name": f"other.{world.zone}"}]
    assert deployment.drifts() == []


def test_a_record_of_another_kind_cannot_be_replaced(deployment: Deployment) -> None:
    """A CNAME in its place, say."""
    world = deployment.made().world
    deployment.delete_record(f"_dmarc.{world.zone}", "TXT")
    deployment.put_record(f"_dmarc.{world.zone}", "CNAME", 300, "vendor.example.net.")
    [drift] = deployment.look().drifts
    assert isinstance(drift, RecordDrift)
    assert not drift.is_simple


def test_what_could_not_be_asked_is_no_drift(deployment: Deployment) -> None:
    """It is said, with what was asked."""
    world = deployment.made().world
    world.aws.add_fault(service="sesv2", operation="GetEmailIdentity", account=world.account, code="AccessDenied")
    report = deployment.look()
    assert report.drifts == ()
    assert [unasked.operation for unasked in report.unanswered] == ["ses:GetEmailIdentity"]


def test_what_ses_has_said_before_is_not_asked_again(deployment: Deployment, tmp_path: Path) -> None:
    """But for what has drifted, and what the list of identities shows to have changed."""
    names = [deployment.world.zone, f"other.{deployment.world.zone}"]
    world = deployment.made(domains=[{"name": name, "mail_from": "bounce"} for name in names]).world

    def asked() -> int:
        world.aws.reset_calls()
        with open_kept_facts(tmp_path / "state") as kept:
            deployment.look(kept)
        return world.aws.calls(world.account)["sesv2"].get("GetEmailIdentity", 0)

    world.client("sesv2").put_email_identity_dkim_attributes(EmailIdentity=names[0], SigningEnabled=False)
    assert asked() == 2
    assert asked() == 1
    world.client("sesv2").put_email_identity_dkim_attributes(EmailIdentity=names[0], SigningEnabled=True)
    assert asked() == 1  # and so until a check has found nothing about it
    world.client("sesv2").delete_email_identity(EmailIdentity=names[1])
    assert asked() == 2
