"""The world of the tests of adopting, with no pauses between looks at CloudFormation."""

import pytest

from tests.adopt.conftest import world as adopt_world
from tests.adopt.world import AdoptWorld
from tests.few_regions import leave_regions
from tests.move.moving import Moving

__all__ = ["adopt_world"]


@pytest.fixture
def moving(adopt_world: AdoptWorld, monkeypatch: pytest.MonkeyPatch) -> Moving:
    """An account that no other test uses."""
    monkeypatch.setattr("mailproof.change.rest.POLL_S", 0.02)
    leave_regions(monkeypatch, "eu-west-1", "us-east-1")
    return Moving(adopt_world)
