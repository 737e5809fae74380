"""AWS::SES::EmailIdentity in stacks."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.localaws.world import World, dkim_members, email_identity, record_group, record_set


def test_an_identity_and_its_records_deploy_together(world: World) -> None:
    """One stack makes the identity and publishes what SES asks for; SES is content at once."""
    resources = {
        "Identity": email_identity(world.zone, MailFromAttributes={"MailFromDomain": f"bounce.{world.zone}"}),
        "Records": record_group(world.zone_id, *dkim_members("Identity")),
    }
    assert world.deploy(resources) == "CREATE_COMPLETE"
    assert world.dkim_status() == "SUCCESS"
    assert world.destroy() == "DELETE_COMPLETE"
    assert world.records() == set()
    assert world.client("sesv2").list_email_identities()["EmailIdentities"] == []


def test_properties_reach_the_identity(world: World) -> None:
    """Every property of the schema has its effect."""
    world.client("sesv2").create_configuration_set(ConfigurationSetName="set")
    identity = email_identity(
        world.zone,
        ConfigurationSetAttributes={"ConfigurationSetName": "set"},
        DkimAttributes={"SigningEnabled": False},
        DkimSigningAttributes={"NextSigningKeyLength": "RSA_1024_BIT"},
        FeedbackAttributes={"EmailForwardingEnabled": False},
        MailFromAttributes={"MailFromDomain": f"bounce.{world.zone}", "BehaviorOnMxFailure": "REJECT_MESSAGE"},
        Tags=[{"Key": "team", "Value": "mail"}],
    )
    assert world.deploy({"Identity": identity}) == "CREATE_COMPLETE"
    answer = world.identity()
    assert answer["ConfigurationSetName"] == "set"
    assert answer["DkimAttributes"]["SigningEnabled"] is False
    assert answer["DkimAttributes"]["CurrentSigningKeyLength"] == "RSA_1024_BIT"
    assert answer["FeedbackForwardingStatus"] is False
    assert answer["MailFromAttributes"]["BehaviorOnMxFailure"] == "REJECT_MESSAGE"
    assert {"Key": "team", "Value": "mail"} in answer["Tags"]


def test_attributes_are_the_records_that_the_api_names(world: World) -> None:
    """Fn::GetAtt and GetEmailIdentity agree, in a region with its own DKIM hosts too."""
    outputs = {
        f"{part}{number}": {"Value": {"Fn::GetAtt": ["Identity", f"DkimDNSToken{part}{number}"]}}
        for part in ("Name", "Value")
        for number in (1, 2, 3)
    }
    region = "af-south-1"
    world.deploy({"Identity": email_identity(world.zone)}, region=region, outputs=outputs)
    (stack,) = world.client("cloudformation", region).describe_stacks(StackName="stack")["Stacks"]
    shown = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    for number, token in enumerate(world.identity(region=region)["DkimAttributes"]["Tokens"], start=1):
        assert shown[f"Name{number}"] == f"{token}._domainkey.{world.zone}"
        assert shown[f"Value{number}"] == f"{token}.dkim.af-south-1.amazonses.com"


def test_fails_on_an_identity_that_exists(world: World) -> None:
    """A stack never takes over what it did not make; the rollback leaves it alone."""
    world.client("sesv2").create_email_identity(EmailIdentity=world.zone)
    assert world.deploy({"Identity": email_identity(world.zone)}) == "ROLLBACK_COMPLETE"
    assert world.reasons() == [
        f"Resource of type 'AWS::SES::EmailIdentity' with identifier '{world.zone}' already exists."
    ]
    assert world.identity()["IdentityType"] == "DOMAIN"


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        pytest.param({"Colour": "red"}, "extraneous key [Colour] is not permitted", id="unknown-property"),
        pytest.param(
            {"DkimSigningAttributes": {"DomainSigningAttributesOrigin": "AWS_SES_US_EAST_1"}},
            "extraneous key [DomainSigningAttributesOrigin]",
            id="replica",
        ),
        pytest.param(
            {"MailFromAttributes": {"MailFromDomain": "bounce.other.example"}}, "is not subdomain", id="mail-from"
        ),
        pytest.param(
            {"ConfigurationSetAttributes": {"ConfigurationSetName": "absent"}}, "does not exist", id="configuration-set"
        ),
    ],
)
def test_fails_on_wrong_properties_and_leaves_nothing(world: World, properties: dict[str, Any], reason: str) -> None:
    """A refused property fails the resource before the identity is made."""
    assert world.deploy({"Identity": email_identity(world.zone, **properties)}) == "ROLLBACK_COMPLETE"
    assert reason in world.reasons()[0]
    assert world.client("sesv2").list_email_identities()["EmailIdentities"] == []


def test_a_failed_create_is_rolled_back(world: World) -> None:
    """What the stack made before the failure is gone again."""
    resources = {
        "Identity": email_identity(world.zone),
        "Wrong": {**record_set(world.zone_id, "a.other.example", "A", "192.0.2.1"), "DependsOn": "Identity"},
    }
    assert world.deploy(resources) == "ROLLBACK_COMPLETE"
    assert world.client("sesv2").list_email_identities()["EmailIdentities"] == []


def test_a_failed_update_is_rolled_back(world: World) -> None:
    """The identity is as it was before the update."""
    world.deploy({"Identity": email_identity(world.zone)})
    resources = {
        "Identity": email_identity(world.zone, MailFromAttributes={"MailFromDomain": f"bounce.{world.zone}"}),
        "Wrong": {**record_set(world.zone_id, "a.other.example", "A", "192.0.2.1"), "DependsOn": "Identity"},
    }
    assert world.deploy(resources) == "UPDATE_ROLLBACK_COMPLETE"
    assert "MailFromDomain" not in world.identity()["MailFromAttributes"]


def test_updates_keep_what_they_do_not_touch(world: World) -> None:
    """A change of tags does not set DKIM up again, and leaves the tags by which CloudFormation marks what it made."""
    world.deploy({"Identity": email_identity(world.zone)})
    before = world.identity()["DkimAttributes"]["LastKeyGenerationTimestamp"]
    tagged = email_identity(world.zone, Tags=[{"Key": "team", "Value": "mail"}])
    assert world.deploy({"Identity": tagged}) == "UPDATE_COMPLETE"
    tags = {tag["Key"]: tag["Value"] for tag in world.identity()["Tags"]}
    marks = {"aws:cloudformation:stack-name": "stack", "aws:cloudformation:logical-id": "Identity"}
    assert tags == {"team": "mail", **marks}
    assert world.identity()["DkimAttributes"]["LastKeyGenerationTimestamp"] == before


def test_another_name_replaces_the_identity(world: World) -> None:
    """The name is create-only: the change set says so, and the old identity goes."""
    world.deploy({"Identity": email_identity(world.zone)})
    new_name = f"new.{world.zone}"
    template = json.dumps({"Resources": {"Identity": email_identity(new_name)}})
    cloudformation = world.client("cloudformation")
    cloudformation.create_change_set(StackName="stack", ChangeSetName="rename", TemplateBody=template)
    (change,) = cloudformation.describe_change_set(StackName="stack", ChangeSetName="rename")["Changes"]
    assert change["ResourceChange"]["Replacement"] == "True"
    assert world.deploy({"Identity": email_identity(new_name)}) == "UPDATE_COMPLETE"
    listed = world.client("sesv2").list_email_identities()["EmailIdentities"]
    assert [entry["IdentityName"] for entry in listed] == [new_name]


def test_other_changes_do_not_replace_the_identity(world: World) -> None:
    """The change set of a MAIL FROM domain says that nothing is replaced."""
    world.deploy({"Identity": email_identity(world.zone)})
    changed = email_identity(world.zone, MailFromAttributes={"MailFromDomain": f"bounce.{world.zone}"})
    cloudformation = world.client("cloudformation")
    cloudformation.create_change_set(
        StackName="stack", ChangeSetName="change", TemplateBody=json.dumps({"Resources": {"Identity": changed}})
    )
    (change,) = cloudformation.describe_change_set(StackName="stack", ChangeSetName="change")["Changes"]
    assert change["ResourceChange"]["Replacement"] == "False"


def test_a_retained_identity_outlives_its_stack(world: World) -> None:
    """DeletionPolicy Retain holds when the resource is removed and when the stack is deleted."""
    kept = {**email_identity(world.zone), "DeletionPolicy": "Retain"}
    other = record_set(world.zone_id, f"a.{world.zone}", "A", "192.0.2.1")
    world.deploy({"Identity": kept, "Other": other})
    assert world.deploy({"Other": other}) == "UPDATE_COMPLETE"
    assert world.identity()["IdentityType"] == "DOMAIN"
    assert world.destroy() == "DELETE_COMPLETE"
    assert world.identity()["IdentityType"] == "DOMAIN"
    assert world.records() == set()


def test_a_protected_stack_is_not_deleted(world: World) -> None:
    """Termination protection refuses DeleteStack, with AWS's words."""
    world.deploy({"Identity": email_identity(world.zone)}, EnableTerminationProtection=True)
    cloudformation = world.client("cloudformation")
    with pytest.raises(ClientError, match="cannot be deleted while TerminationProtection is enabled"):
        cloudformation.delete_stack(StackName="stack")
    assert world.identity()["IdentityType"] == "DOMAIN"
    cloudformation.update_termination_protection(StackName="stack", EnableTerminationProtection=False)
    assert world.destroy() == "DELETE_COMPLETE"
