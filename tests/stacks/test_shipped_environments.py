"""The templates of the environments and examples that the project ships, and the keys that these show."""

from collections.abc import Iterator
from typing import Any, get_args

import pytest
import yaml
from pydantic import BaseModel
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from mailproof.environments import load_environments
from mailproof.model.environment import Environment
from mailproof.model.environment_file import EnvironmentPart
from mailproof.model.placement import plan_stacks
from tests.stacks.assembly import Assembly
from tests.stacks.conftest import EXAMPLES, PROJECT
from tests.stacks.published import expected, identities, published_records

SHIPPED = [
    plan.id.path for environment in load_environments(PROJECT / "environments") for plan in plan_stacks(environment)
]
SHOWN = [
    (folder.name, plan.id.path)
    for folder in EXAMPLES
    for environment in load_environments(folder)
    for plan in plan_stacks(environment)
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


@pytest.mark.parametrize(("folder", "path"), SHOWN, ids=["-".join(each).replace("/", "-") for each in SHOWN])
def test_example(folder: str, path: str, examples: dict[str, Assembly], snapshot: SnapshotAssertion) -> None:
    """The same of the examples, which hold the keys that the environments do not."""
    assert snapshot.use_extension(JSONSnapshotExtension) == examples[folder][path].template


def test_every_key_is_shown() -> None:
    """No key of an environment file is in no file that is synthesised and looked at."""
    files = [path for folder in (PROJECT / "environments", *EXAMPLES) for path in folder.glob("*.yaml")]
    parts = (EnvironmentPart.model_validate(yaml.safe_load(path.read_text(encoding="utf-8"))) for path in files)
    written = {key for part in parts for key in _written(part)}
    assert sorted(set(_keys(EnvironmentPart)) - written) == []


def _keys(kind: Any) -> Iterator[tuple[str, str]]:
    """Yield part and name of every key that a part may have, and those of the parts in it."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        for name, field in kind.model_fields.items():
            yield kind.__name__, name
            yield from _keys(field.annotation)
    for inner in get_args(kind):
        yield from _keys(inner)


def _written(value: Any) -> Iterator[tuple[str, str]]:
    """Yield part and name of every key that stands in a file."""
    if isinstance(value, BaseModel):
        for name in value.model_fields_set:
            yield type(value).__name__, name
            yield from _written(getattr(value, name))
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _written(item)
