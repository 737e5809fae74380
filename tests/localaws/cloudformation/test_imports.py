"""Taking existing identities and records into a stack."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.localaws.world import World, email_identity, member, record_group, record_set


def _import(world: World, resource: dict[str, Any], identifier: dict[str, str]) -> dict[str, Any]:
    """Create an import change set and return its description."""
    cloudformation = world.client("cloudformation")
    cloudformation.create_change_set(
        StackName="stack",
        ChangeSetName="import",
        ChangeSetType="IMPORT",
        TemplateBody=json.dumps({"Resources": {"Resource": {**resource, "DeletionPolicy": "Retain"}}}),
        ResourcesToImport=[
            {"LogicalResourceId": "Resource", "ResourceType": resource["Type"], "ResourceIdentifier": identifier}
        ],
    )
    described: dict[str, Any] = cloudformation.describe_change_set(StackName="stack", ChangeSetName="import")
    return described


def _execute(world: World) -> str:
    world.client("cloudformation").execute_change_set(StackName="stack", ChangeSetName="import")
    return world.await_stack("stack")


def test_an_identity_is_imported_and_then_updated(world: World) -> None:
    """The identity stays what it is, its attributes can be read, and later updates reach it."""
    world.client("sesv2").create_email_identity(EmailIdentity=world.zone)
    before = world.identity()["DkimAttributes"]["LastKeyGenerationTimestamp"]
    _import(world, email_identity(world.zone), {"EmailIdentity": world.zone})
    assert _execute(world) == "IMPORT_COMPLETE"
    assert world.identity()["DkimAttributes"]["LastKeyGenerationTimestamp"] == before
    updated = {**email_identity(world.zone, Tags=[{"Key": "a", "Value": "b"}]), "DeletionPolicy": "Retain"}
    outputs = {"Name": {"Value": {"Fn::GetAtt": ["Resource", "DkimDNSTokenName1"]}}}
    assert world.deploy({"Resource": updated}, outputs=outputs) == "UPDATE_COMPLETE"
    assert world.identity()["Tags"] == [{"Key": "a", "Value": "b"}]


def test_a_record_set_is_imported(world: World) -> None:
    """A record is named by zone, type and name."""
    name = f"www.{world.zone}"
    world.change("CREATE", name, "A", "192.0.2.1")
    identifier = {"HostedZoneId": world.zone_id, "Type": "A", "Name": name}
    _import(world, record_set(world.zone_id, name, "A", "192.0.2.1"), identifier)
    assert _execute(world) == "IMPORT_COMPLETE"
    assert world.values(name, "A") == ["192.0.2.1"]


def test_fails_on_an_identity_that_does_not_exist(world: World) -> None:
    """The change set says what was not found."""
    described = _import(world, email_identity(world.zone), {"EmailIdentity": world.zone})
    assert described["Status"] == "FAILED"
    assert "was not found" in described["StatusReason"]


def test_fails_on_a_record_that_does_not_exist(world: World) -> None:
    """A record is looked up in its zone."""
    identifier = {"HostedZoneId": world.zone_id, "Type": "A", "Name": f"absent.{world.zone}"}
    described = _import(world, record_set(world.zone_id, f"absent.{world.zone}", "A", "192.0.2.1"), identifier)
    assert described["Status"] == "FAILED"
    assert "was not found" in described["StatusReason"]


def test_fails_on_an_identity_of_another_stack(world: World) -> None:
    """A resource belongs to one stack."""
    world.deploy({"Identity": email_identity(world.zone)}, stack="owner")
    described = _import(world, email_identity(world.zone), {"EmailIdentity": world.zone})
    assert "already exists in stack" in described["StatusReason"]


def test_groups_cannot_be_imported(world: World) -> None:
    """AWS has no import of record set groups: the change set cannot be executed."""
    world.change("CREATE", f"a.{world.zone}", "A", "192.0.2.1")
    group = record_group(world.zone_id, member(f"a.{world.zone}", "A", "192.0.2.1"))
    described = _import(world, group, {"Id": "group"})
    assert described["ExecutionStatus"] == "UNAVAILABLE"


@pytest.mark.parametrize("dot", ["", "."])
def test_fails_on_a_record_of_another_stack(world: World, dot: str) -> None:
    """Whether or not its name is written with a dot at the end; once the stack has let it go it is imported."""
    name = f"www.{world.zone}"
    held = {**record_set(world.zone_id, f"{name}.", "A", "192.0.2.1"), "DeletionPolicy": "Retain"}
    rest = record_set(world.zone_id, f"rest.{world.zone}.", "A", "192.0.2.1")
    world.deploy({"Held": held, "Rest": rest}, stack="owner")
    identifier = {"HostedZoneId": world.zone_id, "Type": "A", "Name": f"{name}{dot}"}
    described = _import(world, record_set(world.zone_id, name, "A", "192.0.2.1"), identifier)
    assert "already exists in stack" in described["StatusReason"]
    world.deploy({"Rest": rest}, stack="owner")
    world.client("cloudformation").delete_change_set(StackName="stack", ChangeSetName="import")
    _import(world, record_set(world.zone_id, name, "A", "192.0.2.1"), identifier)
    assert _execute(world) == "IMPORT_COMPLETE"
    assert world.values(name, "A") == ["192.0.2.1"]


def test_an_import_changes_nothing_else(world: World) -> None:
    """Neither what the stack holds already, nor its outputs."""
    world.deploy({"Own": record_set(world.zone_id, f"own.{world.zone}", "A", "192.0.2.1")})
    world.change("CREATE", f"www.{world.zone}", "A", "192.0.2.1")
    new = {**record_set(world.zone_id, f"www.{world.zone}", "A", "192.0.2.1"), "DeletionPolicy": "Retain"}
    identifier = {"HostedZoneId": world.zone_id, "Type": "A", "Name": f"www.{world.zone}"}
    changed = record_set(world.zone_id, f"own.{world.zone}", "A", "192.0.2.2")
    kept = record_set(world.zone_id, f"own.{world.zone}", "A", "192.0.2.1")
    output = {"Outputs": {"Name": {"Value": "x"}}}
    for template in ({"Resources": {"Own": changed, "New": new}}, {"Resources": {"Own": kept, "New": new}, **output}):
        with pytest.raises(ClientError, match="ValidationError"):
            world.client("cloudformation").create_change_set(
                StackName="stack",
                ChangeSetName="import",
                ChangeSetType="IMPORT",
                TemplateBody=json.dumps(template),
                ResourcesToImport=[
                    {
                        "LogicalResourceId": "New",
                        "ResourceType": "AWS::Route53::RecordSet",
                        "ResourceIdentifier": identifier,
                    }
                ],
            )
    assert world.values(f"own.{world.zone}", "A") == ["192.0.2.1"]
