"""Coming to mailproof and back: nothing that mail needs is gone for a moment. docs/migrating.md has the steps."""

from typing import Any

import aws_cdk as cdk

from mailproof.template.losses import find_losses
from tests.e2e.migration import (
    adopt,
    deploy_app,
    deployed_template,
    keep,
    l2_identity,
    roll_out,
    synthesised_template,
    unprotect,
)
from tests.e2e.project import Project, fail, keys, succeed, wire_value
from tests.e2e.watch import never_wrong

RETAIN = {"removal_policy": "retain", "record_sets": "individual"}
DMARC = {"dmarc": {"policy": "none"}}  # the gate asks for it
DNS, IDENTITIES = "dns", "ses-us-east-1"


def _rest(stack: cdk.Stack) -> None:
    """What is left of the other app once its identity is taken out."""
    cdk.CfnWaitConditionHandle(stack, "Rest")


def test_an_app_with_the_l2_construct_comes_over_without_a_gap(project: Project) -> None:
    """All DKIM names, MX and SPF are answered throughout; identity, tokens and states stay what they were."""
    old = deploy_app(project, lambda stack: _made(l2_identity(project, stack)))
    project.change("CREATE", f"_dmarc.{project.zone}", "TXT", '"v=DMARC1; p=none"')
    project.write({"name": project.zone, "mail_from": "mail", **DMARC}, **RETAIN)
    records, tokens = project.expected(), project.tokens()
    assert len(records) == 6
    assert project.is_verified()
    with never_wrong(project, records):
        message = fail(adopt(project, "--yes"))
        assert f"identity {project.zone!r} is held by stack {old}" in message
        assert project.stacks("us-east-1") == {}
        deploy_app(project, lambda stack: keep(l2_identity(project, stack)))
        deploy_app(project, _rest)
        succeed(adopt(project, "--yes"))
        assert project.stacks("us-east-1") == {DNS: "IMPORT_COMPLETE", IDENTITIES: "IMPORT_COMPLETE"}
        for stack in (DNS, IDENTITIES):
            assert find_losses(stack, deployed_template(project, stack), synthesised_template(project, stack)) == []
        succeed(roll_out(project))
    assert project.tokens() == tokens
    assert project.is_verified()
    assert project.published() == keys(records)
    _check_templates(project, DNS, IDENTITIES)


def _check_templates(project: Project, *stacks: str) -> None:
    """Check that stacks hold exactly what the file asks for."""
    for stack in stacks:
        assert deployed_template(project, stack) == synthesised_template(project, stack)


def _made(_: Any) -> None:
    """Take what a construct returns for done."""


def test_a_domain_added_again_comes_back_as_it_is(project: Project) -> None:
    """Retained when it left the file; adopted when it is listed again, the other domain untouched throughout."""
    domains: list[dict[str, Any]] = [
        {"name": project.zone, "dmarc": {"policy": "none"}},
        {"name": f"other.{project.zone}"},
    ]
    project.write(*domains, **RETAIN)
    project.stand()
    records, tokens = project.expected(), project.tokens()
    with never_wrong(project, records):
        project.write(domains[1], **RETAIN)
        project.stand()
        project.write(*domains, **RETAIN)
        shown = succeed(adopt(project, "--yes"))
        assert f"identity {project.zone!r}, retained by stack mailproof-{project.name}-{IDENTITIES}" in shown
        assert f"identity 'other.{project.zone}'" not in shown
        succeed(project.deploy_all())
    assert project.tokens() == tokens
    assert project.is_verified()
    _check_templates(project, DNS, IDENTITIES)


def test_a_deleted_stack_comes_back_under_management(project: Project) -> None:
    """Its retained identity and records are taken into a new stack; DNS has them all the time."""
    project.write(**RETAIN)
    project.stand()
    records = project.expected()
    with never_wrong(project, records):
        unprotect(project, IDENTITIES)
        project.destroy(f"mailproof-{project.name}-{IDENTITIES}")
        assert project.stacks("us-east-1") == {}
        succeed(adopt(project, "--yes"))
        succeed(project.deploy_all())
    assert project.stacks("us-east-1") == {IDENTITIES: "UPDATE_COMPLETE"}
    assert project.is_verified()
    _check_templates(project, IDENTITIES)


def test_identities_made_by_hand_are_adopted_region_by_region(project: Project) -> None:
    """
    An import that fails leaves the regions before it adopted; the same command goes on there.

    What differed becomes what the file says with the next deployment, which also makes the records, as a group.
    """
    regions = ["us-east-1", "eu-west-1"]
    for region in regions:
        ses = project.client("sesv2", region)
        ses.create_email_identity(EmailIdentity=project.zone, Tags=[{"Key": "made", "Value": "by hand"}])
    project.write({"name": project.zone, **DMARC}, regions=regions, tags={"team": "mail"})
    tokens = project.tokens()
    denied = {"operation": "CreateChangeSet", "code": "AccessDenied", "message": "not yours"}
    project.aws.add_fault(service="cloudformation", region="eu-west-1", **denied)
    message = fail(adopt(project, "--yes"))
    refused = "CloudFormation refused or could not be asked: AccessDenied (not yours)"
    assert f"{project.name}/ses-eu-west-1: {refused}" in message
    assert project.stacks("us-east-1") == {IDENTITIES: "IMPORT_COMPLETE"}
    project.aws.clear_faults()
    shown = succeed(adopt(project, "--yes"))
    assert f"{project.name}/ses-us-east-1\n" not in shown
    assert f"MAIL FROM domain: is none, wanted 'bounce.eu-west-1.{project.zone}'" in shown
    # An import retains what it takes in; that this environment would delete it needs a word.
    allowed = [word for region in regions for word in ("--allow", f"{project.name}/ses-{region}:removal_policy")]
    succeed(roll_out(project, *allowed))
    assert project.tokens() == tokens
    assert project.is_verified()
    assert {"Key": "made", "Value": "by hand"} in project.identity()["Tags"]
    assert {"Key": "team", "Value": "mail"} in project.identity()["Tags"]


def test_records_in_a_zone_of_another_account_are_adopted_after_a_deployment(
    project: Project, zone_account: str
) -> None:
    """Their stack reads the DKIM names from outputs that an import does not make; nothing is gone meanwhile."""
    project.client("route53").delete_hosted_zone(Id=project.zone_id)
    zone_id, shared, regional = f"{project.zone_id}B", f"dns-{zone_account}", f"dns-{zone_account}-us-east-1"
    project.aws.seed_zone(zone_account, zone_id, project.zone)
    zones = {project.zone: {"id": zone_id, "account": zone_account}}
    project.write({"name": project.zone, **DMARC}, zones=zones, **RETAIN)
    project.client("sesv2").create_email_identity(EmailIdentity=project.zone)
    records, tokens = project.expected(), project.tokens()
    values = {r: f'"{r.values[0]}"' if r.type == "TXT" else wire_value(r) for r in records}
    sets = [{"Name": r.name, "Type": r.type, "TTL": 600, "ResourceRecords": [{"Value": values[r]}]} for r in records]
    changes = [{"Action": "CREATE", "ResourceRecordSet": found} for found in sets]
    route53 = project.aws.client("route53", zone_account)
    route53.change_resource_record_sets(HostedZoneId=zone_id, ChangeBatch={"Changes": changes})
    with never_wrong(project, records):
        message = fail(adopt(project, "--yes"))
        assert f"cdk deploy {project.name}/{IDENTITIES}\nthen run the same command again: mailproof adopt" in message
        assert project.stacks("us-east-1", zone_account) == {shared: "IMPORT_COMPLETE"}
        folder = str(project.synthesise())
        deploy = ("deploy", f"{project.name}/{IDENTITIES}", "--app", folder, "--require-approval", "never")
        succeed(project.cli.run(project.account, *deploy))
        succeed(adopt(project, "--yes"))
        assert project.stacks("us-east-1", zone_account)[regional] == "IMPORT_COMPLETE"
        succeed(roll_out(project))
    assert set(project.stacks("us-east-1", zone_account).values()) == {"UPDATE_COMPLETE"}
    assert project.tokens() == tokens
    assert project.is_verified()


def test_single_records_become_a_group_without_a_gap_in_another_zone(project: Project) -> None:
    """
    In place it is refused, and nothing changes: CloudFormation makes a group only of records that are not there.

    A second hosted zone of the same name takes the group while the first one still answers; then the delegation moves.
    """
    project.write(**RETAIN)
    project.stand()
    records, tokens = project.expected(), project.tokens()
    with never_wrong(project, records):
        project.write(removal_policy="retain", record_sets="grouped")
        assert "but it already exists" in fail(project.deploy_all())
        assert project.stacks("us-east-1") == {IDENTITIES: "UPDATE_ROLLBACK_COMPLETE"}
        assert "is held by another resource of the same stack" in fail(adopt(project, "--plan"))
        second = f"{project.zone_id}SECOND"
        project.aws.seed_zone(project.account, second, project.zone)
        project.write(removal_policy="retain", record_sets="grouped", zones={project.zone: {"id": second}})
        project.stand()
        project.aws.delegate_to(project.zone, second)
        _empty_zone(project)
    assert project.tokens() == tokens
    assert project.is_verified()
    _check_templates(project, IDENTITIES)


def _empty_zone(project: Project) -> None:
    """Delete what the first zone still holds: nobody asks it any more."""
    route53 = project.client("route53")
    listed = route53.list_resource_record_sets(HostedZoneId=project.zone_id)["ResourceRecordSets"]
    changes = [{"Action": "DELETE", "ResourceRecordSet": r} for r in listed if r["Type"] not in {"NS", "SOA"}]
    assert len(changes) == 5
    route53.change_resource_record_sets(HostedZoneId=project.zone_id, ChangeBatch={"Changes": changes})


def test_what_left_the_file_is_pruned_on_request(project: Project) -> None:
    """A listing changes nothing; on request identity and records go, and what the file asks for stays verified."""
    gone = f"gone.{project.zone}"
    project.write({"name": project.zone}, {"name": gone, "dmarc": {"policy": "reject"}}, removal_policy="retain")
    project.stand()
    project.write(removal_policy="retain")
    project.stand()
    records = project.expected()
    with never_wrong(project, records):
        listed = succeed(project.mailproof("prune"))
        assert f"identity {gone!r} in us-east-1 of {project.account}" in listed
        assert project.identities() == {project.zone, gone}
        succeed(project.mailproof("prune", "--remove", "--yes"))
    assert project.identities() == {project.zone}
    assert project.published() == keys(records) | {(f"_dmarc.{gone}", "TXT")}
    assert project.is_verified()
