"""Drift detection: what was changed beside CloudFormation."""

import json
from typing import Any

from tests.localaws.world import Resources, World, email_identity, member, record_group, record_set


def _resources(world: World) -> Resources:
    identity = email_identity(
        world.zone,
        MailFromAttributes={"MailFromDomain": f"Bounce.{world.zone}"},
        FeedbackAttributes={"EmailForwardingEnabled": "true"},
        Tags=[{"Key": "team", "Value": "mail"}],
    )
    record = record_set(world.zone_id, f"A.{world.zone}", "TXT", '"one"', '"two"')
    group = record_group(world.zone_id, member(f"b.{world.zone}", "A", "192.0.2.1"))
    return {"Identity": identity, "Record": record, "Group": group}


def _detect(world: World) -> tuple[str, dict[str, dict[str, Any]]]:
    """Detect drift as clients do; return the stack's status and the drifts by logical id."""
    cloudformation = world.client("cloudformation")
    number = cloudformation.detect_stack_drift(StackName="stack")["StackDriftDetectionId"]
    status = cloudformation.describe_stack_drift_detection_status(StackDriftDetectionId=number)
    assert status["DetectionStatus"] == "DETECTION_COMPLETE"
    drifts = cloudformation.describe_stack_resource_drifts(StackName="stack")["StackResourceDrifts"]
    return status["StackDriftStatus"], {drift["LogicalResourceId"]: drift for drift in drifts}


def _differences(drift: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {
        found["PropertyPath"]: (found["ExpectedValue"], found["ActualValue"]) for found in drift["PropertyDifferences"]
    }


def test_what_nobody_touched_is_in_sync(world: World) -> None:
    """Whatever the spelling of names in the template; groups are not checked, as on AWS."""
    world.deploy(_resources(world))
    status, drifts = _detect(world)
    assert status == "IN_SYNC"
    assert {key: drift["StackResourceDriftStatus"] for key, drift in drifts.items()} == {
        "Identity": "IN_SYNC",
        "Record": "IN_SYNC",
    }


def test_a_changed_identity_is_modified(world: World) -> None:
    """Each property that the template sets is compared; what it leaves open is not."""
    world.deploy(_resources(world))
    ses = world.client("sesv2")
    ses.put_email_identity_mail_from_attributes(
        EmailIdentity=world.zone, MailFromDomain=f"other.{world.zone}", BehaviorOnMxFailure="REJECT_MESSAGE"
    )
    ses.put_email_identity_feedback_attributes(EmailIdentity=world.zone, EmailForwardingEnabled=False)
    ses.put_email_identity_dkim_attributes(EmailIdentity=world.zone, SigningEnabled=False)
    status, drifts = _detect(world)
    assert status == "DRIFTED"
    assert drifts["Identity"]["StackResourceDriftStatus"] == "MODIFIED"
    assert _differences(drifts["Identity"]) == {
        "/MailFromAttributes/MailFromDomain": (f"Bounce.{world.zone}", f"other.{world.zone}"),
        "/FeedbackAttributes/EmailForwardingEnabled": ("true", "false"),
    }
    assert json.loads(drifts["Identity"]["ActualProperties"])["Tags"] == [{"Key": "team", "Value": "mail"}]


def test_changed_tags_are_modified(world: World) -> None:
    """Those by which CloudFormation marks what it made are not among them."""
    world.deploy(_resources(world))
    arn = f"arn:aws:ses:us-east-1:{world.account}:identity/{world.zone}"
    world.client("sesv2").tag_resource(ResourceArn=arn, Tags=[{"Key": "team", "Value": "other"}])
    _, drifts = _detect(world)
    assert _differences(drifts["Identity"]) == {"/Tags/0/Value": ("mail", "other")}


def test_a_changed_record_is_modified(world: World) -> None:
    """The order of values does not matter."""
    world.deploy(_resources(world))
    world.change("UPSERT", f"a.{world.zone}", "TXT", '"two"', '"three"')
    drift = world.client("cloudformation").detect_stack_resource_drift(StackName="stack", LogicalResourceId="Record")
    assert drift["StackResourceDrift"]["StackResourceDriftStatus"] == "MODIFIED"
    world.client("route53").change_resource_record_sets(
        HostedZoneId=world.zone_id,
        ChangeBatch={
            "Changes": [
                {
                    "Action": "UPSERT",
                    "ResourceRecordSet": {
                        "Name": f"a.{world.zone}",
                        "Type": "TXT",
                        "TTL": 60,
                        "ResourceRecords": [{"Value": '"two"'}, {"Value": '"one"'}],
                    },
                }
            ]
        },
    )
    _, drifts = _detect(world)
    assert _differences(drifts["Record"]) == {"/TTL": ("300", "60")}


def test_what_was_deleted_is_deleted(world: World) -> None:
    """An identity and a record that are gone."""
    world.deploy(_resources(world))
    world.client("sesv2").delete_email_identity(EmailIdentity=world.zone)
    world.change("DELETE", f"a.{world.zone}", "TXT", '"one"', '"two"')
    status, drifts = _detect(world)
    assert status == "DRIFTED"
    assert {key: drift["StackResourceDriftStatus"] for key, drift in drifts.items()} == {
        "Identity": "DELETED",
        "Record": "DELETED",
    }
