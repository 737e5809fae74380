"""What stacks of ours have left behind."""

from dataclasses import replace
from typing import Any

import pytest

from mailproof.live.aws.stacks import DeployedStacks
from mailproof.prune.orphaned_identity import OrphanedIdentities
from mailproof.prune.provenance import Retained
from mailproof.prune.run import orphan_lines
from tests.adopt.world import REGION, SPF, AdoptWorld
from tests.localaws.world import email_identity, member, record_group

STACK = "mailproof-prod-ses-us-east-1"


def _leave(world: AdoptWorld, **keys: Any) -> str:
    """Deploy two domains and take one out of the file and the stack; return it."""
    gone = f"gone.{world.zone}"
    world.write({"name": world.zone}, {"name": gone}, **keys)
    world.deploy_stack("prod/ses-us-east-1")
    world.write({"name": world.zone}, **keys)
    world.deploy_stack("prod/ses-us-east-1")
    return gone


def _names(found: OrphanedIdentities) -> list[str]:
    return [orphan.domain for orphan in found.found]


@pytest.mark.parametrize("record_sets", ["individual", "grouped"])
def test_a_domain_that_left_the_file_is_found_with_its_records(world: AdoptWorld, record_sets: str) -> None:
    """Three DKIM records, MX and SPF, each exactly as it was made."""
    gone = _leave(world, record_sets=record_sets)
    [found] = world.orphans().found
    assert (found.domain, found.target.region, found.is_verified) == (gone, REGION, True)
    assert found.proof == f"retained by stack {STACK}"
    assert sorted(left.record.type for left in found.records) == ["CNAME", "CNAME", "CNAME", "MX", "TXT"]
    assert all(left.record.name.endswith(gone) for left in found.records)
    assert f"identity {gone!r} in us-east-1 of {world.account}, {found.proof}; verified" in next(orphan_lines([found]))


def test_what_an_update_could_not_delete_is_named_and_found(world: AdoptWorld) -> None:
    """The update is complete, and the stack goes on without it: nothing but `prune` removes it."""
    gone, fault = f"gone.{world.zone}", {"resource_type": "AWS::SES::EmailIdentity", "action": "delete", "code": "X"}
    world.write({"name": world.zone}, {"name": gone}, removal_policy="destroy")
    world.deploy_stack("prod/ses-us-east-1")
    world.write({"name": world.zone}, removal_policy="destroy")
    world.aws.add_fault(target=gone, **fault)
    assert world.deploy_stack("prod/ses-us-east-1") == "UPDATE_COMPLETE"
    world.aws.clear_faults()
    deployed, stack = DeployedStacks(world.clients()), replace(world.stacks()["prod/ses-us-east-1"], roles=())
    found = deployed.fetch_undeleted(stack)
    assert isinstance(found, list)
    [undeleted] = found
    assert str(undeleted).startswith(f"identity {gone!r} in us-east-1, which CloudFormation could not delete (")
    assert _names(world.orphans()) == [gone]


def test_an_identity_whose_dkim_records_a_file_names_stays(world: AdoptWorld) -> None:
    """The file says that others hold it, and it is this one: mail goes out by it."""
    gone = _leave(world)
    dkim = world.identity(gone)["DkimAttributes"]
    given = {REGION: {"tokens": dkim["Tokens"], "host": dkim["SigningHostedZone"]}}
    world.write({"name": world.zone}, {"name": gone, "identity": {"dkim": given}})
    orphans = world.orphans()
    assert orphans.found == []
    assert orphans.notes == [f"identity {gone!r} in us-east-1 stays: a file names the DKIM records of it"]
    world.write({"name": world.zone}, {"name": gone, "identity": "elsewhere"})
    assert _names(world.orphans()) == [gone]


def test_a_deleted_stack_leaves_proof(world: AdoptWorld) -> None:
    """By CloudFormation's memory of 90 days, and by the tag on the identity for good."""
    gone = f"gone.{world.zone}"
    world.write({"name": gone})
    world.deploy_stack("prod/ses-us-east-1")
    world.destroy(STACK)
    world.write()
    assert _names(world.orphans()) == [gone]
    world.aws.add_fault(service="cloudformation", operation="DescribeStackEvents", account=world.account, code="X")
    assert _names(world.orphans()) == []


def test_the_tag_alone_is_proof(world: AdoptWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """After 90 days CloudFormation remembers nothing."""
    gone = _leave(world)
    monkeypatch.setattr("mailproof.prune.account_search.fetch_retained", lambda *_: Retained())
    [found] = world.orphans().found
    assert (found.domain, found.proof) == (gone, f"made by stack {STACK}")


def test_identities_of_others_are_never_found(world: AdoptWorld) -> None:
    """By hand, of another app, or with a tag that only looks like ours."""
    world.make_identity(f"hand.{world.zone}", Tags=[{"Key": "stack-name", "Value": STACK}])
    kept = {**email_identity(f"app.{world.zone}"), "DeletionPolicy": "Retain"}
    rest = {"Rest": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}
    world.deploy({"App": kept, **rest}, stack="app")
    world.deploy(rest, stack="app")
    assert world.orphans() == OrphanedIdentities()


def test_a_parent_stays_while_a_replica_lives(world: AdoptWorld) -> None:
    """In a region that no file names; SES would refuse to delete it, and its records are those of the replica."""
    gone = _leave(world)
    replica = world.client("sesv2", "eu-west-1")
    origin = {"DomainSigningAttributesOrigin": "AWS_SES_US_EAST_1"}
    replica.create_email_identity(EmailIdentity=gone, DkimSigningAttributes=origin)
    found = world.orphans()
    assert found.found == []
    assert found.notes == [
        f"identity {gone!r} in us-east-1 stays: it has replicas in eu-west-1, which sign with its key; they go first"
    ]
    replica.delete_email_identity(EmailIdentity=gone)
    assert _names(world.orphans()) == [gone]


def test_an_environment_of_another_folder_keeps_what_is_its_own(world: AdoptWorld) -> None:
    """Two folders share an account; what the other one has retained is for the other one to remove, or to be named."""
    gone = f"gone.{world.zone}"
    world.write({"name": gone})
    world.deploy_stack("prod/ses-us-east-1")
    world.destroy(STACK)
    (world.folder / "prod.yaml").unlink()
    world.write(name="ours")
    found = world.orphans()
    assert (found.found, found.unanswered) == ([], [])
    [note] = found.notes
    assert note.startswith(
        f"identities of environment 'prod', which no file here has in {world.account}, stay: {gone!r}"
    )
    assert "--environment-gone prod" in note
    assert _names(world.orphans(gone=["prod"])) == [gone]


def test_an_environment_of_that_name_in_another_account_is_another(world: AdoptWorld) -> None:
    """A name says nothing across accounts."""
    gone = f"gone.{world.zone}"
    world.write({"name": gone})
    world.deploy_stack("prod/ses-us-east-1")
    world.destroy(STACK)
    zones = {world.zone: {"id": world.zone_id, "account": world.account}}
    world.write(account=world.neighbour, zones=zones)
    world.write({"name": f"other.{world.zone}"}, name="ours")
    found = world.orphans()
    assert (found.found, len(found.notes)) == ([], 1)


def test_an_identity_made_again_by_hand_is_told_and_left(world: AdoptWorld) -> None:
    """That a stack retained one of its name go proves nothing of it: CloudFormation's tag is not on it."""
    gone = _leave(world)
    world.client("sesv2").delete_email_identity(EmailIdentity=gone)
    world.make_identity(gone)
    found = world.orphans()
    assert found.found == []
    [note] = found.notes
    assert note.startswith(
        f"identity {gone!r} in us-east-1 of {world.account} stays: stack {STACK} retained one of its name"
    )


def test_what_any_environment_asks_for_is_never_found(world: AdoptWorld) -> None:
    """Another file lists the domain now."""
    gone = _leave(world)
    world.write({"name": gone}, name="other")
    assert world.orphans().found == []


def test_what_a_stack_still_holds_is_told_and_left(world: AdoptWorld) -> None:
    """The domain has left the file, the deployment is still to come."""
    gone = f"gone.{world.zone}"
    world.write({"name": world.zone}, {"name": gone})
    world.deploy_stack("prod/ses-us-east-1")
    world.write()
    found = world.orphans()
    assert found.found == []
    assert found.notes[0].startswith(f"identity {gone!r} in us-east-1 is in no file, yet held by stack {STACK}")


def test_a_record_that_is_not_what_we_made_stays(world: AdoptWorld) -> None:
    """Another value, a weighted record, and a DMARC record, whose policy no file has any more."""
    gone = _leave(world)
    name = f"bounce.us-east-1.{gone}"
    world.put_record(name, "TXT", '"v=spf1 -all"')
    world.put_record(f"_dmarc.{gone}", "TXT", '"v=DMARC1; p=reject"')
    [found] = world.orphans().found
    assert {left.record.type for left in found.records} == {"CNAME", "MX"}
    assert found.kept == (
        f"TXT record {name!r} stays: it is not what mailproof would have created, {SPF}",
        f"TXT record '_dmarc.{gone}' stays: it protects the name also when nothing is sent",
    )


def test_a_region_that_a_domain_no_longer_sends_from_leaves_what_the_others_use(world: AdoptWorld) -> None:
    """A shared MAIL FROM name is still asked for; the region's own DKIM records go."""
    domain = {"name": world.zone, "mail_from": "bounce"}
    world.write(domain, regions=[REGION, "eu-west-1"])
    for path in ("prod/dns", "prod/ses-us-east-1", "prod/ses-eu-west-1"):
        world.deploy_stack(path)
    world.destroy("mailproof-prod-ses-eu-west-1", "eu-west-1")
    world.write(domain)
    [found] = world.orphans().found
    assert found.target.region == "eu-west-1"
    assert {left.record.type for left in found.records} == {"CNAME"}
    assert {reason.partition(" stays: ")[2] for reason in found.kept} == {"a file asks for it"}


def test_a_name_that_an_identity_of_others_uses_stays(world: AdoptWorld) -> None:
    """The same domain sends from another region, made by hand, with the same MAIL FROM name."""
    gone = _leave(world)
    world.make_identity(gone, "eu-west-1")
    world.set_mail_from(f"bounce.us-east-1.{gone}", gone, "eu-west-1")
    [found] = world.orphans().found
    assert {left.record.type for left in found.records} == {"CNAME"}
    assert len([reason for reason in found.kept if "another identity has it" in reason]) == 2


def test_a_name_whose_records_a_file_has_elsewhere_stays(world: AdoptWorld) -> None:
    """Another account sends by it, and its file publishes nothing: its mail needs the records all the same."""
    mail_from = f"bounce.gone.{world.zone}"
    kept = {"name": world.zone, "mail_from": "bounce"}
    world.write(kept, {"name": f"gone.{world.zone}", "mail_from": "bounce"})
    for path in ("prod/dns", "prod/ses-us-east-1"):
        world.deploy_stack(path)
    world.write(kept)
    for path in ("prod/dns", "prod/ses-us-east-1"):
        world.deploy_stack(path)
    shared = {"name": f"gone.{world.zone}", "mail_from": {"name": "bounce", "records": "elsewhere"}}
    zones = {world.zone: {"id": world.zone_id, "account": world.account}}
    world.write(shared, name="other", account="999988887777", zones=zones)
    [found] = world.orphans().found
    assert {left.record.type for left in found.records} == {"CNAME"}
    assert {reason for reason in found.kept if mail_from in reason} == {
        f"{rdtype} record {mail_from!r} stays: a file asks for it" for rdtype in ("MX", "TXT")
    }


@pytest.mark.parametrize("above", ["", "somebody@"], ids=["domain", "address"])
def test_a_name_that_an_identity_above_uses_stays(world: AdoptWorld, above: str) -> None:
    """A MAIL FROM name lies below the domain of its identity, which can be any above it."""
    gone = _leave(world)
    parent = f"{above}{gone.partition('.')[2]}"
    world.client("sesv2").delete_email_identity(EmailIdentity=world.zone)
    world.make_identity(parent, "eu-west-1")
    world.set_mail_from(f"bounce.us-east-1.{gone}", parent, "eu-west-1")
    [found] = world.orphans().found
    assert {left.record.type for left in found.records} == {"CNAME"}
    assert len([reason for reason in found.kept if "another identity has it" in reason]) == 2


def test_a_record_that_a_stack_of_others_holds_stays(world: AdoptWorld) -> None:
    """Deleting it would take it from that stack."""
    gone = _leave(world)
    name = f"bounce.us-east-1.{gone}"
    world.put_record(name, "TXT", SPF, action="DELETE")
    properties = {"HostedZoneId": world.zone_id, "Name": name, "Type": "TXT", "TTL": "1800", "ResourceRecords": [SPF]}
    world.deploy({"Spf": {"Type": "AWS::Route53::RecordSet", "Properties": properties}}, stack="app")
    [found] = world.orphans().found
    assert f"TXT record {name!r} stays: it is held by stack app in us-east-1 (Spf)" in found.kept


def test_a_record_that_a_stack_of_others_may_hold_stays(world: AdoptWorld) -> None:
    """Its name stands there in a form that only CloudFormation resolves: nothing of the identity is removed."""
    gone = _leave(world)
    name = f"bounce.us-east-1.{gone}"
    world.put_record(name, "TXT", SPF, action="DELETE")
    group = record_group(world.zone_id, member({"Fn::Select": [0, [f"{name}.", "x"]]}, "TXT", SPF))
    world.deploy({"Group": group}, stack="others")
    found = world.orphans()
    assert found.found == []
    [line] = found.unanswered
    assert f"could not tell whether stack others in us-east-1 (Group) holds TXT record {name!r}" in line


def test_a_zone_that_left_the_files_keeps_its_records(world: AdoptWorld) -> None:
    """Without the file nobody knows its id."""
    gone = _leave(world)
    zone = f"elsewhere-{world.zone}"
    world.aws.seed_zone(world.account, f"{world.zone_id}2", zone)
    world.write({"name": zone}, zones={zone: {"id": f"{world.zone_id}2"}})
    found = {orphan.domain: orphan for orphan in world.orphans().found}
    assert found[gone].records == ()
    assert found[gone].kept == (f"the zone of {gone!r} is in no file: its records stay",)


def test_records_at_another_provider_are_named_to_be_deleted_there(world: AdoptWorld) -> None:
    """We cannot; and without the identity nobody knows their names."""
    zone = f"partner-{world.zone}"
    zones = {world.zone: {"id": world.zone_id}, zone: "external"}
    world.write({"name": world.zone}, {"name": zone}, zones=zones)
    world.deploy_stack("prod/ses-us-east-1")
    world.write(zones=zones)
    world.deploy_stack("prod/ses-us-east-1")
    [token, *_] = world.identity(zone)["DkimAttributes"]["Tokens"]
    [found] = world.orphans().found
    assert len(found.kept) == 5
    assert f"CNAME record '{token}._domainkey.{zone}' is to be deleted at the provider of {zone!r}" in found.kept


@pytest.mark.parametrize(
    ("service", "operation", "region"),
    [
        ("sesv2", "ListEmailIdentities", REGION),
        ("sesv2", "GetEmailIdentity", REGION),
        ("cloudformation", "ListStacks", REGION),
        ("cloudformation", "DescribeStackEvents", REGION),
        ("cloudformation", "ListStackResources", REGION),
        ("route53", "ListResourceRecordSets", "*"),
    ],
)
def test_what_could_not_be_asked_is_not_found(world: AdoptWorld, service: str, operation: str, region: str) -> None:
    """Nothing of it is ever removed."""
    _leave(world)
    world.aws.add_fault(service=service, operation=operation, account=world.account, region=region, code="AccessDenied")
    found = world.orphans()
    assert found.found == []
    assert len(found.unanswered) >= 1


def test_what_could_not_be_asked_elsewhere_may_use_the_name(world: AdoptWorld) -> None:
    """An identity of a region that does not answer can have the same MAIL FROM domain."""
    gone = _leave(world)
    world.aws.add_fault(service="sesv2", account=world.account, region="eu-west-1", code="AccessDeniedException")
    found = world.orphans()
    assert (found.found, len(found.unanswered)) == ([], 1)
    assert _names(world.orphans(REGION)) == [gone]


def test_regions_can_be_left_out(world: AdoptWorld) -> None:
    """Where others are forbidden, the ones that are used can be named."""
    gone = _leave(world)
    world.aws.add_fault(service="cloudformation", account=world.account, region="eu-*", code="AccessDenied")
    assert _names(world.orphans()) == []
    assert _names(world.orphans(REGION)) == [gone]
