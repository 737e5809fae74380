"""A domain that signs its messages itself, on the emulator, and the two verifiers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.localaws.conftest import local_aws, world
from tests.localaws.world import World
from tests.own_keys.conftest import sender as own_sender
from tests.own_keys.sender import Sender
from tests.signature.verifiers import Mailauth, mailauth

__all__ = ["local_aws", "own_sender", "world"]


@pytest.fixture(scope="session")
def node() -> Iterator[Mailauth]:
    """mailauth, started once."""
    with mailauth() as verifier:
        yield verifier


@pytest.fixture
def sender(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sender:
    """A domain that signs its messages itself, deployed."""
    for name, value in world.aws.environment(world.account).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("MAILPROOF_RESOLVER", world.aws.dns)
    return Sender(world, tmp_path / "environments").written("{sign: self}").made()
