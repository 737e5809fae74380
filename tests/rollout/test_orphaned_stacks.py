"""What has left the files while its stack still stands, told from a CloudFormation made of dictionaries."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
from botocore.exceptions import ClientError

from mailproof.check.orphaned_stacks import OrphanedStack, OrphanedStacks, find_in_account, find_orphaned_stacks
from mailproof.live.answer import AwsAnswer, NotFound
from mailproof.live.aws.clients import Clients, Target
from mailproof.model.command_lines import move_command, prune_command
from mailproof.model.domain import Zone
from mailproof.model.environment import Environment
from mailproof.model.placement import plan_stacks
from mailproof.model.resources import identity_id
from mailproof.template.bootstrap import Bootstraps
from tests.rollout.world import PROD, load

T = TypeVar("T")
Stacks = dict[str, dict[str, tuple[str, ...]]]
"""Region to stack name to domains of its identities."""

WANTED: Stacks = {
    "us-east-1": {"mailproof-prod-ses-us-east-1": ("example.com", "example.org"), "mailproof-prod-dns": ()},
    "eu-west-1": {"mailproof-prod-ses-eu-west-1": ("example.com", "example.org")},
    "eu-central-2": {"mailproof-prod-ses-eu-central-2": ("example.com",)},
}


class FakeAws:
    """Credentials of one account, and the stacks that it has; a region may refuse."""

    def __init__(self, stacks: Stacks, account: str = "222222222222", **refusals: str) -> None:
        self.stacks = stacks
        self.account = account
        self.refusals = {region.replace("_", "-"): code for region, code in refusals.items()}
        self.region = ""
        self.protected: frozenset[str] = frozenset()
        self.descriptions: dict[str, str] = {}

    def client(self, service: str, region: str) -> Any:
        """Return the client of a region."""
        assert service in {"sts", "cloudformation"}
        made = FakeAws(self.stacks, self.account)
        made.region, made.refusals, made.protected = region, self.refusals, self.protected
        made.descriptions = self.descriptions
        return made

    def get_caller_identity(self) -> dict[str, str]:
        """Say whose credentials these are."""
        return {"Account": self.account}

    def get_template(self, StackName: str) -> dict[str, Any]:  # noqa: N803 -- boto3's
        """Return a template with the identities, and with the records, of a stack."""
        return {"TemplateBody": {"Resources": dict(map(_resource, self.stacks[self.region][StackName]))}}

    def get_paginator(self, operation: str) -> "FakePages":
        """Return the pages of a list, or what the region refuses with."""
        if code := self.refusals.get(self.region):
            raise ClientError({"Error": {"Code": code, "Message": "no"}}, operation)
        return FakePages(self.stacks.get(self.region, {}), self.protected, self.descriptions)


class OwnAlone(Clients):
    """Clients of one account; in every other there is nothing."""

    def ask(self, service: str, target: Target, call: Callable[[Any], T]) -> AwsAnswer[T]:
        """Call a service."""
        return super().ask(service, target, call) if target.account == self.account(target.region) else NotFound()


def _resource(words: str) -> tuple[str, dict[str, Any]]:
    """Return an identity, of ``TXT _dmarc.example.com`` a record set, of ``DKIM IdentityX`` one of another stack."""
    kind, _, name = words.rpartition(" ")
    logical_id = "".join(filter(str.isalnum, words))
    if not kind:
        return logical_id, {"Type": "AWS::SES::EmailIdentity", "Properties": {"EmailIdentity": name}}
    if kind == "ROLE":
        return logical_id, {"Type": "AWS::IAM::Role"}
    if kind == "DKIM":
        output = {"StackName": "other", "OutputName": f"ExportsOutputFnGetAtt{name}DkimDNSTokenName15E6F"}
        record = {"Name": {"Fn::GetStackOutput": output}, "Type": "CNAME", "HostedZoneId": "ZORG"}
        return logical_id, {"Type": "AWS::Route53::RecordSet", "Properties": record}
    record = {"Name": f"{name}.", "Type": kind, "HostedZoneId": "ZCOM"}
    return logical_id, {"Type": "AWS::Route53::RecordSet", "Properties": record}


class FakePages:
    """Pages of stacks, one per page."""

    def __init__(
        self, stacks: dict[str, tuple[str, ...]], protected: frozenset[str], descriptions: dict[str, str]
    ) -> None:
        self.stacks = stacks
        self.protected = protected
        self.descriptions = descriptions

    def paginate(self) -> Iterator[dict[str, Any]]:
        """Yield all stacks."""
        for stack in self.stacks:
            more: dict[str, Any] = {"EnableTerminationProtection": stack in self.protected}
            if stack in self.descriptions:
                more["Description"] = self.descriptions[stack]
            yield {"Stacks": [{"StackName": stack, "StackStatus": "UPDATE_COMPLETE", **more}]}


@pytest.fixture
def prod(environments: list[Environment]) -> Environment:
    """The environment prod."""
    return next(environment for environment in environments if environment.name == "prod")


def ask(environment: Environment, aws: FakeAws) -> OrphanedStacks:
    """Look for what one environment has left behind."""
    return find_orphaned_stacks([environment], lambda _: OwnAlone(aws), Bootstraps())  # type: ignore[arg-type]


def test_what_the_file_has_is_not_orphaned(prod: Environment) -> None:
    """Nor is a stack of somebody else's."""
    others = {"CDKToolkit": (), "mailproof-pipeline": ()}
    stacks = WANTED | {"us-east-1": WANTED["us-east-1"] | others}
    assert ask(prod, FakeAws(stacks)) == OrphanedStacks()


def test_an_address_that_the_file_has_is_not_orphaned(tmp_path: Path) -> None:
    """Where it is; one that has left the file is."""
    prod = PROD.replace("{name: example.com,", "{name: example.com, addresses: [Joe],")
    environments = load(tmp_path, prod=prod)
    held = (*WANTED["us-east-1"]["mailproof-prod-ses-us-east-1"], "Joe@example.com", "ann@example.com")
    stacks = WANTED | {"us-east-1": {"mailproof-prod-ses-us-east-1": held, "mailproof-prod-dns": ()}}
    [found] = ask(environments[-1], FakeAws(stacks)).found
    assert (found.domains, found.wanted) == (("ann@example.com",), ())


@pytest.mark.parametrize(("dmarc", "held"), [("{alias: _dmarc.example.org}", "TXT"), ("{policy: none}", "CNAME")])
def test_what_stands_where_the_file_has_another_type_is_not_orphaned(tmp_path: Path, dmarc: str, held: str) -> None:
    """A deletion of its stack would leave the name empty."""
    [*_, environment] = load(tmp_path, prod=PROD.replace("{policy: reject}", dmarc))
    stacks = WANTED | {"ap-south-1": {"mailproof-prod-dns": (f"{held} _dmarc.example.com",)}}
    [found] = ask(environment, FakeAws(stacks)).found
    assert found.wanted == (f"{held} record '_dmarc.example.com' in zone ZCOM",)
    assert "prune" not in found.todo


def test_a_region_that_left_is_named(prod: Environment) -> None:
    """With the domains that its stack holds, and the command that looks again before it deletes."""
    stacks = WANTED | {"ap-south-1": {"mailproof-prod-ses-ap-south-1": ("example.com",)}}
    [found] = ask(prod, FakeAws(stacks)).found
    assert (found.environment, found.domains, found.is_whole) == ("prod", ("example.com",), True)
    assert str(found) == (
        "prod: stack mailproof-prod-ses-ap-south-1 in ap-south-1 left the files, still holds example.com; "
        f"mailproof prune --environment prod --remove --environments {Path(prod.path).parent}"
    )
    [usual] = ask(replace(prod, path="environments/prod.yaml"), FakeAws(stacks)).found
    assert usual.todo == "mailproof prune --environment prod --remove"


def test_records_alone_are_named(prod: Environment) -> None:
    """Of a stack without identities."""
    stacks = WANTED | {"ap-south-1": {"mailproof-prod-ses-ap-south-1": ("TXT _dmarc.old.example",)}}
    [found] = ask(prod, FakeAws(stacks)).found
    assert "still holds TXT record '_dmarc.old.example' in zone ZCOM; " in str(found)


DMARC = "TXT _dmarc.example.com"


def test_what_serves_all_regions_stays_where_it_lives(prod: Environment) -> None:
    """After the order of the regions changed the plan has the stack elsewhere: one line, which deletes nothing."""
    stacks: Stacks = {"eu-central-2": {"mailproof-prod-dns": (DMARC,)}}
    orphaned = ask(prod, FakeAws(stacks))
    [found] = orphaned.in_the_way_of(prod)
    assert str(found) == (
        "prod: stack mailproof-prod-dns in eu-central-2 holds what 'prod' asks for, "
        f"TXT record '_dmarc.example.com' in zone ZCOM; write `dns_region: eu-central-2` in {prod.path}, "
        f"and the records that serve all regions stay where they are; or run `{move_command(prod)}`: "
        "this moves it to where the file puts it, without a gap"
    )
    assert orphaned.left_by(prod) == []


@pytest.mark.parametrize(
    ("zone", "whose"), [((None, None), "another provider's"), (("ZNEW", "999988887777"), "another hosted zone")]
)
def test_a_stack_of_a_zone_that_is_left_is_not_in_the_way(
    prod: Environment, zone: tuple[str | None, str | None], whose: str
) -> None:
    """No deployment makes its records a second time; they may be asked still, so it is kept for a while."""
    zones = {name: Zone(name, *zone) for name in prod.zones}
    domains = tuple(replace(domain, zone=zones[domain.zone.name]) for domain in prod.domains)
    orphaned = ask(
        replace(prod, zones=zones, domains=domains), FakeAws({"us-east-1": {"mailproof-prod-dns": (DMARC,)}})
    )
    assert orphaned.in_the_way_of(prod) == orphaned.left_by(prod) == []
    [found] = orphaned.found
    assert f"its zone is {whose} in the file; once no resolver asks this hosted zone any more" in str(found)


ZONE_ACCOUNT = "333333333333"  # of example.org


def in_zone_account(environments: Sequence[Environment], aws: FakeAws) -> list[OrphanedStack]:
    """Look in the account of a zone, by the roles of the stacks there."""
    clients = Clients(aws)  # type: ignore[arg-type]
    return list(find_in_account(environments, clients, Target(ZONE_ACCOUNT, "us-east-1")).found)


@pytest.mark.parametrize("kept", ["us-east-1", "eu-west-1"])
def test_dkim_in_the_account_of_a_zone_is_known_by_its_identity(prod: Environment, kept: str) -> None:
    """Its name is read from a stack in another account, and the logical id of the identity is all that tells whose."""
    name = f"mailproof-old-dns-{ZONE_ACCOUNT}-{kept}"
    aws = FakeAws({kept: {name: (f"DKIM {identity_id('example.org')}",)}}, account=ZONE_ACCOUNT)
    [found] = in_zone_account([prod], aws)
    assert (found.asked_for_by, found.is_whole) == (("prod",), True)
    assert "delete" not in str(found)


def test_a_stack_left_in_the_account_of_a_zone_belongs_to_its_environment(prod: Environment) -> None:
    """Prune looks there, with the roles of the CDK; a protection it lifts itself."""
    name = f"mailproof-prod-dns-{ZONE_ACCOUNT}-ap-south-1"
    aws = FakeAws({"ap-south-1": {name: (f"DKIM {identity_id('example.org')}",)}}, account=ZONE_ACCOUNT)
    aws.protected = frozenset({name})
    [found] = in_zone_account([prod], aws)
    assert found.todo == prune_command(prod, "--environment", "prod", "--remove")


def test_a_stack_that_a_move_has_emptied_is_named(prod: Environment) -> None:
    """The same move deletes it, and so does prune; the role by which others read its outputs is nothing to keep."""
    aws = FakeAws(
        WANTED
        | {"us-east-1": {**WANTED["us-east-1"], "mailproof-prod-ses-us-east-1-old": ("ROLE PublishGetStackOutput",)}}
    )
    [found] = ask(prod, aws).found
    assert str(found) == (
        "prod: stack mailproof-prod-ses-us-east-1-old in us-east-1 left the files, still holds no identity and no "
        f"record; `{move_command(prod)}`, run again, deletes what an interrupted move has emptied, and so does "
        f"{prune_command(prod, '--environment', 'prod', '--remove')}"
    )


def test_a_name_that_is_asked_for_in_another_account_stays(prod: Environment) -> None:
    """A zone of the same name there is another zone: nobody knows which one resolvers ask."""
    old = FakeAws({"eu-west-1": {"mailproof-old-ses-eu-west-1": ("TXT _dmarc.example.com",)}}, account="555555555555")
    other = replace(prod, name="other", account="555555555555", domains=())
    found = find_in_account([prod, other], Clients(old), Target(other.account, "us-east-1"))  # type: ignore[arg-type]
    [stack] = found.found
    assert stack.todo == f"keep the stack as long as anybody asks for that there: {prod.path} has it in another account"


def test_a_file_with_another_name_is_a_renaming(prod: Environment) -> None:
    """What is deployed keeps the old name, if the file says it."""
    old = FakeAws({"eu-west-1": {"mailproof-old-ses-eu-west-1": ("example.com",)}})
    [found] = ask(prod, old).in_the_way_of(prod)
    assert found.todo == (
        "'old' is deployed, has no file, and its domains are now in 'prod': "
        f"if the file was renamed, write `deployed_as: old` in {prod.path}, "
        f"or run `{move_command(prod)}`: this moves it to where the file puts it, without a gap"
    )
    assert ask(replace(prod, deployed_as="old"), old) == OrphanedStacks()


def test_domains_that_join_a_deployed_environment_are_no_renaming(prod: Environment) -> None:
    """It has stacks of its own, and one name alone."""
    old: Stacks = {"eu-west-1": {"mailproof-old-ses-eu-west-1": ("example.com",)}}
    there: Stacks = {"us-east-1": {"mailproof-prod-ses-us-east-1": ("example.com",)}}
    [found] = ask(prod, FakeAws(old | there)).in_the_way_of(prod)
    assert found.todo.startswith("keep the stack")


def test_a_name_is_the_same_however_a_template_writes_it(prod: Environment) -> None:
    """Else a stack that holds a live identity would be taken for one that may go."""
    [found] = ask(prod, FakeAws(WANTED | {"eu-west-1": {"mailproof-old-ses-eu-west-1": ("EXAMPLE.com.",)}})).found
    assert found.asked_for_by == ("prod",)


def test_a_stack_of_an_environment_without_a_file_is_shown(prod: Environment) -> None:
    """Its file may be in another folder: what deletes it has to be asked for by name."""
    [found] = ask(prod, FakeAws(WANTED | {"eu-north-1": {"mailproof-old-ses-eu-north-1": ("x.example",)}})).found
    assert "environment 'old' has no file here" in str(found)
    assert "delete-stack" not in str(found)


@pytest.mark.parametrize("environment", ["prod-ses", "prod-dns", "prod-ses-us-east-1"])
@pytest.mark.parametrize("is_known", [True, False], ids=["known", "of another folder"])
def test_a_stack_of_an_environment_with_a_longer_name_is_not_named(
    prod: Environment, environment: str, *, is_known: bool
) -> None:
    """Nobody is to delete it, whether its file is read or lies elsewhere."""
    other = replace(prod, name=environment)
    stacks: Stacks = {"ap-south-1": {f"mailproof-{environment}-ses-ap-south-1": ()}}
    for plan in plan_stacks(other):
        stacks.setdefault(plan.id.region, dict(WANTED.get(plan.id.region, {})))[plan.id.stack_name] = ()
    aws = FakeAws(WANTED | stacks)
    files = [prod, other] if is_known else [prod]
    found = find_orphaned_stacks(files, lambda _: OwnAlone(aws), Bootstraps())  # type: ignore[arg-type]
    assert [stack for stack in found.found if stack.environment == "prod"] == []


def test_a_stack_that_looks_like_one_of_another_environment_is_its_own(prod: Environment) -> None:
    """The plan says whose it is, and what it should hold."""
    named = replace(prod, domains=tuple(replace(domain, stack="dns") for domain in prod.domains))
    holding = ("example.com", "example.org", "old.example.com")
    found = ask(named, FakeAws({"eu-west-1": {"mailproof-prod-ses-eu-west-1-dns": holding}}))
    assert [stack.domains for stack in found.found] == [("old.example.com",)]


@pytest.mark.parametrize("group", ["dns", "eu-west-1", "2"])
@pytest.mark.parametrize(
    ("held", "description"),
    [(("example.com",), ""), ((), "Sending domains of prod in eu-west-1")],
    ids=["its identities tell", "its description tells"],
)
def test_a_group_that_left_is_named(prod: Environment, group: str, held: tuple[str, ...], description: str) -> None:
    """Also one whose stack has a name that the DNS stack of another environment could have."""
    name = f"mailproof-prod-ses-eu-west-1-{group}"
    aws = FakeAws(WANTED | {"eu-west-1": WANTED["eu-west-1"] | {name: held}})
    aws.descriptions = {name: description}
    assert [(stack.stack_name, stack.is_whole) for stack in ask(prod, aws).found] == [(name, True)]


def test_a_description_tells_whose_a_stack_is(prod: Environment) -> None:
    """The DNS stack of ``prod-dns``, whose file is elsewhere, is not taken for the group ``dns`` of ``prod``."""
    aws = FakeAws(WANTED | {"us-east-1": WANTED["us-east-1"] | {"mailproof-prod-dns-dns": ()}})
    aws.descriptions = {"mailproof-prod-dns-dns": "DNS records of the sending domains of prod-dns"}
    assert [stack.environment for stack in ask(prod, aws).found] == ["prod-dns"]
    aws.descriptions = {"mailproof-prod-dns-dns": "DNS records of the sending domains of prod"}
    assert [stack.stack_name for stack in ask(prod, aws).found] == ["mailproof-prod-dns-dns"]


def test_a_domain_that_left_is_named(prod: Environment) -> None:
    """Its stack stays; the next deployment takes it out."""
    stacks = WANTED | {"eu-central-2": {"mailproof-prod-ses-eu-central-2": ("example.com", "old.example.com")}}
    [found] = ask(prod, FakeAws(stacks)).found
    assert (found.domains, found.is_whole) == (("old.example.com",), False)
    assert "still holds old.example.com, not in the file" in str(found)


@pytest.mark.parametrize("code", ["InvalidClientTokenId", "UnrecognizedClientException"])
def test_a_region_that_is_not_switched_on_holds_nothing(prod: Environment, code: str) -> None:
    """Unless the file names it: then nobody knows."""
    assert ask(prod, FakeAws(WANTED, af_south_1=code)) == OrphanedStacks()
    found = ask(prod, FakeAws(WANTED, eu_central_2=code))
    (line,) = found.unanswered
    assert line.startswith(f"prod: could not ask CloudFormation in eu-central-2: {code} (no); ")
    assert "aws account enable-region --region-name eu-central-2" in line


def test_a_region_that_refuses_is_not_asked(prod: Environment) -> None:
    """That is told from nothing being left there; the other regions are asked all the same."""
    stacks = WANTED | {"ap-south-1": {"mailproof-prod-ses-ap-south-1": ()}}
    found = ask(prod, FakeAws(stacks, sa_east_1="AccessDenied"))
    assert found.unanswered == ("prod: could not ask CloudFormation in sa-east-1: AccessDenied (no)",)
    assert [stack.region for stack in found.found] == ["ap-south-1"]


def test_credentials_of_another_account_are_not_used(prod: Environment) -> None:
    """Its stacks would be taken for orphaned ones."""
    found = ask(prod, FakeAws({"us-east-1": {"mailproof-prod-ses-x": ()}}, account="999999999999"))
    assert found.found == ()
    assert "wrong account (the credentials belong to 999999999999" in found.unanswered[0]
