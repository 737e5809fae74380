"""Watches what DNS and SES answer while something else happens: mail must never be the worse for it."""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

from mailproof.model.dns_record import DnsRecord
from tests.e2e.project import Project, wire_value

Log = Sequence[dict[str, Any]]

_STATES = ("FAILED", "TEMPORARY_FAILURE", "NOT_STARTED", "PENDING", "SUCCESS")
"""What SES says of DKIM and of MAIL FROM, the worst first."""


@contextlib.contextmanager
def never_wrong(project: Project, records: Sequence[DnsRecord] = ()) -> Iterator[None]:
    """
    Watch all that is live in the zone during a `with` block, and fail if mail was the worse for it even once.

    Args:
        project: Whose zone is watched.
        records: Those that DNS has to answer with their one value from first to last.
    """
    project.aws.start_watch(project.zone)
    try:
        yield
    finally:
        log = project.aws.stop_watch(project.zone)
    harm = [*find_harm(log), *_find_wrong(log, records)]
    assert not harm, "\n".join(harm)


def find_harm(log: Log) -> Iterator[str]:
    """
    Yield what mail was the worse for: a value that is neither the old nor the new one, a gap, a state that got worse.

    What is not there at the end may go once, and what is new may come once.
    """
    for record, values in _histories(log, "records"):
        yield from _find_strays(log, record, values)
    for name, seen in _histories(log, "identities"):
        yield from _find_strays(log, name, [_settings(identity) for identity in seen])
        for kind, states in zip(("DKIM", "MAIL FROM"), zip(*map(_states, seen), strict=True), strict=True):
            falls = [n for n in range(1, len(states)) if seen[-1] and states[n] < states[n - 1]]
            yield from (f"{kind} of {name} is worse after {log[n]['after']}" for n in falls)


def _histories(log: Log, kind: str) -> Iterator[tuple[str, list[Any]]]:
    """Yield each name that was ever there, with what it was in every state."""
    for name in sorted({name for state in log for name in state["live"][kind]}):
        yield name, [state["live"][kind].get(name) for state in log]


def _find_strays(log: Log, name: str, seen: Sequence[Any]) -> Iterator[str]:
    """Yield where something is neither what it was at first nor what it is at last."""
    for state, value in zip(log, seen, strict=True):
        if value not in (seen[0], seen[-1]):
            yield f"{name} is {value} after {state['after']}, was {seen[0]}, becomes {seen[-1]}"


def _settings(identity: Any) -> Any:
    """Return what of an identity does not follow from DNS and from time."""
    if identity is None:
        return None
    dkim, mail_from = identity["DkimAttributes"], identity["MailFromAttributes"]
    signing = {key: value for key, value in dkim.items() if key != "Status"}
    return signing, mail_from.get("MailFromDomain"), mail_from["BehaviorOnMxFailure"]


def _states(identity: Any) -> tuple[int, int]:
    """Return how good the states are; what is absent, or has no MAIL FROM domain, is below all."""
    if identity is None:
        return -1, -1
    mail_from = identity["MailFromAttributes"].get("MailFromDomainStatus")
    dkim = _STATES.index(identity["DkimAttributes"]["Status"])
    return dkim, _STATES.index(mail_from) if mail_from else -1


def _find_wrong(log: Log, records: Sequence[DnsRecord]) -> Iterator[str]:
    for record in records:
        key, text = f"{record.name} {record.type}", wire_value(record)
        value = f'"{text}"' if record.type == "TXT" else text.removesuffix(".")
        for state in log:
            found = state["live"]["records"].get(key)
            if found != [value]:
                yield f"{key} is {found} after {state['after']}, not {value}"
