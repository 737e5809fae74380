"""Stacks beside the plan, also in accounts to which the plan does not go any more."""

from typing import Any

import pytest

from mailproof.rollout.surroundings import look_around
from mailproof.template.bootstrap import Bootstraps
from tests.move.conftest import adopt_world, moving
from tests.move.moving import Moving

__all__ = ["adopt_world", "moving"]


@pytest.mark.parametrize(
    ("zone", "where", "told"),
    [
        ("its account", "left", "mailproof prune --environment prod --remove"),
        ("", "left_elsewhere", "mailproof prune --environment prod --account {} --remove"),
        ("external", "left_elsewhere", "another provider's in the file; once no resolver asks"),
    ],
    ids=["the domain leaves", "its zone too", "another provider gets the zone"],
)
def test_stacks_in_the_account_of_a_zone_are_told(moving: Moving, zone: str, where: str, told: str) -> None:
    """The stacks of the identities say which account it was, until they are deployed."""
    world, other = moving.world, moving.world.neighbour
    name = moving.add_zone_account(other)
    own = {world.zone: {"id": world.zone_id}}
    theirs: dict[str, Any] = {"id": f"{world.zone_id}B", "account": other}
    moving.write({"name": world.zone}, {"name": name}, zones=own | {name: theirs})
    moving.deploy()
    zones = own | ({name: theirs if zone == "its account" else zone} if zone else {})
    moving.write({"name": world.zone}, *([{"name": name}] if zone == "external" else []), zones=zones)
    [prod] = world.environments()
    around = look_around(prod, [prod], moving.stacks(), Bootstraps(), world.clients())
    assert (around.unbootstrapped, around.in_the_way, around.unanswered) == ((), (), ())
    [stack] = getattr(around, where)
    assert stack.stack_name == f"mailproof-prod-dns-{other}-us-east-1"
    assert told.format(other) in stack.todo
    assert len(around.left) + len(around.left_elsewhere) == 1
