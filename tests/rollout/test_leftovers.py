"""What has left the files while its stack still stands, told from a CloudFormation made of dictionaries."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mailproof.rollout.leftovers import Leftover, Leftovers, find_leftovers
from mailproof.spec.environment import Environment

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

    def client(self, service: str, region: str) -> Any:
        """Return the client of a region."""
        assert service in {"sts", "cloudformation"}
        made = FakeAws(self.stacks, self.account)
        made.region, made.refusals = region, self.refusals
        return made

    def get_caller_identity(self) -> dict[str, str]:
        """Say whose credentials these are."""
        return {"Account": self.account}

    def get_paginator(self, operation: str) -> "FakePages":
        """Return the pages of a list, or what the region refuses with."""
        if code := self.refusals.get(self.region):
            raise ClientError({"Error": {"Code": code, "Message": "no"}}, operation)
        return FakePages(self.stacks.get(self.region, {}))


class FakePages:
    """Pages of stacks or of resources, one item a page."""

    def __init__(self, stacks: dict[str, tuple[str, ...]]) -> None:
        self.stacks = stacks

    def paginate(self, **arguments: str) -> Iterator[dict[str, Any]]:
        """Yield the resources of a stack, or all stacks."""
        if name := arguments.get("StackName"):
            for domain in self.stacks[name]:
                resource = {"ResourceType": "AWS::SES::EmailIdentity", "PhysicalResourceId": domain}
                yield {"StackResourceSummaries": [resource | {"ResourceStatus": "CREATE_COMPLETE"}]}
        else:
            for stack in self.stacks:
                yield {"StackSummaries": [{"StackName": stack, "StackStatus": "UPDATE_COMPLETE"}]}


@pytest.fixture
def prod(environments: list[Environment]) -> Environment:
    """The environment prod."""
    return next(environment for environment in environments if environment.name == "prod")


def ask(environment: Environment, aws: FakeAws) -> Leftovers:
    """Look for what one environment has left behind."""
    return find_leftovers([environment], lambda _: aws)  # type: ignore[arg-type, return-value]


def test_what_the_file_has_is_no_leftover(prod: Environment) -> None:
    """Nor is a stack of somebody else's, or of an environment whose name begins alike."""
    others = {"mailproof-prod-eu-ses-us-east-1": ("a.example",), "CDKToolkit": (), "mailproof-pipeline": ()}
    stacks = WANTED | {"us-east-1": WANTED["us-east-1"] | others}
    assert ask(prod, FakeAws(stacks)) == Leftovers()


def test_a_region_that_left_is_named(prod: Environment) -> None:
    """With the domains that its stack holds, and the command that deletes it."""
    stacks = WANTED | {"ap-south-1": {"mailproof-prod-ses-ap-south-1": ("example.com",)}}
    [found] = ask(prod, FakeAws(stacks)).found
    assert found == Leftover("prod", "ap-south-1", "mailproof-prod-ses-ap-south-1", ("example.com",), is_whole=True)
    assert str(found) == (
        "prod: mailproof-prod-ses-ap-south-1 in ap-south-1 left the file, still holds example.com; "
        "aws cloudformation delete-stack --region ap-south-1 --stack-name mailproof-prod-ses-ap-south-1"
    )


def test_a_domain_that_left_is_named(prod: Environment) -> None:
    """Its stack stays; the next deployment takes it out."""
    stacks = WANTED | {"eu-central-2": {"mailproof-prod-ses-eu-central-2": ("example.com", "old.example.com")}}
    [found] = ask(prod, FakeAws(stacks)).found
    assert (found.domains, found.is_whole) == (("old.example.com",), False)
    assert "still holds old.example.com, not in the file" in str(found)


@pytest.mark.parametrize("code", ["InvalidClientTokenId", "UnrecognizedClientException"])
def test_a_region_that_is_not_switched_on_holds_nothing(prod: Environment, code: str) -> None:
    """Unless the file names it: then nobody knows."""
    assert ask(prod, FakeAws(WANTED, af_south_1=code)) == Leftovers()
    found = ask(prod, FakeAws(WANTED, eu_central_2=code))
    assert found.unanswered == (f"prod: could not ask CloudFormation in eu-central-2: {code} (no)",)


def test_a_region_that_refuses_is_not_asked(prod: Environment) -> None:
    """That is told from nothing being left there; the other regions are asked all the same."""
    stacks = WANTED | {"ap-south-1": {"mailproof-prod-ses-ap-south-1": ()}}
    found = ask(prod, FakeAws(stacks, sa_east_1="AccessDenied"))
    assert found.unanswered == ("prod: could not ask CloudFormation in sa-east-1: AccessDenied (no)",)
    assert [leftover.region for leftover in found.found] == ["ap-south-1"]


def test_credentials_of_another_account_are_not_used(prod: Environment) -> None:
    """Its stacks would be taken for leftovers."""
    found = ask(prod, FakeAws({"us-east-1": {"mailproof-prod-ses-x": ()}}, account="999999999999"))
    assert found.found == ()
    assert "wrong account (the credentials belong to 999999999999" in found.unanswered[0]
