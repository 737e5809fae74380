"""Own keys of domains, made once in each process: one takes a tenth of a second."""

import functools
import itertools

import pytest

from mailproof.live.aws.secrets import PrivateKey
from mailproof.own_keys.make_key import generate_key

COUNT = 8  # more than any test has at once
_turn = itertools.cycle(range(COUNT))


def keep_keys(patch: pytest.MonkeyPatch) -> None:
    """Have commands that run in this process take the next of a few keys where they make one."""
    patch.setattr("mailproof.own_keys.make_key.generate_key", lambda: _made(next(_turn)))


@functools.cache
def _made(_number: int) -> tuple[PrivateKey, str]:
    return generate_key()
