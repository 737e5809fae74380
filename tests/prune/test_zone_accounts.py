"""What is left in the accounts of zones goes as in the environment's own, or is said to be closed."""

import itertools
from collections.abc import Iterator

import pytest

from mailproof.change.consent import Consent
from mailproof.change.errors import CommandError
from mailproof.check.orphaned_stacks import find_orphaned_stacks
from mailproof.live.aws.clients import Clients
from mailproof.model.environment import Environment
from mailproof.prune.orphaned_identity import Account, OrphanedIdentities
from mailproof.prune.run import PruneOptions, ZoneAccounts, accounts_of, all_lines, find_orphaned_identities, remove_all
from mailproof.template.bootstrap import Bootstraps
from tests.localaws.world import World
from tests.repair.deployment import Deployment, LocalClients

GONE = "eu-west-1"
REGIONS = ("us-east-1", GONE)
YES = PruneOptions(consent=Consent(yes=True), resume="mailproof prune --remove")


@pytest.fixture
def leaving(world: World) -> Iterator[Deployment]:
    """An environment that was deployed in two regions, whose file has one; its zone is in another account."""
    made = Deployment(world, zone_account=world.neighbour).made(regions=list(REGIONS))
    made.keys["regions"] = ["us-east-1"]
    yield made
    made.close()


def find(deployment: Deployment) -> tuple[Account, OrphanedIdentities]:
    """Look for what is left."""
    files = [deployment.environment]
    [account] = accounts_of(files, lambda _: LocalClients(deployment.world), ZoneAccounts(Bootstraps()))
    return account, find_orphaned_identities(account, files, REGIONS)


def prune(deployment: Deployment) -> None:
    """Remove it."""
    remove_all([find(deployment)], YES, lambda _: find(deployment)[1])


def left(deployment: Deployment) -> list[str]:
    """Return the stacks of the region that left, the identities there, and its records."""
    places = [place.client("cloudformation", GONE) for place in (deployment.world, deployment.zone_world)]
    stacks = [stack["StackName"] for place in places for stack in place.describe_stacks()["Stacks"]]
    listed = deployment.world.client("sesv2", GONE).list_email_identities()["EmailIdentities"]
    return [*stacks, *(identity["IdentityName"] for identity in listed)]


def tokens(deployment: Deployment) -> set[str]:
    """Return the names of DKIM records in the zone."""
    return {name for name, _ in deployment.records() if "._domainkey." in name}


@pytest.mark.parametrize(("form", "policy"), [("individual", "retain"), ("grouped", "destroy")])
def test_a_region_that_left_goes_in_both_accounts(world: World, form: str, policy: str) -> None:
    """The stacks first, those with identities before the others; then what they retained, in the zone too."""
    leaving = Deployment(world, zone_account=world.neighbour)
    leaving.made(form, regions=list(REGIONS), removal_policy=policy)
    leaving.keys["regions"] = ["us-east-1"]
    _, orphans = find(leaving)
    assert [one.stack.name.removeprefix("mailproof-prod-") for one in orphans.stacks] == [
        f"ses-{GONE}",
        f"dns-{leaving.zone_account}-{GONE}",
    ]
    assert (len(tokens(leaving)), orphans.notes, orphans.unanswered) == (6, [], [])
    prune(leaving)
    assert (left(leaving), len(tokens(leaving))) == ([], 3)
    assert leaving.drifts() == []
    assert list(all_lines(find(leaving)[1])) == []


def test_a_domain_that_left_goes_with_its_records_in_the_zone(world: World) -> None:
    """Its stacks stay: they hold other domains."""
    gone = f"gone.{world.zone}"
    leaving = Deployment(world, zone_account=world.neighbour)
    leaving.made(domains=[{"name": world.zone}, {"name": gone}])
    leaving.keys["domains"] = [{"name": world.zone}]
    leaving.update()
    [orphan] = find(leaving)[1].found
    assert (orphan.domain, len(orphan.records), orphan.kept) == (gone, 5, ())
    prune(leaving)
    assert not any(gone in name for name, _ in leaving.records())
    assert len(tokens(leaving)) == 3


def test_a_closed_account_is_said_and_stops_nothing_else(leaving: Deployment) -> None:
    """What has records there stays, since nobody could look; the stack of the own account goes."""
    leaving.world.aws.add_fault(service="cloudformation", account=leaving.zone_account, code="AccessDenied")
    _, orphans = find(leaving)
    assert len(orphans.stacks) == 1
    [line, *_] = orphans.closed
    assert f"could not ask the stacks of {leaving.zone_account}" in line
    assert f"--profile {leaving.zone_account}=NAME" in line
    prune(leaving)
    leaving.world.aws.clear_faults()
    assert left(leaving) == [f"mailproof-prod-dns-{leaving.zone_account}-{GONE}", leaving.world.zone]
    prune(leaving)
    assert (left(leaving), len(tokens(leaving))) == ([], 3)


def test_a_record_that_a_stack_may_hold_there_stays(leaving: Deployment) -> None:
    """If the stacks of the account cannot be read to the end, nobody knows."""
    operation = {"service": "cloudformation", "operation": "ListStackResources", "code": "AccessDenied"}
    prune_stacks_only(leaving)
    leaving.world.aws.add_fault(**operation, account=leaving.zone_account)
    _, orphans = find(leaving)
    assert (orphans.found, orphans.unanswered, len(orphans.closed)) == ([], [], 1)
    [note] = orphans.notes
    assert note.endswith(f"stays: its records are in {leaving.zone_account}, which could not be asked")


def prune_stacks_only(leaving: Deployment) -> None:
    """Remove the stacks alone, as a command does that is interrupted then."""
    leaving.world.aws.add_fault(
        service="sesv2", operation="DeleteEmailIdentity", account=leaving.world.account, code="X"
    )
    with pytest.raises(CommandError):
        prune(leaving)
    leaving.world.aws.clear_faults()
    assert left(leaving) == [leaving.world.zone]


def test_records_that_may_not_be_deleted_are_left_with_the_command(leaving: Deployment) -> None:
    """The roles of the CDK may not change records; the identity goes first, so that no mail is signed with them."""
    leaving.world.aws.add_fault(
        service="route53", operation="ChangeResourceRecordSets", account=leaving.zone_account, code="AccessDenied"
    )
    with pytest.raises(CommandError) as caught:
        prune(leaving)
    assert caught.value.exit_code == 1
    text = str(caught.value)
    assert "aws route53 change-resource-record-sets" in text
    assert f"with credentials of {leaving.zone_account}, as --profile NAME of the AWS CLI gives: aws" in text
    assert (left(leaving), len(tokens(leaving))) == ([], 6)


def test_interrupted_at_every_change_it_goes_on(leaving: Deployment) -> None:
    """Throttled once at each call that changes something."""
    ends = []
    for number in itertools.count(1):

        def clients(_: Environment, number: int = number) -> Clients:
            return LocalClients(leaving.world, throttle_at=number)

        [account] = accounts_of([leaving.environment], clients, ZoneAccounts(Bootstraps()))
        found = find_orphaned_identities(account, [leaving.environment])
        if not list(all_lines(found)):
            break
        try:
            remove_all(
                [(account, found)], YES, lambda account: find_orphaned_identities(account, [leaving.environment])
            )
        except CommandError as err:
            ends.append(err.exit_code)
    assert left(leaving) == []


def _look(deployment: Deployment, *former: str) -> OrphanedIdentities:
    files = [deployment.environment]
    zones = ZoneAccounts(Bootstraps(), former)
    [account] = accounts_of(files, lambda _: LocalClients(deployment.world), zones)
    return find_orphaned_identities(account, files, REGIONS)


def test_an_account_that_left_all_files_is_known_by_what_it_may_read_and_else_by_its_name(world: World) -> None:
    """As long as the deployed stacks have the role for it; the plan tells the same, and the command with its name."""
    left = world.neighbour
    leaving = Deployment(world, zone_account=left).made()
    leaving.zone_account = ""
    leaving.keys["domains"] = [{"name": f"other.{world.zone}"}]
    names = [f"mailproof-prod-dns-{left}", f"mailproof-prod-dns-{left}-us-east-1"]
    assert [stack.stack.name for stack in _look(leaving).stacks] == []
    assert sorted(stack.stack.name for stack in _look(leaving, left).stacks) == names
    trust = {"Statement": [{"Principal": {"AWS": {"Fn::Sub": f"arn:${{AWS::Partition}}:iam::{left}:role/x"}}}]}
    role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust}}
    world.deploy({"Reader": role}, stack="mailproof-prod-ses-us-east-1-b")
    assert sorted(stack.stack.name for stack in _look(leaving).stacks) == [*names, "mailproof-prod-ses-us-east-1-b"]
    files = [leaving.environment]
    lines = list(find_orphaned_stacks(files, lambda _: LocalClients(world), Bootstraps()).lines())
    told = [line for line in lines if "mailproof-prod-dns-" in line]
    assert len(told) == len(names)
    assert all(line.endswith(f"mailproof prune --environment prod --account {left} --remove") for line in told)
    world.aws.add_fault(service="cloudformation", account=left, code="AccessDenied")
    assert f"--account {left} --profile {left}=NAME" in _look(leaving).closed[0]
