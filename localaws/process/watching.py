"""
What is live below a name, noted after everything that may have changed it.

A poll from outside sees what it happens to meet. Here DNS and SES are asked after every request and every resource of
a stack, so that a gap shows however short it is.
"""

import threading
from collections.abc import Callable, Iterator
from typing import Any

from mailproof.localaws.dns.lookup import look_up
from mailproof.localaws.dns.zones import names_within
from mailproof.localaws.errors import ControlError
from mailproof.localaws.faults.resources import Handlers
from mailproof.localaws.names import host_name, is_within
from mailproof.localaws.ses.identities import all_identities
from mailproof.localaws.ses.status import refresh
from mailproof.localaws.ses.view import build_view
from mailproof.localaws.upstream import responses

_VOLATILE = "VerificationInfo"
_OF_THE_ZONE_ITSELF = ("NS", "SOA")
_logs: dict[str, list[dict[str, Any]]] = {}
# A resource that is delayed is made in a thread of its own.
_lock = threading.Lock()


def start(name: str) -> None:
    """Note from now on what is live at and below a name."""
    _logs[host_name(name)] = []
    look("the start")


def stop(name: str) -> list[dict[str, Any]]:
    """
    Return what was live, each state once, in order, with what it was first seen after.

    Raises:
        ControlError: The name is not watched.
    """
    look("the end")
    if (log := _logs.pop(host_name(name), None)) is None:
        raise ControlError(f"watch: {name!r} is not watched", status=404)
    return log


def look(event: str) -> None:
    """Note what is live after an event, where it is not what it was."""
    with _lock:
        for name, log in _logs.items():
            sight = {"records": dict(_records(name)), "identities": dict(_identities(name))}
            if not log or log[-1]["live"] != sight:
                log.append({"after": event, "live": sight})


def with_looks(resource_type: str, by_action: Handlers) -> Handlers:
    """Return the handlers of a type of resource, each with a look after it, also if it fails."""

    def wrap(action: str, handler: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*args: Any) -> Any:
            try:
                return handler(*args)
            finally:
                look(f"{action} {resource_type} {args[0]}")

        return watched

    return {action: wrap(action, handler) for action, handler in by_action.items()}


def _records(name: str) -> Iterator[tuple[str, list[str]]]:
    for owner, rdtype in names_within(name):
        values = [] if rdtype in _OF_THE_ZONE_ITSELF else look_up(owner, rdtype).values(rdtype)
        if values:
            # A host name in a value is the same with and without a trailing dot.
            yield f"{owner} {rdtype}", sorted(value.removesuffix(".") for value in values)


def _identities(name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for identity in all_identities():
        held, account, region = identity["EmailIdentity"], identity["Account"], identity["Region"]
        if is_within(held, name):
            refresh(identity)
            with responses.request_scope(account, region):
                view = build_view(identity)
            yield f"{account} {region} {held}", {key: value for key, value in view.items() if key != _VOLATILE}
