"""`mailproof wait` without its pauses."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from importlib import import_module
from types import SimpleNamespace

import pytest

wait = import_module("mailproof.commands.wait")


@contextmanager
def pauses_skipped() -> Iterator[None]:
    """Let the clock of a wait go forward by each pause that it would make."""
    skipped = [timedelta()]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wait, "sleep", lambda seconds: skipped.append(timedelta(seconds=seconds)))
        patch.setattr(wait, "datetime", SimpleNamespace(now=lambda zone: sum(skipped, datetime.now(zone))))
        yield
