"""A further kind of item: what it takes to have one in the stacks of an environment."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from mailproof.model import stack_item
from mailproof.model.domain import SendingDomain
from mailproof.model.environment import Environment
from mailproof.model.logical_ids import logical_id
from mailproof.model.placement import plan_stacks
from mailproof.model.resources import Resources
from mailproof.model.stack_item import DkimSource, Weight
from tests.stacks.assembly import read_environment, synthesise

FILE = """
account: "111122223333"
regions: [us-east-1, eu-west-1]
tags: {team: mail}
zones: {example.com: {id: Z0COM}}
domains:
  - name: example.com
  - {name: news.example.com, regions: [eu-west-1], stack: news}
"""
CONFIGURATION_SET, TOPIC = "AWS::SES::ConfigurationSet", "AWS::SNS::Topic"
TAGS = [{"Key": "team", "Value": "mail"}]


@dataclass(frozen=True)
class Thing:
    """One resource, of a domain or of a region."""

    type: str
    region: str
    domain: SendingDomain | None = None
    zone_account: None = None

    @property
    def key(self) -> tuple[str, ...]:
        """Its type and, if it has one, its domain."""
        return (self.type.rpartition(":")[2], *([self.domain.name] if self.domain else []))

    def weigh(self, tags_bytes: int = 0) -> Weight:
        """One resource."""
        return Weight(1, 0, 100 + tags_bytes)

    def resources(self, dkim: DkimSource) -> Resources:  # noqa: ARG002 -- of the protocol
        """One resource without properties."""
        return {logical_id(*self.key): {"Type": self.type, "Properties": {}}}


def one_per_domain(environment: Environment) -> Iterator[Thing]:
    """List a configuration set for each identity."""
    return (Thing(CONFIGURATION_SET, region, domain) for domain in environment.domains for region in domain.regions)


def one_per_region(environment: Environment) -> Iterator[Thing]:
    """List a topic for each region."""
    return (Thing(TOPIC, region) for region in environment.regions)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Environment:
    """An environment with the two kinds of item, of which one list alone knows."""
    monkeypatch.setattr(stack_item, "ITEMS", (*stack_item.ITEMS, one_per_domain, one_per_region))
    return read_environment(FILE)


def test_items_are_in_the_templates_with_tags(environment: Environment) -> None:
    """One per domain is beside the identity, one per region in the first stack of the region; each has its tags."""
    stacks = synthesise(environment)
    found = {
        (path, resource["Type"]): resource["Properties"]["Tags"]
        for path, stack in stacks.items()
        for resource in stack.resources(CONFIGURATION_SET, TOPIC).values()
    }
    assert found == {
        ("prod/ses-us-east-1", CONFIGURATION_SET): TAGS,
        ("prod/ses-us-east-1", TOPIC): TAGS,
        ("prod/ses-eu-west-1", CONFIGURATION_SET): TAGS,
        ("prod/ses-eu-west-1", TOPIC): TAGS,
        ("prod/ses-eu-west-1-news", CONFIGURATION_SET): TAGS,
    }


def test_items_are_kept_as_identities_are(environment: Environment) -> None:
    """The removal policy is that of the environment."""
    stack = synthesise(environment)["prod/ses-eu-west-1"]
    policies = {resource["DeletionPolicy"] for resource in stack.resources().values()}
    assert policies == {"RetainExceptOnCreate"}


def test_items_count_in_what_a_stack_takes(environment: Environment) -> None:
    """What is planned weighs as many resources as the template has."""
    stacks = synthesise(environment)
    for plan in plan_stacks(environment):
        assert len(stacks[plan.id.path].resources()) == sum(item.weigh().resources for item in plan.items)


def test_a_domain_needs_no_identity(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the items of a kind, the others are placed as before."""
    environment = read_environment(FILE)
    monkeypatch.setattr(stack_item, "ITEMS", (one_per_domain,))
    plans = plan_stacks(environment)
    assert [(plan.id.path, [item.key for item in plan.items]) for plan in plans] == [
        ("prod/ses-us-east-1", [("ConfigurationSet", "example.com")]),
        ("prod/ses-eu-west-1", [("ConfigurationSet", "example.com")]),
        ("prod/ses-eu-west-1-news", [("ConfigurationSet", "news.example.com")]),
    ]
    assert all(plan.identities == [] for plan in plans)
