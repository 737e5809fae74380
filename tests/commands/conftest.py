"""Fixtures of the commands that adopt and prune: an account on the embedded AWS."""

from tests.adopt.conftest import emulator, world  # noqa: F401 -- fixtures
