"""What the tests of constructs start from."""

import pytest
from aws_cdk import Stack

from tests.constructs_lib.synthesis import new_stack


@pytest.fixture
def stack() -> Stack:
    """An empty stack of an app of its own."""
    return new_stack()
