"""Faults of DNS on demand: a name that answers with an error, or not at all."""

import dataclasses
import fnmatch
from dataclasses import dataclass
from typing import Literal, get_args

from mailproof.localaws.errors import ControlError
from mailproof.localaws.names import host_name

# `bogus` is SERVFAIL unless the query disables checking (CD): a validating resolver's answer to broken DNSSEC.
FaultKind = Literal["servfail", "timeout", "refused", "nxdomain", "bogus"]


@dataclass
class DnsFault:
    """
    One rule.

    Attributes:
        name: Name to match; shell patterns are allowed (`*.example.com`).
        kind: What happens to the query.
        rdtype: Type to match, or `*`.
        times: How often the rule applies; without a limit if absent.
    """

    name: str
    kind: FaultKind
    rdtype: str = "*"
    times: int | None = None


_faults: list[DnsFault] = []


def add(fault: DnsFault) -> None:
    """Add a rule; the first that matches a query applies."""
    if fault.kind not in get_args(FaultKind):
        raise ControlError(f"kind: is not one of {', '.join(get_args(FaultKind))}, got {fault.kind!r}")
    _faults.append(dataclasses.replace(fault, name=host_name(fault.name), rdtype=fault.rdtype.upper()))


def take(name: str, rdtype: str) -> FaultKind | None:
    """Return what is to happen to a query, and count it."""
    for fault in _faults:
        if fault.times == 0 or fault.rdtype not in ("*", rdtype) or not fnmatch.fnmatchcase(name, fault.name):
            continue
        if fault.times is not None:
            fault.times -= 1
        return fault.kind
    return None


def clear() -> None:
    """Remove all rules."""
    _faults.clear()
