"""What exists already of what an environment wants, where it comes from, and what is in the way."""

import json
import re
import shlex
from typing import Any

import pytest

from mailproof.adopt import import_plan as planner_module
from mailproof.adopt.blockers import is_in_a_bad_state
from mailproof.adopt.import_plan import ImportPlanner
from mailproof.adopt.import_plan_text import blocker_lines, build_plan_text
from mailproof.check.selection import Selection
from mailproof.live.answer import Unanswered
from mailproof.model.key_file import build_key_file
from mailproof.model.own_key import OwnKey
from mailproof.model.resource_types import IDENTITY, RECORD_SET
from mailproof.model.txt import quote_txt
from mailproof.own_keys.make_key import generate_key
from mailproof.template.cloud_assembly import SynthesisedStack
from tests.adopt.world import NAME, REGION, SPF, AdoptWorld
from tests.localaws.world import World, dkim_members, email_identity, member, record_group, record_set
from tests.model.keys import VERSION

STACK = "prod/ses-us-east-1"
BESIDE = "beside a CNAME no other record can be"


def _make_all(world: AdoptWorld) -> None:
    """Make by hand what the environment wants, exactly as it would."""
    world.make_identity()
    name = f"bounce.us-east-1.{world.zone}"
    world.set_mail_from(name)
    for token in world.identity()["DkimAttributes"]["Tokens"]:
        world.put_record(f"{token}._domainkey.{world.zone}", "CNAME", f"{token}.dkim.amazonses.com")
    world.put_record(name, "MX", "10 feedback-smtp.us-east-1.amazonses.com")
    world.put_record(name, "TXT", SPF)


def test_nothing_exists(world: AdoptWorld) -> None:
    """An empty account has nothing to adopt, and CloudFormation is not asked what its stacks hold."""
    world.aws.reset_calls()
    plan = world.plan()
    assert (plan.adoptions, plan.blockers, plan.unanswered) == ([], [], [])
    assert build_plan_text(NAME, plan) == "prod: nothing to adopt\n"
    assert "ListStacks" not in world.aws.calls(world.account).get("cloudformation", {})


def test_what_was_made_by_hand_is_found_whole(world: AdoptWorld) -> None:
    """Identity and five records, as wanted, each under the properties that CloudFormation tells it by."""
    _make_all(world)
    plan = world.plan()
    assert (plan.blockers, plan.unanswered, plan.notes) == ([], [], [])
    assert len(plan.adoptions) == 6
    assert all(not found.differences and found.origin == "in no stack" for found in plan.adoptions)
    identifiers = {found.words: found.identifier for found in plan.adoptions}
    assert identifiers[f"identity {world.zone!r}"] == {"EmailIdentity": world.zone}
    assert identifiers[f"MX record 'bounce.us-east-1.{world.zone}'"] == {
        "HostedZoneId": world.zone_id,
        "Name": f"bounce.us-east-1.{world.zone}.",
        "Type": "MX",
    }
    template = world.stacks()[STACK].template
    assert all(found.properties == template["Resources"][found.logical_id]["Properties"] for found in plan.adoptions)
    assert "The deployment after it changes nothing of what is adopted." in build_plan_text(NAME, plan)


def test_differences_are_told_with_what_becomes_of_them(world: AdoptWorld) -> None:
    """A record with another value and time to live is imported as it is, and changed by the next deployment."""
    world.make_identity()
    name = f"bounce.us-east-1.{world.zone}"
    world.put_record(name, "MX", "20 elsewhere.example.", TTL=60)
    plan = world.plan()
    [record] = [found for found in plan.adoptions if found.words.startswith("MX")]
    assert record.properties["TTL"] == "60"
    assert record.properties["ResourceRecords"] == ["20 elsewhere.example."]
    text = build_plan_text(NAME, plan)
    assert "TTL: is 60 s, wanted 1800 s; the next deployment changes it" in text
    assert f"MAIL FROM domain: is none, wanted {name!r}; the next deployment changes it" in text
    assert "changes what is listed, 3 in all" in text


def test_what_a_stack_holds_already_is_not_found_again(world: AdoptWorld) -> None:
    """After an import or a deployment nothing is left to adopt."""
    world.deploy_stack(STACK)
    assert build_plan_text(NAME, world.plan()) == "prod: nothing to adopt\n"


def test_dkim_records_of_an_identity_that_is_held_are_found(world: AdoptWorld) -> None:
    """An import that stopped half-way goes on with the records alone."""
    _make_all(world)
    resources = world.stacks()[STACK].template["Resources"]
    identity = {name: found for name, found in resources.items() if found["Type"] == IDENTITY}
    world.client("sesv2").delete_email_identity(EmailIdentity=world.zone)
    world.deploy(identity, stack="mailproof-prod-ses-us-east-1")
    world.publish_dkim()
    plan = world.plan()
    assert {found.words.split()[0] for found in plan.adoptions} == {"CNAME", "MX", "TXT"}
    assert len(plan.adoptions) == 5


def test_what_another_stack_holds_is_refused_with_steps(world: AdoptWorld) -> None:
    """Identity, and DKIM records in a group of that stack; the steps come once."""
    group = record_group(world.zone_id, *dkim_members("Id"))
    world.deploy({"Id": email_identity(world.zone), "Group": group}, stack="old-app")
    plan = world.plan()
    assert plan.adoptions == []
    lines = list(blocker_lines(plan.blockers))
    assert f"{STACK}: identity {world.zone!r} is held by stack old-app in us-east-1 (Id)" in lines
    assert sum("is held by stack old-app in us-east-1 (Group)" in line for line in lines) == 3
    assert sum("give it DeletionPolicy Retain" in line for line in lines) == 1


def test_what_another_stack_of_ours_holds_is_moved_by_a_command_to_paste(world: AdoptWorld) -> None:
    """With the folder of the files and the profile, as the command that is running."""
    world.deploy({"Id": email_identity(world.zone)}, stack="mailproof-prod-ses-us-east-1-brand")
    [environment] = world.environments()
    planner = ImportPlanner(environment, world.stacks(), world.clients(), options=("--profile", "mail"))
    [blocker] = planner.run(Selection()).blockers
    move = f"mailproof move prod --environments {world.folder} --profile mail"
    assert blocker.steps == (f"run `{move}`, which takes it into {STACK} without a gap",)


def test_a_record_that_a_stack_may_hold_is_in_no_stack_by_no_means(world: AdoptWorld) -> None:
    """Its name stands there in a form that only CloudFormation resolves: nothing is adopted."""
    name = {"Fn::Join": ["", [{"Fn::Select": [0, ["bounce", "x"]]}, f".us-east-1.{world.zone}."]]}
    group = record_group(world.zone_id, member(name, "MX", "10 feedback-smtp.us-east-1.amazonses.com."))
    world.deploy({"Group": group}, stack="others")
    world.put_record(f"bounce.us-east-1.{world.zone}", "TXT", SPF)
    plan = world.plan()
    assert [found.words.split()[0] for found in plan.adoptions] == ["TXT"]
    [line] = plan.unanswered
    assert (
        f"could not tell whether stack others in us-east-1 (Group) holds MX record 'bounce.us-east-1.{world.zone}'"
        in line
    )


def test_a_record_that_would_be_in_a_group_is_refused_with_the_line_to_write(world: AdoptWorld) -> None:
    """CloudFormation imports no groups; the identity comes with its records or not at all."""
    world.write({"name": world.zone}, record_sets="grouped")
    _make_all(world)
    plan = world.plan()
    assert {found.words for found in plan.adoptions} == {f"identity {world.zone!r}"}
    lines = list(blocker_lines(plan.blockers))
    assert len(plan.blockers) == 5
    where = f"{world.folder / 'prod.yaml'}:9: domains[0]"
    assert f"  1. {where}: write `record_sets: individual` for {world.zone!r}" in "\n".join(lines)


def test_a_record_new_in_a_group_that_stands_is_found(world: AdoptWorld) -> None:
    """A DMARC record made by hand is in the way of one that is only now asked for."""
    domain = {"name": world.zone, "mail_from": "bounce"}
    world.write(domain, record_sets="grouped")
    world.deploy_stack("prod/dns")
    world.put_record(f"_dmarc.{world.zone}", "TXT", '"v=DMARC1; p=none"')
    world.write({**domain, "dmarc": {"policy": "reject"}}, record_sets="grouped")
    [blocker] = world.plan().blockers
    assert f"TXT record '_dmarc.{world.zone}' exists, and belongs to a group" in blocker.words


@pytest.mark.parametrize(
    ("more", "extra"),
    [({"SetIdentifier": "a", "Weight": 1}, "SetIdentifier, Weight"), ({"HealthCheckId": "h"}, "HealthCheckId")],
    ids=["weighted", "health check"],
)
def test_a_record_that_is_more_than_simple_is_refused(world: AdoptWorld, more: dict[str, Any], extra: str) -> None:
    """A change of its value would not make it ours."""
    world.put_record(f"bounce.us-east-1.{world.zone}", "TXT", SPF, **more)
    [blocker] = world.plan().blockers
    assert f"has {extra}, which our records do not have" in blocker.words


def test_an_identity_with_its_own_key_is_refused(world: AdoptWorld) -> None:
    """It has no names for the records of Easy DKIM."""
    private, _ = generate_key()
    key = {"DomainSigningSelector": "sel", "DomainSigningPrivateKey": private.reveal()}
    world.make_identity(DkimSigningAttributes=key)
    plan = world.plan()
    assert plan.adoptions == []
    assert "signs with its own key (BYODKIM)" in plan.blockers[0].words


def test_a_stack_that_failed_at_its_creation_is_refused_with_the_commands(world: AdoptWorld) -> None:
    """Nothing can be imported into it, and nothing lives in it."""
    world.make_identity()
    world.deploy({"Id": email_identity(world.zone)}, stack="mailproof-prod-ses-us-east-1", OnFailure="ROLLBACK")
    blocker = world.plan().blockers[-1]
    assert "is in ROLLBACK_COMPLETE" in blocker.words
    place = f"--region {REGION} --stack-name mailproof-prod-ses-us-east-1"
    delete = f"aws cloudformation delete-stack {place}"
    assert blocker.steps[-1].endswith(f"--no-enable-termination-protection {place} && {delete}")


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("CREATE_FAILED", f"what was created is still there; first cdk rollback {STACK}"),
        ("ROLLBACK_FAILED", "look at its events for what is still there, then"),
        ("UPDATE_ROLLBACK_FAILED", f"correct what its events name, then cdk rollback {STACK}"),
        ("DELETE_FAILED", "what is left of it is live; to keep that, name it: aws cloudformation delete-stack"),
    ],
)
def test_no_stack_in_which_something_lives_is_told_to_be_empty(state: str, words: str) -> None:
    """What a rollout says of its state is said here, too: whoever deletes it loses what is live."""
    blocker = is_in_a_bad_state(SynthesisedStack(STACK, "mailproof-prod-ses-us-east-1", "111111111111", REGION), state)
    assert blocker is not None
    assert words in blocker.words
    assert "nothing lives in it" not in "".join(blocker_lines([blocker]))


def test_a_stack_at_work_is_to_be_waited_for(world: AdoptWorld) -> None:
    """A rollback would undo what goes on there."""
    world.write({"name": f"other.{world.zone}"})
    world.make_identity()
    world.deploy_stack(STACK)
    world.aws.add_fault(resource_type=IDENTITY, target=f"b.{world.zone}", delay_s=60)
    world.write({"name": f"other.{world.zone}"}, {"name": f"b.{world.zone}"})
    template = json.dumps({"Resources": world.stacks()[STACK].template["Resources"]})
    world.client("cloudformation").update_stack(StackName="mailproof-prod-ses-us-east-1", TemplateBody=template)
    world.write({"name": f"other.{world.zone}"}, {"name": f"b.{world.zone}"}, {"name": world.zone})
    blocker = world.plan().blockers[-1]
    assert "is in UPDATE_IN_PROGRESS" in blocker.words
    assert blocker.steps == ("wait until CloudFormation is done with it, and run the same command again",)


@pytest.mark.parametrize(
    ("name", "keep"),
    [
        ("_dmarc", "leave out `dmarc` for"),
        ("bounce.us-east-1", "choose another `mail_from` for"),
        ("_smtp._tls", "leave out `tls_reports` for"),
    ],
)
def test_an_alias_in_place_of_a_record_is_a_blocker(world: AdoptWorld, name: str, keep: str) -> None:
    """Beside a CNAME nothing else can be made, so that the deployment would fail."""
    world.write({"name": world.zone, "dmarc": {"policy": "none"}, "tls_reports": ["tls@example.com"]})
    world.put_record(f"{name}.{world.zone}", "CNAME", "x.vendor.example.")
    plan = world.plan()
    assert {o.words.partition(",")[0] for o in plan.blockers} == {f"CNAME record '{name}.{world.zone}' exists"}
    [first, second] = plan.blockers[0].steps
    assert keep in first
    assert "in one batch of Route 53" in second


def test_what_stands_in_the_place_of_an_alias_is_a_blocker(world: AdoptWorld) -> None:
    """Of whichever type; once the CNAME is there instead, it is adopted. What our own stack holds, the guard judges."""
    name, target = f"_dmarc.{world.zone}", "_dmarc.policies.example"
    world.write({"name": world.zone, "dmarc": {"alias": target}})
    world.put_record(name, "TXT", '"v=DMARC1; p=none"')
    [blocker] = world.plan().blockers
    assert blocker.words == f"TXT record {name!r} exists, and bars CNAME record {name!r}: {BESIDE}"
    first, second = blocker.steps
    assert re.fullmatch(r"if it is to stay: .*prod\.yaml:\d+: domains\[0\]: do not ask for the CNAME.*", first)
    assert f"that `mailproof records --domain {world.zone} --environments {world.folder}` shows" in second

    world.put_record(name, "TXT", '"v=DMARC1; p=none"', "DELETE")
    policy = {"Policy": record_set(world.zone_id, name, "TXT", '"v=DMARC1; p=none"')}
    world.deploy(policy, stack="mailproof-prod-dns")
    assert world.plan().blockers == []
    world.destroy("mailproof-prod-dns")
    world.deploy(policy, stack="old-app")
    [blocker] = world.plan().blockers
    assert blocker.words.startswith(f"TXT record {name!r} is held by stack old-app")
    world.destroy("old-app")
    world.put_record(name, "MX", "10 mx.example.net.")
    assert world.plan().blockers[0].words.startswith(f"MX record {name!r} exists")
    world.put_record(name, "MX", "10 mx.example.net.", "DELETE")
    world.put_record(name, "CNAME", f"{target}.")
    plan = world.plan()
    assert (plan.blockers, [found.words for found in plan.adoptions]) == ([], [f"CNAME record {name!r}"])


@pytest.mark.parametrize(
    ("service", "operation", "told"),
    [
        ("sesv2", "GetEmailIdentity", "could not ask SES for"),
        ("route53", "ListResourceRecordSets", "could not ask Route 53 for zone"),
        ("cloudformation", "DescribeStacks", "could not ask for the deployed template"),
        ("cloudformation", "ListStacks", "could not ask the stacks of"),
        ("cloudformation", "GetTemplateSummary", "could not ask CloudFormation what it imports"),
    ],
)
def test_what_could_not_be_asked_is_never_absent(world: AdoptWorld, service: str, operation: str, told: str) -> None:
    """It is told, and stops the import."""
    _make_all(world)
    fault = {"service": service, "operation": operation, "account": world.account, "region": REGION}
    if service == "route53":
        del fault["region"]
    world.aws.add_fault(**fault, code="AccessDenied")
    assert any(told in line for line in world.plan().unanswered)


def test_credentials_of_another_account_find_nothing(world: AdoptWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """They say nothing about this one."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "123456789012")
    plan = world.plan()
    assert plan.adoptions == []
    assert "wrong account" in plan.unanswered[0]


def test_a_selection_leaves_the_rest_alone(world: AdoptWorld) -> None:
    """By domain and by region."""
    other = f"other.{world.zone}"
    world.write({"name": world.zone}, {"name": other}, regions=[REGION, "eu-west-1"])
    for region in (REGION, "eu-west-1"):
        world.make_identity(other, region)
        world.make_identity(world.zone, region)
    plan = world.plan(domains=frozenset({other}), regions=frozenset({"eu-west-1"}))
    assert [(found.words, found.stack.region) for found in plan.adoptions] == [(f"identity {other!r}", "eu-west-1")]


def test_where_records_cannot_be_imported_equal_ones_are_left_to_the_deployment(
    world: AdoptWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others have to be made equal first, by a command that leaves no gap."""
    monkeypatch.setattr(planner_module, "fetch_identifiers", lambda *_: {IDENTITY: ("EmailIdentity",)})
    name = f"bounce.us-east-1.{world.zone}"
    world.put_record(name, "TXT", SPF)
    world.put_record(name, "MX", "20 elsewhere.example.")
    plan = world.plan()
    assert [(found.words.split()[0], found.needs_import) for found in plan.adoptions] == [("TXT", False)]
    assert "the next deployment takes it over as it is" in build_plan_text(NAME, plan)
    [blocker] = plan.blockers
    assert f'"Action":"UPSERT","ResourceRecordSet":{{"Name":"{name}.","Type":"MX","TTL":1800' in blocker.steps[-1]


def test_the_command_that_changes_a_record_is_one_line_to_paste_whatever_is_in_it(
    world: AdoptWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An apostrophe, which an address may have, ends no word of the shell."""
    monkeypatch.setattr(planner_module, "fetch_identifiers", lambda *_: {IDENTITY: ("EmailIdentity",)})
    address = f"o'brien@{world.zone}"
    world.write({"name": world.zone, "dmarc": {"policy": "none", "reports": [address]}})
    world.put_record(f"_dmarc.{world.zone}", "TXT", '"v=DMARC1; p=reject"')
    [blocker] = world.plan().blockers
    words = shlex.split(blocker.steps[-1].partition(" gives: ")[2])
    options = dict(zip(words[3::2], words[4::2], strict=True))
    batch = json.loads(options["--change-batch"])
    world.client("route53").change_resource_record_sets(HostedZoneId=options["--hosted-zone-id"], ChangeBatch=batch)
    assert world.values(f"_dmarc.{world.zone}", "TXT") == [f'"v=DMARC1; p=none; rua=mailto:{address}"']
    assert world.plan().blockers == []


def test_identifiers_that_could_not_be_asked_for_stop_everything(
    world: AdoptWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is mapped by guess."""
    monkeypatch.setattr(planner_module, "fetch_identifiers", lambda *_: Unanswered("Throttling"))
    world.put_record(f"bounce.us-east-1.{world.zone}", "TXT", SPF)
    plan = world.plan()
    assert (plan.adoptions, len(plan.unanswered)) == ([], 1)
    assert RECORD_SET not in plan.unanswered[0]


def _publish_first_token(identities: World, zone: World) -> str:
    """Publish one DKIM record of the identity with the zone's name, and return its token."""
    token = str(identities.identity(zone.zone)["DkimAttributes"]["Tokens"][0])
    zone.change("CREATE", f"{token}._domainkey.{zone.zone}", "CNAME", f"{token}.dkim.amazonses.com")
    return token


def test_records_in_a_zone_of_another_account_are_read_by_its_look_up_role(world: AdoptWorld) -> None:
    """They are found in the stack that will hold them, under names that come from the identity's account."""
    other, zone, zone_id = world.neighbour, f"zone.{world.zone}", f"{world.zone_id}B"
    world.aws.seed_zone(other, zone_id, zone)
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": f"arn:aws:iam::{world.account}:root"}}
    world.aws.client("iam", other).create_role(
        RoleName=f"cdk-hnb659fds-lookup-role-{other}-{REGION}",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )
    world.write({"name": zone}, zones={zone: {"id": zone_id, "account": other}})
    world.make_identity(zone)
    token = _publish_first_token(world, World(world.aws, other, zone_id, zone))
    plan = world.plan()
    assert (plan.blockers, plan.unanswered) == ([], [])
    identity, dkim = plan.adoptions
    assert (identity.stack.path, dkim.stack.path) == ("prod/ses-us-east-1", f"prod/dns-{other}-us-east-1")
    assert dkim.identifier["Name"] == f"{token}._domainkey.{zone}."
    assert [difference.what for difference in dkim.differences] == ["TTL"]
    # An import makes neither outputs nor the role by which the records' stack reads them.
    assert [(found.needs_import, found.after) for found in plan.adoptions] == [(True, ""), (False, STACK)]
    assert f"{dkim.words}, in no stack; only after `cdk deploy {STACK}`" in build_plan_text(NAME, plan)
    world.client("sesv2").delete_email_identity(EmailIdentity=zone)
    template = world.stacks()[STACK].template
    identities = {name: found for name, found in template["Resources"].items() if found["Type"] == IDENTITY}
    world.deploy(identities, stack="mailproof-prod-ses-us-east-1", outputs=template["Outputs"])
    _publish_first_token(world, World(world.aws, other, zone_id, zone))
    [found] = world.plan().adoptions
    assert (found.stack.path, found.needs_import, found.after) == (f"prod/dns-{other}-us-east-1", True, "")


def test_records_of_a_parked_domain_are_adopted(world: AdoptWorld) -> None:
    """The wildcard among them; a null SPF beside another text is brought in as it is, and said."""
    old = f"old.{world.zone}"
    world.write({"name": world.zone}, parked=[old])
    world.put_record(f"*._domainkey.{old}", "TXT", '"v=DKIM1; p="')
    world.put_record(old, "MX", "0 .")
    world.client("route53").change_resource_record_sets(
        HostedZoneId=world.zone_id,
        ChangeBatch={
            "Changes": [
                {
                    "Action": "CREATE",
                    "ResourceRecordSet": {
                        "Name": old,
                        "Type": "TXT",
                        "TTL": 1800,
                        "ResourceRecords": [{"Value": '"v=spf1 -all"'}, {"Value": '"site=1"'}],
                    },
                }
            ]
        },
    )
    found = world.plan()
    assert {(one.identifier["Type"], one.identifier["Name"].removesuffix(f"{old}.")) for one in found.adoptions} == {
        ("MX", ""),
        ("TXT", ""),
        ("TXT", "*._domainkey."),
    }
    assert [len(one.differences) for one in found.adoptions if one.identifier["Type"] == "TXT"].count(1) == 1
    assert found.blockers == []


def test_an_identity_with_an_own_key_is_taken_in_if_the_file_has_one(world: AdoptWorld) -> None:
    """Its record too; with keys of SES in the file it would have no tokens for our records."""
    private, public = generate_key()
    signing = {"DomainSigningSelector": "s1", "DomainSigningPrivateKey": private.reveal()}
    world.client("sesv2").create_email_identity(EmailIdentity=world.zone, DkimSigningAttributes=signing)
    world.write({"name": world.zone, "mail_from": "none"})
    assert "signs with its own key (BYODKIM), and we publish Easy DKIM" in "".join(blocker_lines(world.plan().blockers))
    world.write({"name": world.zone, "mail_from": "none", "dkim": {"key": "own"}})
    secret = f"arn:aws:secretsmanager:{REGION}:{world.account}:secret:mailproof/dkim/{world.zone}-AbCdEf"
    key = OwnKey("s1", public, secret, VERSION, (REGION,))
    (world.folder / f"{NAME}.keys.json").write_text(build_key_file({world.zone: (key,)}))
    world.put_record(f"s1._domainkey.{world.zone}", "TXT", quote_txt(key.record))
    plan = world.plan()
    assert (plan.blockers, plan.unanswered) == ([], [])
    assert {found.words for found in plan.adoptions} == {
        f"identity {world.zone!r}",
        f"TXT record 's1._domainkey.{world.zone}'",
    }
