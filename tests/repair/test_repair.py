"""Repairing: what the stacks hold is there again, stack and world agree, and nothing else has changed."""

import itertools
import json
import shlex
from typing import Any

import pytest

from mailproof.change.errors import CommandError
from mailproof.change.protection import build_policy
from mailproof.model.placement import plan_stacks
from tests.few_regions import leave_regions
from tests.localaws.world import World
from tests.repair.deployment import Deployment, Killed

FORMS = pytest.mark.parametrize("form", ["individual", "grouped"])
POLICIES = pytest.mark.parametrize("policy", ["retain", "destroy"])
REGIONS = ("us-east-1", "eu-west-1")


def _is_dkim(name: str) -> bool:
    return "._domainkey." in name


def _dkim(world: World, domain: str) -> Any:
    return world.identity(domain)["DkimAttributes"]


def _others(deployment: Deployment) -> dict[Any, Any]:
    """Return the records that hold no DKIM token."""
    return {key: value for key, value in deployment.records().items() if not _is_dkim(key[0])}


def test_with_nothing_to_do_nothing_is_asked(deployment: Deployment, capfd: pytest.CaptureFixture[str]) -> None:
    """And nothing is changed."""
    deployment.made()
    before = deployment.records()
    deployment.repair(ask=lambda _: pytest.fail("it asks"))
    assert "prod: all is as the stacks hold it" in capfd.readouterr().out
    assert deployment.records() == before


def test_what_is_deployed_under_another_name_or_elsewhere_is_said(
    deployment: Deployment, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """That is not "all is well": what is in those stacks was not looked at. Nothing at all is nothing wrong."""
    leave_regions(monkeypatch, *REGIONS)
    deployment.repair(ask=lambda _: pytest.fail("it asks"))
    assert "prod: nothing of this environment is deployed here\n" in capfd.readouterr().out
    world = deployment.made(regions=list(REGIONS)).world
    deployment.delete_record(f"_dmarc.{world.zone}", "TXT")
    before = deployment.records()

    deployment.name = "production"
    with pytest.raises(CommandError) as renamed:
        deployment.repair(ask=lambda _: pytest.fail("it asks"))
    assert renamed.value.exit_code == 1
    assert renamed.value.lines[0] == "production: nothing of this environment is deployed here"
    assert "'prod' is deployed, has no file" in renamed.value.lines[1]
    assert "write `deployed_as: prod` in environments/production.yaml" in renamed.value.lines[1]
    world.aws.add_fault(service="cloudformation", operation="DescribeStacks", account=world.account, code="Throttling")
    with pytest.raises(CommandError, match="nothing was repaired") as unasked:
        deployment.repair()
    assert unasked.value.exit_code == 3
    world.aws.clear_faults()
    assert deployment.records() == before
    deployment.keys["deployed_as"] = "prod"
    deployment.repair()
    assert (f"_dmarc.{world.zone}.", "TXT") in deployment.records()

    deployment.name = "prod"
    del deployment.keys["deployed_as"]
    deployment.keys["regions"] = list(reversed(REGIONS))
    with pytest.raises(CommandError, match=f"write `dns_region: {REGIONS[0]}`"):
        deployment.repair()


@FORMS
def test_records_are_put_back(deployment: Deployment, form: str) -> None:
    """Value and time to live, deleted and changed ones, in a group or not; the stacks are not touched."""
    world = deployment.made(form).world
    before, templates = deployment.records(), deployment.templates()
    token = world.identity()["DkimAttributes"]["Tokens"][0]
    deployment.delete_record(f"_dmarc.{world.zone}", "TXT")
    deployment.delete_record(f"{token}._domainkey.{world.zone}", "CNAME")
    deployment.put_record(f"bounce.{world.zone}", "MX", 60, "20 mx.example.net.")
    deployment.put_record(f"bounce.{world.zone}", "TXT", 1800, '"v=spf1 -all"')
    deployment.repair()
    assert deployment.records() == before
    assert deployment.templates() == templates
    assert deployment.drifts() == []
    assert world.dkim_status() == "SUCCESS"


def test_signing_and_mail_from_are_set_again(deployment: Deployment) -> None:
    """As the stack has them, after the records that SES looks for."""
    own = {"name": deployment.world.zone, "mail_from": {"name": "bounce", "on_mx_failure": "reject_message"}}
    world = deployment.made(domains=[own]).world
    ses, before = world.client("sesv2"), world.identity()
    ses.put_email_identity_dkim_attributes(EmailIdentity=world.zone, SigningEnabled=False)
    ses.put_email_identity_mail_from_attributes(EmailIdentity=world.zone)
    deployment.delete_record(f"bounce.{world.zone}", "MX")
    deployment.repair()
    after = world.identity()
    for part in ("DkimAttributes", "MailFromAttributes"):
        assert after[part] == before[part]
    assert after["MailFromAttributes"]["MailFromDomainStatus"] == "SUCCESS"


def test_every_other_setting_is_set_again(deployment: Deployment) -> None:
    """Signing with keys of SES, their length, the configuration set, the forwarding of bounces."""
    world = deployment.made(domains=[{"name": deployment.world.zone, "dkim": {"key_length": 1024}}]).world
    deployment.set_properties(
        FeedbackAttributes={"EmailForwardingEnabled": False},
        ConfigurationSetAttributes={"ConfigurationSetName": deployment.make_configuration_set()},
    )
    before, ses = world.identity(), world.client("sesv2")
    ses.put_email_identity_feedback_attributes(EmailIdentity=world.zone, EmailForwardingEnabled=True)
    ses.put_email_identity_configuration_set_attributes(EmailIdentity=world.zone)
    deployment.bring_own_key()
    deployment.repair()
    after = world.identity()
    for part in ("FeedbackForwardingStatus", "ConfigurationSetName"):
        assert after[part] == before[part]
    for part in ("SigningAttributesOrigin", "NextSigningKeyLength", "Tokens", "Status"):
        assert after["DkimAttributes"][part] == before["DkimAttributes"][part]
    assert deployment.drifts() == []


def test_a_key_length_that_ses_refuses_to_change_is_said(deployment: Deployment) -> None:
    """It takes one change in 24 hours; all else is put back."""
    world = deployment.made(domains=[{"name": deployment.world.zone, "dkim": {"key_length": 1024}}]).world
    ses = world.client("sesv2")
    ses.put_email_identity_dkim_signing_attributes(
        EmailIdentity=world.zone,
        SigningAttributesOrigin="AWS_SES",
        SigningAttributes={"NextSigningKeyLength": "RSA_2048_BIT"},
    )
    ses.put_email_identity_dkim_attributes(EmailIdentity=world.zone, SigningEnabled=False)
    with pytest.raises(CommandError, match="one change of the key length in 24 hours") as caught:
        deployment.repair()
    assert caught.value.exit_code == 1
    assert "run the same command again after that" in str(caught.value)
    assert world.identity()["DkimAttributes"]["SigningEnabled"]
    world.aws.advance_clock(25 * 3600)
    deployment.repair()
    assert deployment.drifts() == []


@FORMS
@POLICIES
def test_an_identity_that_is_gone_comes_back_with_new_tokens(deployment: Deployment, form: str, policy: str) -> None:
    """Its records follow; the stack is whole, as protected as before, and every other record is as it was."""
    domains = [{"name": deployment.world.zone, "mail_from": "bounce"}, {"name": f"other.{deployment.world.zone}"}]
    world = deployment.made(form, removal_policy=policy, domains=domains).world
    others, templates = _others(deployment), deployment.templates()
    other, tokens = _dkim(world, f"other.{world.zone}"), _dkim(world, world.zone)["Tokens"]
    world.client("sesv2").delete_email_identity(EmailIdentity=world.zone)
    deployment.repair()
    assert deployment.drifts() == []
    assert deployment.templates() == templates
    assert deployment.policies() == {build_policy()}
    assert _others(deployment) == others
    assert _dkim(world, f"other.{world.zone}") == other
    assert set(_dkim(world, world.zone)["Tokens"]).isdisjoint(tokens)
    assert world.dkim_status() == "SUCCESS"
    assert world.mail_from_status() == "SUCCESS"


@pytest.mark.parametrize("is_begun", [False, True])
def test_a_stack_in_which_nothing_lives_is_in_nobodys_way(deployment: Deployment, *, is_begun: bool) -> None:
    """A change set that was never executed, or a first deployment that failed, in another region."""
    world = deployment.made().world
    deployment.keys["regions"] = ["us-east-1", "eu-west-1"]
    plan = next(plan for plan in plan_stacks(deployment.environment) if plan.id.region == "eu-west-1")
    cloudformation, body = world.client("cloudformation", "eu-west-1"), json.dumps(deployment.template(plan))
    if is_begun:
        world.aws.add_fault(resource_type="AWS::SES::EmailIdentity", action="create", code="Throttling")
        cloudformation.create_stack(StackName=plan.id.stack_name, TemplateBody=body)
        assert world.await_stack(plan.id.stack_name, "eu-west-1") == "ROLLBACK_COMPLETE"
        world.aws.clear_faults()
    else:
        given = {"ChangeSetName": "first", "ChangeSetType": "CREATE", "TemplateBody": body}
        cloudformation.create_change_set(StackName=plan.id.stack_name, **given)
    world.client("sesv2").delete_email_identity(EmailIdentity=world.zone)
    deployment.repair()
    assert deployment.drifts() == []


def test_a_stack_that_is_stuck_stops_nothing_but_what_may_hang_on_it(deployment: Deployment) -> None:
    """Of another region all is put back; the identity of its own waits, and the exit code is 1."""
    world = deployment.made(regions=["us-east-1", "eu-west-1"], removal_policy="destroy").world
    name = "mailproof-prod-ses-eu-west-1"
    world.aws.add_fault(resource_type="AWS::SES::EmailIdentity", action="delete", code="Throttling")
    world.client("cloudformation", "eu-west-1").delete_stack(StackName=name)
    assert world.await_stack(name, "eu-west-1") == "DELETE_FAILED"
    world.aws.clear_faults()
    world.client("sesv2").delete_email_identity(EmailIdentity=world.zone)
    with pytest.raises(CommandError, match=rf"stack {name} in eu-west-1 is in DELETE_FAILED") as caught:
        deployment.repair()
    assert caught.value.exit_code == 1
    assert deployment.drifts() == []
    assert world.dkim_status() == "SUCCESS"


@FORMS
def test_records_in_another_account_follow_their_identity(deployment: Deployment, form: str) -> None:
    """Its stack reads the new tokens, which it would not of itself."""
    deployment.zone_account = deployment.world.neighbour
    world = deployment.made(form).world
    others, templates = _others(deployment), deployment.templates()
    assert world.dkim_status() == "SUCCESS"
    world.client("sesv2").delete_email_identity(EmailIdentity=world.zone)
    deployment.repair()
    assert deployment.drifts() == []
    assert deployment.templates() == templates
    assert _others(deployment) == others
    assert world.dkim_status() == "SUCCESS"


def _run_batch(world: World, line: str) -> None:
    """Run the command of Route 53 that a line ends with."""
    words = shlex.split(line.partition(" gives: ")[2])
    options = dict(zip(words[3::2], words[4::2], strict=True))
    batch = json.loads(options["--change-batch"])
    world.client("route53").change_resource_record_sets(HostedZoneId=options["--hosted-zone-id"], ChangeBatch=batch)


@FORMS
def test_a_record_of_another_account_that_cannot_come_through_its_stack_has_its_command(
    deployment: Deployment, form: str
) -> None:
    """It says whose credentials it takes; run with these, it puts back exactly what the stack holds."""
    deployment.zone_account = deployment.world.neighbour
    world = deployment.made(form).world
    before, zone = deployment.records(), deployment.zone_world
    deployment.put_record(f"_dmarc.{world.zone}", "TXT", 300, '"v=DMARC1; p=none"')
    with pytest.raises(CommandError) as caught:
        deployment.repair()
    assert caught.value.exit_code == 1
    [line] = caught.value.lines
    assert f"; with credentials of {zone.account}, as --profile NAME of the AWS CLI gives: aws route53 " in line
    _run_batch(zone, line)
    assert deployment.records() == before
    assert deployment.drifts() == []


def test_old_dkim_records_that_stay_are_named(deployment: Deployment, capfd: pytest.CaptureFixture[str]) -> None:
    """Those of the identity that was gone, and none of another account's identity, which this command cannot see."""
    world = deployment.made().world
    deployment.put_record(f"other._domainkey.{world.zone}", "CNAME", 300, "other.dkim.amazonses.com.")
    tokens = _dkim(world, world.zone)["Tokens"]
    world.client("sesv2").delete_email_identity(EmailIdentity=world.zone)
    deployment.repair()
    lines = [line for line in capfd.readouterr().err.splitlines() if "no identity signs with" in line]
    assert sorted(line.split()[3].split(".")[0] for line in lines) == sorted(tokens)
    assert all((f"{token}._domainkey.{world.zone}.", "CNAME") in deployment.records() for token in tokens)


def test_the_last_identity_of_a_stack_comes_back(deployment: Deployment) -> None:
    """In a zone of another provider, a stack holds nothing else."""
    zones = {deployment.world.zone: "external"}
    world = deployment.made(zones=zones, domains=[{"name": deployment.world.zone}]).world
    templates = deployment.templates()
    world.client("sesv2").delete_email_identity(EmailIdentity=world.zone)
    deployment.repair()
    assert deployment.templates() == templates
    assert deployment.drifts() == []


@FORMS
def test_an_identity_made_anew_by_hand_is_taken_into_the_stack(deployment: Deployment, form: str) -> None:
    """With the tokens that it has: it is neither deleted nor made once more, and its records follow."""
    world = deployment.made(form).world
    templates = deployment.templates()
    deployment.recreate_identity()
    tokens = world.identity()["DkimAttributes"]["Tokens"]
    deployment.repair()
    assert world.identity()["DkimAttributes"]["Tokens"] == tokens
    assert deployment.templates() == templates
    assert deployment.drifts() == []
    assert world.dkim_status() == "SUCCESS"


def test_records_of_an_identity_made_anew_are_taken_into_the_stack_as_they_are(deployment: Deployment) -> None:
    """Published by hand, they are live: they are imported, and another TTL is set in one batch."""
    world = deployment.made().world
    templates = deployment.templates()
    deployment.recreate_identity()
    tokens = _dkim(world, world.zone)["Tokens"]
    for ttl_s, token in zip((1800, 1800, 60), tokens, strict=True):
        deployment.put_record(f"{token}._domainkey.{world.zone}", "CNAME", ttl_s, f"{token}.dkim.amazonses.com")
    assert world.dkim_status() == "SUCCESS"
    world.aws.start_watch(world.zone)
    deployment.repair()
    assert [state["after"] for state in world.aws.stop_watch(world.zone)] == ["the start"]  # no value was ever another
    assert deployment.drifts() == []
    assert deployment.templates() == templates
    assert _dkim(world, world.zone)["Tokens"] == tokens
    assert world.dkim_status() == "SUCCESS"


def test_live_records_in_place_of_those_of_a_group_are_left_and_said(deployment: Deployment) -> None:
    """CloudFormation imports none into a group, and deleting them first would leave mail unsigned meanwhile."""
    world = deployment.made("grouped").world
    deployment.recreate_identity()
    world.publish_dkim()
    before, templates = deployment.records(), deployment.templates()
    with pytest.raises(CommandError, match=r"write `record_sets: individual`, then `mailproof move prod`") as caught:
        deployment.repair()
    assert caught.value.exit_code == 1
    assert (deployment.records(), deployment.templates()) == (before, templates)


def test_an_identity_made_anew_that_its_stack_would_delete_is_left_and_said(deployment: Deployment) -> None:
    """Once, whatever hangs on it."""
    world = deployment.made(removal_policy="destroy").world
    deployment.recreate_identity()
    tokens = _dkim(world, world.zone)["Tokens"]
    world.publish_dkim()
    with pytest.raises(CommandError, match="write `removal_policy: retain`, deploy that without the guard") as caught:
        deployment.repair()
    assert len(caught.value.lines) == 1
    assert _dkim(world, world.zone)["Tokens"] == tokens
    deployment.keys["removal_policy"] = "retain"
    deployment.update()
    world.aws.start_watch(world.zone)
    deployment.repair()
    assert [state["after"] for state in world.aws.stop_watch(world.zone)] == ["the start"]
    assert (_dkim(world, world.zone)["Tokens"], world.dkim_status()) == (tokens, "SUCCESS")
    assert deployment.drifts() == []


def test_records_published_by_hand_meanwhile_are_no_obstacle(deployment: Deployment) -> None:
    """So are old ones, should SES draw the same tokens again: CloudFormation makes no record twice."""
    world = deployment.made().world
    world.client("sesv2").delete_email_identity(EmailIdentity=world.zone)
    number = next(number for number in itertools.count(1) if not _is_killed(deployment, number) or _has_identity(world))
    assert deployment.drifts()
    world.publish_dkim()
    deployment.repair()
    assert deployment.drifts() == [], number
    assert world.dkim_status() == "SUCCESS"


def _has_identity(world: World) -> bool:
    found = world.client("sesv2").list_email_identities()["EmailIdentities"]
    return any(identity["IdentityName"] == world.zone for identity in found)


def test_what_is_of_another_kind_is_left_and_said(deployment: Deployment) -> None:
    """With exit code 1, after all else is put back."""
    world = deployment.made().world
    deployment.delete_record(f"_dmarc.{world.zone}", "TXT")
    deployment.put_record(f"_dmarc.{world.zone}", "CNAME", 300, "vendor.example.net.")
    deployment.delete_record(f"bounce.{world.zone}", "MX")
    with pytest.raises(CommandError, match=r"_dmarc.* its type is not the stack's") as caught:
        deployment.repair()
    assert caught.value.exit_code == 1
    assert (f"bounce.{world.zone}.", "MX") in deployment.records()
    assert (f"_dmarc.{world.zone}.", "CNAME") in deployment.records()
    _run_batch(world, caught.value.lines[0])
    assert deployment.drifts() == []


def test_a_record_that_changes_meanwhile_is_not_overwritten(deployment: Deployment) -> None:
    """The batch is refused as a whole."""
    world = deployment.made().world
    name = f"_dmarc.{world.zone}"
    deployment.put_record(name, "TXT", 300, '"v=DMARC1; p=none"')
    repairer = deployment.repairer()
    repairer.look()
    deployment.put_record(name, "TXT", 300, '"v=DMARC1; p=quarantine"')
    with pytest.raises(CommandError, match="somebody has changed a record meanwhile") as caught:
        repairer.repair()
    assert caught.value.exit_code == 1
    assert deployment.records()[f"{name}.", "TXT"][0] == ('"v=DMARC1; p=quarantine"',)


def test_no_is_no(deployment: Deployment) -> None:
    """Nothing is changed."""
    world = deployment.made().world
    deployment.delete_record(f"_dmarc.{world.zone}", "TXT")
    with pytest.raises(CommandError, match="nothing was repaired") as caught:
        deployment.repair(ask=lambda _: "n", yes=False)
    assert caught.value.exit_code == 1
    assert (f"_dmarc.{world.zone}.", "TXT") not in deployment.records()


@pytest.mark.parametrize(
    ("service", "operation"),
    [("sesv2", "GetEmailIdentity"), ("route53", "ListResourceRecordSets"), ("cloudformation", "GetTemplate")],
)
def test_what_cannot_be_asked_ends_with_3_and_nothing_done(
    deployment: Deployment, service: str, operation: str
) -> None:
    """Throttled or denied, one answer that is lacking is enough."""
    world = deployment.made().world
    deployment.delete_record(f"_dmarc.{world.zone}", "TXT")
    before = deployment.records()
    world.aws.add_fault(service=service, operation=operation, account=world.account, code="Throttling")
    with pytest.raises(CommandError, match="nothing was repaired") as caught:
        deployment.repair()
    assert caught.value.exit_code == 3
    world.aws.clear_faults()
    assert deployment.records() == before


def _is_killed(deployment: Deployment, number: int) -> bool:
    """Repair, and tell whether that was killed before a change with this number."""
    repairer = deployment.repairer(kill_at=number)
    try:
        repairer.look()
        repairer.repair()
    except Killed:
        return True
    return False


@FORMS
def test_killed_again_and_again_it_goes_on(deployment: Deployment, form: str) -> None:
    """Each time the same command goes on where the last one was: in the end nothing is half, and the note is gone."""
    deployment.zone_account = deployment.world.neighbour
    world = deployment.made(form).world
    others, templates = _others(deployment), deployment.templates()
    world.client("sesv2").delete_email_identity(EmailIdentity=world.zone)
    kills = 0
    while _is_killed(deployment, kills % 4 + 1):
        kills += 1
    assert kills >= 10
    assert deployment.templates() == templates
    assert deployment.policies() == {build_policy()}
    assert _others(deployment) == others
    assert deployment.drifts() == []
    assert world.dkim_status() == "SUCCESS"


@POLICIES
def test_two_at_once_do_not_harm_each_other(deployment: Deployment, policy: str) -> None:
    """The later one finds that something has changed, and what the first one made stays."""
    world = deployment.made(removal_policy=policy).world
    templates = deployment.templates()
    world.client("sesv2").delete_email_identity(EmailIdentity=world.zone)
    first, second = deployment.repairer(), deployment.repairer()
    first.look()
    second.look()
    first.repair()
    tokens = _dkim(world, world.zone)["Tokens"]
    with pytest.raises(CommandError, match="something has changed meanwhile") as caught:
        second.repair()
    assert caught.value.exit_code == 1
    assert _dkim(world, world.zone)["Tokens"] == tokens
    assert deployment.templates() == templates
    assert deployment.drifts() == []


def test_throttled_at_every_step_it_ends_with_3_and_goes_on(deployment: Deployment) -> None:
    """Once at each call that changes something; a record in another account comes back through its stack as well."""
    deployment.zone_account = deployment.world.neighbour
    world = deployment.made().world
    others, templates = _others(deployment), deployment.templates()
    world.client("sesv2").delete_email_identity(EmailIdentity=world.zone)
    deployment.delete_record(f"_dmarc.{world.zone}", "TXT")
    ends = []
    for number in itertools.cycle((1, 2, 3, 4)):
        repairer = deployment.repairer(throttle_at=number)
        try:
            repairer.look()
            if repairer.plan.is_empty:
                break
            repairer.repair()
        except CommandError as err:
            ends.append(err.exit_code)
    assert set(ends) == {3}
    assert len(ends) >= 3
    assert deployment.templates() == templates
    assert deployment.policies() == {build_policy()}
    assert _others(deployment) == others
    assert world.dkim_status() == "SUCCESS"


def test_a_policy_that_was_left_lifted_is_put_back(deployment: Deployment) -> None:
    """By a command that was killed at its very end."""
    world = deployment.made().world
    [plan] = [plan for plan in plan_stacks(deployment.environment) if plan.identities]
    world.client("cloudformation").set_stack_policy(
        StackName=plan.id.stack_name, StackPolicyBody=build_policy(["Identity"])
    )
    deployment.repair()
    assert deployment.policies() == {build_policy()}
