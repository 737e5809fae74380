"""The emulator, with an account, a zone and a folder of environment files per test."""

from pathlib import Path

import pytest

from tests.localaws.conftest import local_aws, world
from tests.localaws.world import World
from tests.own_keys.sender import Sender

__all__ = ["local_aws", "world"]


@pytest.fixture
def sender(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sender:
    """A domain in two regions that is to sign with a key of its own, not deployed yet."""
    for name, value in world.aws.environment(world.account).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("MAILPROOF_RESOLVER", world.aws.dns)
    return Sender(world, tmp_path / "environments").written("{key: own}")
