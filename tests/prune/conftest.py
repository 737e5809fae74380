"""Fixtures of an account on the embedded AWS."""

from tests.adopt.conftest import world  # noqa: F401 -- a fixture
