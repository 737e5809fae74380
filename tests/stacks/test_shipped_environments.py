"""The templates of the environments that the project ships."""

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from mailproof.environments import load_environments
from mailproof.model.environment import Environment
from mailproof.model.placement import plan_stacks
from tests.stacks.assembly import Assembly
from tests.stacks.conftest import PROJECT
from tests.stacks.published import expected, identities, published_records

SHIPPED = [
    plan.id.path for environment in load_environments(PROJECT / "environments") for plan in plan_stacks(environment)
]


def test_every_planned_stack_is_synthesised(shipped_assembly: Assembly) -> None:
    """What the plan says is what there is to deploy."""
    assert set(SHIPPED) == set(shipped_assembly)


def test_records_are_those_that_the_domains_need(shipped: list[Environment], shipped_assembly: Assembly) -> None:
    """For every domain and region, over all templates: nothing more, nothing less, nothing twice."""
    assert expected(shipped) == published_records(shipped_assembly)


def test_identities_are_those_of_the_files(shipped: list[Environment], shipped_assembly: Assembly) -> None:
    """One a domain and region, and one an address and region, in the account of its environment."""
    wanted = [(one.account, region, domain.name) for one in shipped for domain, region in one.identities()]
    wanted += [(one.account, region, address.name) for one in shipped for _, address, region in one.addresses()]
    assert sorted(wanted) == [identity[:3] for identity in identities(shipped_assembly)]


@pytest.mark.parametrize("path", SHIPPED, ids=[path.replace("/", "-") for path in SHIPPED])
def test_template(path: str, shipped_assembly: Assembly, snapshot: SnapshotAssertion) -> None:
    """Any change to what is deployed shows in a review; logical ids above all must not move."""
    assert snapshot.use_extension(JSONSnapshotExtension) == shipped_assembly[path].template
