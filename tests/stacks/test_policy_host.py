"""What serves an MTA-STS policy, as it is deployed."""

import pytest

from mailproof.environments import load_environments
from mailproof.model.placement import plan_stacks, tags_bytes
from mailproof.model.policy_host import TAGGED
from tests.stacks.assembly import Assembly, SynthesisedStack
from tests.stacks.conftest import PROJECT

PATH = "prod/dns-999988887777"
FRAME_BYTES = 750  # what every template has, whatever it holds


@pytest.fixture
def stack(receiving_assembly: Assembly) -> SynthesisedStack:
    """The stack in the account of the zone."""
    return receiving_assembly[PATH]


def test_all_of_it_is_tagged_and_kept(stack: SynthesisedStack) -> None:
    """As everything else of a stack."""
    tagged = stack.resources(*TAGGED).values()
    assert len(tagged) == 4
    assert all(resource["Properties"]["Tags"] == [{"Key": "cost-centre", "Value": "mail"}] for resource in tagged)
    assert {resource["DeletionPolicy"] for resource in stack.resources().values()} == {"RetainExceptOnCreate"}


def test_it_weighs_what_the_template_has(stack: SynthesisedStack) -> None:
    """The quotas of a stack are counted before it is made."""
    [environment] = load_environments(PROJECT / "examples" / "receiving")
    [plan] = [plan for plan in plan_stacks(environment) if plan.id.path == PATH]
    weights = [item.weigh(tags_bytes(environment)) for item in plan.items]
    assert sum(weight.resources for weight in weights) == len(stack.resources())
    assert len(stack.text) - FRAME_BYTES < sum(weight.bytes for weight in weights) < 7 / 6 * len(stack.text)
