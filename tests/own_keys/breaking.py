"""Calls of AWS that are counted, and break off or answer otherwise at a point."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.client import BaseClient

CALL = "_make_api_call"
"""The one way that all calls of boto3 take."""

Answer = Callable[[str, dict[str, Any]], dict[str, Any]]
"""Is given an operation and what it has answered, and returns what is to be seen of that."""


class KilledError(BaseException):
    """The process ends here, as by SIGKILL: no handler of errors sees it."""


@contextmanager
def answers_changed(change: Answer) -> Iterator[None]:
    """Change what AWS answers in this process, once it has done what was asked."""
    real: Callable[..., dict[str, Any]] = getattr(BaseClient, CALL)

    def call(client: Any, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        return change(operation, real(client, operation, parameters))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseClient, CALL, call)
        yield


@contextmanager
def breaking_after(number: int, error: type[BaseException] = KilledError) -> Iterator[list[str]]:
    """Break off once so many calls of AWS have been answered; yields their operations."""
    done: list[str] = []

    def change(operation: str, answer: dict[str, Any]) -> dict[str, Any]:
        done.append(operation)
        if len(done) == number:
            raise error
        return answer

    with answers_changed(change):
        yield done
