"""The emulator, with one deployed environment per test."""

from collections.abc import Iterator

import pytest

from tests.localaws.conftest import local_aws, world
from tests.localaws.world import World
from tests.repair.deployment import Deployment

__all__ = ["local_aws", "world"]


@pytest.fixture
def deployment(world: World) -> Iterator[Deployment]:
    """An environment that is not deployed yet."""
    made = Deployment(world)
    yield made
    made.close()
