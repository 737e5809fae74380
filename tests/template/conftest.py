"""Fixtures: the assembly of the rollout, and an account on the embedded AWS."""

from tests.adopt.conftest import world  # noqa: F401 -- a fixture
from tests.rollout.conftest import assembly, environments, folder, waves  # noqa: F401 -- fixtures
