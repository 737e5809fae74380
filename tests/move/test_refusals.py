"""What cannot be moved is told before anything is done, with what to do instead."""

from itertools import permutations
from typing import Any

import pytest

from mailproof.adopt import import_plan
from mailproof.model.resource_types import IDENTITY
from tests.localaws.world import dkim_members, email_identity, record_group, record_set
from tests.move.moving import REGIONS, Moving

STACK = "mailproof-prod-ses-us-east-1"


def _refused(moving: Moving, name: str = "prod") -> str:
    """Return what is said of a move that is refused, and has changed nothing."""
    before = moving.deployed()
    done = moving.run("--yes", name=name)
    assert done.exit_code == 1, done.output
    assert done.stderr.endswith(f"{name}: nothing was moved; see above\n")
    assert moving.deployed() == before
    return " ".join(done.stderr.split())


def _delete(moving: Moving, name: str) -> None:
    """Delete a record by hand."""
    route53, zone_id = moving.world.client("route53"), moving.world.zone_id
    listed = route53.list_resource_record_sets(HostedZoneId=zone_id)["ResourceRecordSets"]
    changes = [{"Action": "DELETE", "ResourceRecordSet": found} for found in listed if found["Name"] == f"{name}."]
    route53.change_resource_record_sets(HostedZoneId=zone_id, ChangeBatch={"Changes": changes})


def test_a_record_cannot_go_into_a_group(moving: Moving) -> None:
    """The line to write is named, by which it goes to the other stack."""
    domain = {"name": moving.world.zone}
    moving.write(domain, record_sets="grouped")
    moving.deploy()
    moving.write({**domain, "stack": "brand"}, record_sets="grouped")
    said = _refused(moving)
    assert f"write `record_sets: individual` for {moving.world.zone!r}" in said


def test_an_identity_that_is_gone_is_put_back_first(moving: Moving) -> None:
    """Else its records would move and it could not: half of the domain in each stack."""
    domain = {"name": moving.world.zone}
    moving.write(domain)
    moving.deploy()
    moving.world.client("sesv2").delete_email_identity(EmailIdentity=moving.world.zone)
    moving.write({**domain, "stack": "brand"})
    said = _refused(moving)
    assert f"identity {moving.world.zone!r} is held by stack {STACK} in us-east-1" in said
    told = f"let {moving.world.folder}/prod.yaml put its domain there again, as before, run `mailproof repair prod"
    assert f"but does not exist any more 1. {told}" in said


@pytest.mark.parametrize(
    ("name", "changed", "told"),
    [
        ("prod", {"stack": "brand"}, "1. run `mailproof repair prod --environments"),
        ("other", {}, "1. write `deployed_as: prod` in {}/other.yaml, run `mailproof repair other --environments"),
        ("prod", {"regions": [*reversed(REGIONS)]}, "1. write `dns_region: us-east-1` in {}/prod.yaml, run `mailproof"),
    ],
    ids=["another stack", "another name", "another order"],
)
def test_a_record_that_is_gone_is_put_back_first(moving: Moving, name: str, changed: dict[str, Any], told: str) -> None:
    """Else the old stack would hold it for good, no file would have that stack, and no command would end that."""
    zone = moving.world.zone
    own, other = ({"name": name, "dmarc": {"policy": "none"}} for name in (zone, f"other.{zone}"))
    moving.write(own, other, regions=REGIONS)
    moving.deploy()
    _delete(moving, f"_dmarc.{zone}")
    (moving.world.folder / "prod.yaml").unlink()
    regions = changed.pop("regions", REGIONS)
    moving.write(own | changed, other, name=name, regions=regions)
    said = _refused(moving, name)
    assert f"TXT record '_dmarc.{zone}' is held by stack mailproof-prod-dns in us-east-1" in said
    assert f"but does not exist any more {told.format(moving.world.folder)}" in said


def test_what_signs_in_another_way_is_not_changed_by_hand(moving: Moving) -> None:
    """The present key would go at once, and mail would leave unsigned."""
    moving.write({"name": moving.world.zone})
    moving.deploy()
    key = moving.world.aws.ses_key(moving.world.account, "us-east-1", moving.world.zone)["private_key"]
    attributes = {"DomainSigningSelector": "s1", "DomainSigningPrivateKey": "".join(key.splitlines()[1:-1])}
    moving.world.client("sesv2").put_email_identity_dkim_signing_attributes(
        EmailIdentity=moving.world.zone, SigningAttributesOrigin="EXTERNAL", SigningAttributes=attributes
    )
    moving.write({"name": moving.world.zone, "stack": "brand"})
    said = _refused(moving)
    assert "aws sesv2" not in said
    assert "undo what else was changed in the files" in said


def test_a_record_that_is_gone_is_put_back_by_the_file_that_had_it(moving: Moving) -> None:
    """A repair puts nothing back that its file does not ask for."""
    zone = moving.world.zone
    own, other = ({"name": name, "dmarc": {"policy": "none"}} for name in (zone, f"other.{zone}"))
    moving.write(own, other)
    moving.deploy()
    _delete(moving, f"_dmarc.{zone}")
    moving.write(other)
    moving.write(own, name="other", rollout={"after": "prod"})
    told = f"let {moving.world.folder}/prod.yaml put its domain there again, as before, run `mailproof repair prod "
    assert f"but does not exist any more 1. {told}" in _refused(moving, "other")


@pytest.mark.parametrize("changed", [*permutations(({"alias": "_dmarc.shared.example.org"}, {"policy": "none"}))])
def test_an_alias_is_not_exchanged_by_a_move(moving: Moving, changed: tuple[dict[str, str], dict[str, str]]) -> None:
    """A move takes things as they are."""
    zone = moving.world.zone
    moving.write({"name": zone, "dmarc": changed[0]})
    moving.deploy()
    moving.write({"name": zone, "dmarc": changed[1], "stack": "brand"})
    said = _refused(moving)
    assert "under `A DMARC record becomes an alias`" in said
    assert "replace it by the records that are wanted" not in said


def test_a_single_record_set_cannot_go_into_a_group_of_its_stack(moving: Moving) -> None:
    """The way back to groups is not there."""
    domain = {"name": moving.world.zone}
    moving.write(domain)
    moving.deploy()
    moving.write(domain, record_sets="grouped")
    assert "write `record_sets: individual`" in _refused(moving)


def test_a_group_of_which_not_all_is_wanted_stays(moving: Moving) -> None:
    """Released, the rest would be in no stack for good."""
    domain = {"name": moving.world.zone, "mail_from": "old", "dmarc": {"policy": "none"}}
    moving.write(domain, record_sets="grouped")
    moving.deploy()
    moving.write({**domain, "mail_from": "new"}, record_sets="individual")
    said = _refused(moving)
    assert f"MX record 'old.{moving.world.zone}' is in the same group as what moves" in said
    assert "undo what else was changed in the files" in said


def test_what_stays_must_not_read_what_leaves(moving: Moving) -> None:
    """A record of somebody's own in our stack, by the identity's token."""
    moving.write({"name": moving.world.zone})
    resources = moving.stacks()[0].resources
    [identity] = [name for name, found in resources.items() if found["Type"] == IDENTITY]
    token = dkim_members(identity)[0]
    own = record_set(moving.world.zone_id, f"own.{moving.world.zone}", "CNAME", *token["ResourceRecords"])
    moving.world.deploy({**resources, "Own": own}, stack=STACK)
    moving.write({"name": moving.world.zone, "stack": "brand"})
    assert f"Own stays in stack {STACK} in us-east-1, and reads what would leave it" in _refused(moving)


def test_what_serves_a_policy_cannot_be_moved(moving: Moving) -> None:
    """Its custom domain name exists once: another stack could not make it while it serves."""
    policy = {"mode": "testing", "mx": ["mx.example.com"], "serve": True}
    moving.write({"name": moving.world.zone, "mta_sts": policy})
    moving.deploy()
    moving.write({"name": moving.world.zone, "mta_sts": policy, "stack": "brand"})
    said = _refused(moving)
    assert f"CNAME record 'mta-sts.{moving.world.zone}' goes with PolicyDomain" in said
    assert "keep the domain in that stack" in said


def test_what_another_app_holds_is_left_alone(moving: Moving) -> None:
    """How it is let go there is told."""
    group = record_group(moving.world.zone_id, *dkim_members("Id"))
    moving.world.deploy({"Id": email_identity(moving.world.zone), "Group": group}, stack="old-app")
    moving.write({"name": moving.world.zone})
    said = _refused(moving)
    assert f"identity {moving.world.zone!r} is held by stack old-app in us-east-1 (Id)" in said
    assert "give it DeletionPolicy Retain" in said


def test_where_records_cannot_be_imported_nothing_is_released(moving: Moving, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is released could not be taken into another stack."""
    monkeypatch.setattr(import_plan, "fetch_identifiers", lambda *_: {IDENTITY: ("EmailIdentity",)})
    moving.write({"name": moving.world.zone})
    moving.deploy()
    moving.write({"name": moving.world.zone, "stack": "brand"})
    assert "and CloudFormation imports no record sets in us-east-1" in _refused(moving)


def test_a_stack_in_a_bad_state_is_left_alone(moving: Moving) -> None:
    """CloudFormation takes no update of it."""
    moving.write({"name": moving.world.zone})
    moving.deploy()
    fault = {"resource_type": IDENTITY, "target": moving.world.zone}
    moving.world.aws.add_fault(**fault, action="update", code="InternalFailure")
    resources = moving.stacks()[0].resources
    [identity] = [name for name, found in resources.items() if found["Type"] == IDENTITY]
    resources[identity] = {**resources[identity], "Properties": {"EmailIdentity": moving.world.zone, "Tags": []}}
    assert moving.world.deploy(resources, stack=STACK, DisableRollback=True) == "UPDATE_FAILED"
    moving.world.aws.clear_faults()
    moving.write({"name": moving.world.zone, "stack": "brand"})
    told = f"stack {STACK} in us-east-1 is in UPDATE_FAILED: a change failed and was not rolled back; first cdk "
    assert told in _refused(moving)


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("sesv2", "GetEmailIdentity"),
        ("route53", "ListResourceRecordSets"),
        ("cloudformation", "DescribeStacks"),
        ("cloudformation", "GetTemplate"),
        ("cloudformation", "ListStackResources"),
        ("cloudformation", "GetTemplateSummary"),
    ],
)
def test_what_could_not_be_asked_stops_it_beforehand(moving: Moving, service: str, operation: str) -> None:
    """Exit code 3; nothing has changed, and the same command moves once it can ask."""
    moving.write({"name": moving.world.zone, "mail_from": "none"})
    moving.deploy()
    moving.write({"name": moving.world.zone, "mail_from": "none", "stack": "brand"})
    before = moving.deployed()
    fault = {"service": service, "operation": operation, "account": moving.world.account}
    moving.world.aws.add_fault(**fault, code="AccessDenied")
    done = moving.run("--yes")
    moving.world.aws.clear_faults()
    assert done.exit_code == 3, done.output
    assert moving.deployed() == before


def test_nobody_is_asked_when_there_is_no_terminal(moving: Moving) -> None:
    """Exit code 2, and nothing moves; a plan needs no word."""
    moving.write({"name": moving.world.zone})
    moving.deploy()
    moving.write({"name": moving.world.zone, "stack": "brand"})
    before = moving.deployed()
    assert moving.run().exit_code == 2
    planned = moving.run("--plan")
    assert planned.exit_code == 0
    assert planned.stdout.endswith("  3. delete stack mailproof-prod-ses-us-east-1 in us-east-1, which is empty then\n")
    assert moving.deployed() == before
