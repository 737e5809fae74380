"""Stacks in which no file has anything: they go after one yes, and nothing that a file asks for ever does."""

import shlex
from typing import Any

import pytest
from typer.testing import CliRunner

from mailproof.change.consent import Consent
from mailproof.change.errors import CommandError
from mailproof.check.orphaned_stacks import find_orphaned_stacks
from mailproof.cli import app
from mailproof.live.aws.clients import Target
from mailproof.model.in_use import collect_in_use
from mailproof.prune.orphaned_identity import Account
from mailproof.prune.run import PruneOptions, all_lines, remove_all
from mailproof.template.bootstrap import Bootstraps
from tests.adopt.world import REGION, AdoptWorld
from tests.localaws.world import record_set

OTHER = "eu-west-1"
STACK = f"mailproof-prod-ses-{OTHER}"
YES = PruneOptions(consent=Consent(yes=True), resume="mailproof prune --remove")


def stand(world: AdoptWorld, *names: str) -> None:
    """Deploy every stack of some environments."""
    for name in names or ("prod",):
        for stack in world.stacks(name).values():
            state = world.deploy(dict(stack.template["Resources"]), stack=stack.name, region=stack.region)
            assert state in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}


def prune(world: AdoptWorld, options: PruneOptions = YES, *, gone: tuple[str, ...] = ()) -> None:
    """Run what `mailproof prune --remove` runs."""
    account = Account(Target(world.account, REGION), frozenset({REGION}), world.clients())
    remove_all([(account, world.orphans(gone=gone))], options, lambda _: world.orphans(gone=gone))


def stacks(world: AdoptWorld, region: str = OTHER) -> set[str]:
    """Return the stacks of a region."""
    return {found["StackName"] for found in world.client("cloudformation", region).describe_stacks()["Stacks"]}


def identities(world: AdoptWorld, region: str = OTHER) -> set[str]:
    """Return the identities of a region."""
    return {found["IdentityName"] for found in world.client("sesv2", region).list_email_identities()["EmailIdentities"]}


@pytest.fixture
def leaving(world: AdoptWorld, request: pytest.FixtureRequest) -> AdoptWorld:
    """A world whose file had two regions, both deployed, and has one; removal policy by `indirect`."""
    policy = getattr(request, "param", "retain")
    world.write(regions=[REGION, OTHER], removal_policy=policy)
    stand(world)
    world.write(removal_policy=policy)
    return world


@pytest.mark.parametrize("leaving", ["retain", "destroy"], indirect=True)
def test_a_region_that_left_goes_with_its_stack_identities_and_records(leaving: AdoptWorld) -> None:
    """In one go; the other region is as it was."""
    orphans = leaving.orphans()
    [stack] = orphans.stacks
    assert stack.stack.place == (leaving.account, OTHER, STACK)
    lines = list(all_lines(orphans))
    assert lines[0] == f"stack {STACK} in {OTHER} of {leaving.account}, in no file any more"
    assert any(f"identity {leaving.zone!r} in {OTHER}" in line for line in lines)
    assert (len(leaving.records()), orphans.notes, orphans.unanswered) == (10, [], [])
    prune(leaving)
    assert (stacks(leaving), identities(leaving), identities(leaving, REGION)) == (set(), set(), {leaving.zone})
    assert len(leaving.records()) == 5
    assert not any(OTHER in name for name, _ in leaving.records())
    assert list(all_lines(leaving.orphans())) == []


def test_one_question_names_how_much_goes(leaving: AdoptWorld) -> None:
    """A no leaves everything; nothing is asked a second time."""
    asked: list[str] = []
    with pytest.raises(CommandError, match="nothing was removed"):
        prune(leaving, PruneOptions(consent=Consent(ask=lambda text: asked.append(text) or "n")))  # type: ignore[func-returns-value]
    assert asked == ["Delete these 1 stacks, and remove these 1 identities and their records for good? [y/N] "]
    assert (stacks(leaving), len(leaving.records())) == ({STACK}, 10)


@pytest.mark.parametrize("leaving", ["retain", "destroy"], indirect=True)
def test_identities_that_go_with_a_stack_count_against_the_limit(leaving: AdoptWorld) -> None:
    """Whether it retains them or not."""
    with pytest.raises(CommandError) as caught:
        prune(leaving, PruneOptions(0, Consent(yes=True), "mailproof prune --remove"))
    assert caught.value.lines[-1] == "to allow this: mailproof prune --remove --max-removals 1"
    assert stacks(leaving) == {STACK}


def protect(world: AdoptWorld) -> None:
    """Put on the termination protection of the stack, and our stack policy."""
    cloudformation = world.client("cloudformation", OTHER)
    cloudformation.update_termination_protection(StackName=STACK, EnableTerminationProtection=True)
    deny = '{"Statement":[{"Effect":"Deny","Principal":"*","Action":"Update:*","Resource":"*"}]}'
    cloudformation.set_stack_policy(StackName=STACK, StackPolicyBody=deny)


def test_protections_are_in_nobodys_way(leaving: AdoptWorld) -> None:
    """Termination protection is lifted; a stack policy says nothing of deletions."""
    protect(leaving)
    prune(leaving)
    assert stacks(leaving) == set()


def test_protection_comes_back_if_the_deletion_is_refused(leaving: AdoptWorld) -> None:
    """Everything is as it was."""
    protect(leaving)
    fault = {"service": "cloudformation", "operation": "DeleteStack", "account": leaving.account}
    leaving.aws.add_fault(**fault, code="AccessDenied")
    with pytest.raises(CommandError) as caught:
        prune(leaving)
    assert caught.value.exit_code == 3
    assert "run the same command again: mailproof prune --remove" in caught.value.lines[-1]
    [found] = leaving.client("cloudformation", OTHER).describe_stacks(StackName=STACK)["Stacks"]
    assert found["EnableTerminationProtection"]
    assert len(leaving.records()) == 10


@pytest.mark.parametrize("leaving", ["destroy"], indirect=True)
def test_a_deletion_that_fails_says_why_and_goes_on(leaving: AdoptWorld) -> None:
    """The same command tries again."""
    kind = "AWS::SES::EmailIdentity"
    leaving.aws.add_fault(resource_type=kind, action="delete", target=leaving.zone, code="Throttling")
    with pytest.raises(CommandError) as caught:
        prune(leaving)
    assert "is in DELETE_FAILED" in str(caught.value)
    assert "Throttling" in str(caught.value)
    leaving.aws.clear_faults()
    prune(leaving)
    assert (stacks(leaving), identities(leaving), len(leaving.records())) == (set(), set(), 5)


def test_what_was_retained_goes_when_the_same_runs_again(leaving: AdoptWorld) -> None:
    """Interrupted once the stack is gone."""
    fault = {"service": "sesv2", "operation": "DeleteEmailIdentity", "account": leaving.account}
    leaving.aws.add_fault(**fault, code="AccessDenied")
    with pytest.raises(CommandError):
        prune(leaving)
    assert (stacks(leaving), identities(leaving), len(leaving.records())) == (set(), {leaving.zone}, 10)
    leaving.aws.clear_faults()
    prune(leaving)
    assert (identities(leaving), len(leaving.records())) == (set(), 5)


def test_a_stack_that_changed_since_it_was_shown_stays(leaving: AdoptWorld) -> None:
    """While the question waits for an answer somebody deploys a domain into it."""

    def answer(_: str) -> str:
        leaving.write({"name": leaving.zone}, {"name": f"new.{leaving.zone}"}, regions=[REGION, OTHER])
        leaving.deploy_stack(f"prod/ses-{OTHER}")
        return "y"

    with pytest.raises(CommandError, match="another deployment changed it meanwhile"):
        prune(leaving, PruneOptions(consent=Consent(ask=answer)))
    assert stacks(leaving) == {STACK}
    assert identities(leaving) == {leaving.zone, f"new.{leaving.zone}"}


def test_what_could_not_be_asked_keeps_every_stack(leaving: AdoptWorld) -> None:
    """Another stack may hold the same."""
    fault = {"service": "cloudformation", "operation": "GetTemplate", "account": leaving.account}
    leaving.aws.add_fault(**fault, code="AccessDenied")
    found = leaving.orphans()
    assert (found.stacks, found.found) == ([], [])
    assert found.unanswered


@pytest.mark.parametrize("leaving", ["destroy"], indirect=True)
def test_a_record_that_another_stack_holds_too_keeps_the_stack(leaving: AdoptWorld) -> None:
    """Whichever goes first deletes it for both."""
    name, value = f"bounce.{OTHER}.{leaving.zone}", f"10 feedback-smtp.{OTHER}.amazonses.com."
    leaving.put_record(name, "MX", value, "DELETE")
    leaving.deploy({"Mx": record_set(leaving.zone_id, name, "MX", value)}, stack="mailproof-theirs-dns")
    found = leaving.orphans()
    assert found.stacks == []
    assert any(f"is also in stack mailproof-theirs-dns in {REGION}" in note for note in found.notes)


@pytest.mark.parametrize("leaving", ["destroy"], indirect=True)
def test_a_name_that_another_identity_uses_keeps_the_stack(leaving: AdoptWorld) -> None:
    """Its mail would be refused, or not align, without the MX."""
    leaving.set_mail_from(f"bounce.{OTHER}.{leaving.zone}")
    found = leaving.orphans()
    assert found.stacks == []
    assert any("which another identity has for its MAIL FROM domain" in note for note in found.notes)


@pytest.mark.parametrize("leaving", ["destroy"], indirect=True)
def test_a_name_whose_records_a_file_has_elsewhere_keeps_the_stack(leaving: AdoptWorld) -> None:
    """The identity that uses it is another account's, whose file says that others publish its records."""
    shared = {"name": leaving.zone, "mail_from": {"name": f"bounce.{OTHER}", "records": "elsewhere"}}
    zones = {leaving.zone: {"id": leaving.zone_id, "account": leaving.account}}
    leaving.write(shared, name="other", account="999988887777", zones=zones)
    found = leaving.orphans()
    assert found.stacks == []
    assert any("which a file needs" in note for note in found.notes)


def test_a_policy_behind_an_alias_keeps_the_stack(world: AdoptWorld) -> None:
    """Another domain's `_dmarc` leads there: without the record it has no policy."""
    shared, gone = f"shared.{world.zone}", {"policy": "reject"}
    world.write({"name": world.zone}, {"name": shared, "dmarc": gone}, removal_policy="destroy")
    stand(world)
    world.write({"name": world.zone, "dmarc": {"alias": f"_dmarc.{shared}"}}, name="other", removal_policy="destroy")
    (world.folder / "prod.yaml").unlink()
    found = world.orphans(gone=["prod"])
    assert [stack.stack.name for stack in found.stacks] == []
    assert any(f"TXT record '_dmarc.{shared}'" in note and "which a file needs" in note for note in found.notes)


Files = dict[str, dict[str, Any]]
"""Name of a file to its keys, `domains` among them."""


def files(**given: Any) -> Files:
    """Return one file, with one domain below the zone beside the zone's own."""
    return {"prod": {"regions": [REGION, OTHER], "domains": [{}, {"sub": "a"}], **given}}


CHANGES: dict[str, tuple[Files, Files]] = {
    "order of the regions": (files(), files(regions=[OTHER, REGION])),
    "home region leaves": (files(mail_from="bounce"), files(regions=[OTHER], mail_from="bounce")),
    "file renamed": (files(), {"new": files()["prod"]}),
    "file renamed and said": (files(), {"new": files(deployed_as="prod")["prod"]}),
    "file renamed and a region left": (files(), {"new": files(regions=[REGION])["prod"]}),
    "stack of its own": (files(), files(domains=[{}, {"sub": "a", "stack": "own"}])),
    "no stack of its own": (files(domains=[{}, {"sub": "a", "stack": "own"}]), files()),
    "fewer stacks": (files(stacks=2, domains=[{}, *({"sub": c} for c in "abcd")]), files()),
    "single record sets": (files(record_sets="grouped"), files(record_sets="individual")),
    "to another environment": (
        files(),
        {"prod": {"domains": [{"sub": "b"}]}, "brand": {"regions": [OTHER], "domains": [{}, {"sub": "a"}]}},
    ),
    "another name for MAIL FROM, and another home": (
        files(mail_from="bounce"),
        files(mail_from="mta", regions=[OTHER, REGION], dmarc=None),
    ),
}


RETAINED = ("order of the regions", "file renamed and a region left", "to another environment")


@pytest.mark.parametrize(
    ("change", "policy"), [*((name, "destroy") for name in CHANGES), *((name, "retain") for name in RETAINED)]
)
def test_nothing_that_a_file_asks_for_goes(world: AdoptWorld, change: str, policy: str) -> None:
    """Whatever was changed: every command that is printed is run, and then everything that may be named gone."""
    before, after = CHANGES[change]
    write(world, before, policy)
    stand(world, *before)
    alive, records = all_identities(world), world.records()
    write(world, after, policy)
    in_use = collect_in_use(world.environments())
    lines = list(find_orphaned_stacks(world.environments(), lambda _: world.clients(), Bootstraps()).lines())
    assert not [line for line in lines if "delete-stack" in line or "change-resource-record-sets" in line]
    everything = PruneOptions(100, Consent(yes=True))
    for gone in ((), ("prod",)):
        prune(world, everything, gone=gone)
    wanted = {(region, name) for _, region, name in in_use.identities} & alive
    assert wanted <= all_identities(world)
    used = {name for region, name in wanted for name in mail_from(world, region, name)}
    names = {
        (name, kind) for name, kind in records if (name.rstrip("."), kind) in in_use.records or name.rstrip(".") in used
    }
    tokens = {f"{token}._domainkey.{name}." for region, name in wanted for token in dkim(world, region, name)}
    assert names | {(name, "CNAME") for name in tokens} <= world.records()


def write(world: AdoptWorld, given: Files, policy: str) -> None:
    """Write the files, and no others."""
    for file in world.folder.glob("*.yaml"):
        file.unlink()
    for name, keys in given.items():
        rest = {"removal_policy": policy, **keys}
        dmarc = rest.pop("dmarc", {"policy": "none"})
        defaults = {key: rest.pop(key) for key in ("mail_from",) if key in rest}
        domains = [
            {"name": f"{domain.pop('sub')}.{world.zone}" if "sub" in domain else world.zone, **domain}
            | ({"dmarc": dmarc} if dmarc else {})
            for domain in map(dict, rest.pop("domains"))
        ]
        world.write(*domains, name=name, **({"defaults": defaults} if defaults else {}), **rest)


def all_identities(world: AdoptWorld) -> set[tuple[str, str]]:
    """Return region and name of every identity."""
    return {(region, name) for region in (REGION, OTHER) for name in identities(world, region)}


def mail_from(world: AdoptWorld, region: str, name: str) -> list[str]:
    """Return the MAIL FROM name of an identity, if it has one."""
    return [world.identity(name, region)["MailFromAttributes"].get("MailFromDomain", "")]


def dkim(world: AdoptWorld, region: str, name: str) -> list[str]:
    """Return the tokens of an identity."""
    return list(world.identity(name, region)["DkimAttributes"]["Tokens"])


def test_an_environment_whose_file_was_deleted_goes_when_it_is_named(world: AdoptWorld) -> None:
    """Its file may lie elsewhere: nobody but a person knows."""
    world.write({"name": f"old.{world.zone}"}, name="old")
    stand(world, "old")
    (world.folder / "old.yaml").unlink()
    found = world.orphans()
    assert (found.stacks, found.found) == ([], [])
    [note] = [note for note in found.notes if "environment 'old' has no file here" in note]
    assert shlex.split(note)[-5:-2] == ["prune", "--environment-gone", "old"]
    prune(world, gone=("old",))
    assert (stacks(world, REGION), identities(world, REGION), world.records()) == (set(), set(), set())


def test_preflight_names_what_is_left_and_prune_takes_it(leaving: AdoptWorld) -> None:
    """What a move has emptied and what has no file, too; of a region that does not answer it says so, and goes on."""
    role = {"Type": "AWS::CloudFormation::WaitConditionHandle"}
    leaving.deploy({"Nothing": role}, stack=f"mailproof-prod-ses-{OTHER}-b", region=OTHER)
    leaving.deploy({"Nothing": role}, stack=f"mailproof-old-ses-{OTHER}", region=OTHER)

    def said() -> str:
        options = ("preflight", "--environments", str(leaving.folder), "--resolver", leaving.aws.dns)
        return " ".join(CliRunner().invoke(app, options).output.split())

    before = said()
    assert before.count("preflight-stack-left") == 3
    assert f"{STACK} holds {leaving.zone}" in before
    assert f"mailproof-prod-ses-{OTHER}-b holds no identity and no record" in before
    assert f"mailproof-old-ses-{OTHER} holds no identity and no record" in before
    assert f"mailproof prune --environment prod --remove --environments {leaving.folder}" in before
    assert "environment 'old' has no file here" in before
    prune(leaving, gone=("old",))
    assert "preflight-stack-left" not in said()
    denied = {"operation": "DescribeStacks", "account": leaving.account, "code": "AccessDenied"}
    leaving.aws.add_fault(service="cloudformation", region=OTHER, **denied)
    assert "preflight-stacks-unknown" in said()
    leaving.aws.clear_faults()
