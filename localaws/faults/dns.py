"""Faults of DNS on demand: names that are answered with an error."""

import fnmatch
from typing import Literal, get_args

from mailproof.localaws.errors import ControlError
from mailproof.localaws.names import host_name

FaultKind = Literal["servfail", "nxdomain"]
_faults: list[tuple[str, FaultKind]] = []


def add(name: str, kind: FaultKind) -> None:
    """
    Add a rule; the first that matches a query applies.

    Args:
        name: Name to match; shell patterns are allowed (`*.example.com`).
        kind: How the query is answered.

    Raises:
        ControlError: The kind is another.
    """
    if kind not in get_args(FaultKind):
        raise ControlError(f"kind: is not one of {', '.join(get_args(FaultKind))}, got {kind!r}")
    _faults.append((host_name(name), kind))


def find(name: str) -> FaultKind | None:
    """Return with which error a query is answered, if with one."""
    return next((kind for pattern, kind in _faults if fnmatch.fnmatchcase(name, pattern)), None)


def clear() -> None:
    """Remove all rules."""
    _faults.clear()
