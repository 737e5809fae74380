"""An account and a zone of its own for each test."""

import itertools
from collections.abc import Iterator

import pytest

from mailproof.localaws import LocalAws
from tests.localaws.world import World

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def local_aws(emulator: LocalAws) -> LocalAws:
    """The emulator of the whole run."""
    return emulator


@pytest.fixture
def world(local_aws: LocalAws) -> Iterator[World]:
    """An account with a hosted zone that no other test uses; faults and the clock are put back afterwards."""
    number = next(_numbers)
    yield World(local_aws, account=f"{number:012d}", zone_id=f"ZTEST{number:06d}", zone=f"z{number}.example")
    local_aws.clear_faults()
    local_aws.clear_dns_faults()
