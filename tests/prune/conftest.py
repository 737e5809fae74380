"""Fixtures of an account on the embedded AWS."""

from tests.adopt.conftest import emulator, world  # noqa: F401 -- fixtures
