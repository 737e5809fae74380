"""An account, a zone and an environment file of its own for each test."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailproof.localaws import LocalAws
from tests.adopt.world import AdoptWorld
from tests.few_regions import leave_regions

_numbers = itertools.count(1)


@pytest.fixture
def world(emulator: LocalAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AdoptWorld]:
    """An account that no other test uses, and its credentials; faults are taken away afterwards."""
    number = next(_numbers)
    account = f"7{number:011d}"
    for name, value in emulator.environment(account).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    leave_regions(monkeypatch, "eu-west-1", "sa-east-1", "us-east-1")
    made = AdoptWorld(emulator, account, f"ZADOPT{number:06d}", f"a{number}.example", tmp_path)
    made.write()
    yield made
    emulator.clear_faults()
