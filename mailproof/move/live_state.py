"""State of what moves, as SES and Route 53 have it: before a move, and after each of its steps."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mailproof.adopt.import_plan_result import Adoption
from mailproof.live.answer import NotFound, Unanswered
from mailproof.live.aws.clients import Clients, reading_target
from mailproof.live.aws.live_resources import LiveResources
from mailproof.live.aws.route53 import RecordSet
from mailproof.live.aws.ses_facts import SUCCESS, IdentityFacts
from mailproof.model.names import host_name

State = IdentityFacts | tuple[RecordSet, ...]


@dataclass(frozen=True, slots=True)
class StateChanges:
    """
    What differs from the state before.

    Attributes:
        worse: What is gone, or other than before, one thing per line.
        unanswered: What could not be asked, one thing per line.
    """

    worse: tuple[str, ...] = ()
    unanswered: tuple[str, ...] = ()


class LiveState:
    """
    Remembers identities and records as they are, and compares them later.

    Args:
        clients: Ask SES and Route 53.
    """

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._before: dict[str, State] = {}

    def remember(self, adoptions: Iterable[Adoption]) -> StateChanges:
        """Read the state before anything is done; what is gone already is found at once."""
        return self._compare(adoptions, remember=True)

    def changes(self, adoptions: Iterable[Adoption]) -> StateChanges:
        """Read the state again, and return what differs."""
        return self._compare(adoptions, remember=False)

    def _compare(self, adoptions: Iterable[Adoption], *, remember: bool) -> StateChanges:
        adoptions = list(adoptions)
        live = LiveResources(self._clients)  # anew: it reads everything once
        live.prefetch(
            (reading_target(found.stack), domain)
            for found in adoptions
            if (domain := found.identifier.get("EmailIdentity"))
        )
        worse: list[str] = []
        unanswered: list[str] = []
        for found in adoptions:
            now = _read(live, found)
            if isinstance(now, Unanswered):
                unanswered.append(f"{found.stack.path}: could not ask for {found.words}: {now}")
            elif isinstance(now, NotFound):
                worse.append(f"{found.stack.path}: {found.words} is gone")
            elif remember:
                self._before[_key(found)] = now
            else:
                worse += [
                    f"{found.stack.path}: {found.words}: {what}" for what in _worse(self._before[_key(found)], now)
                ]
        return StateChanges(tuple(worse), tuple(unanswered))


def _key(found: Adoption) -> str:
    return f"{found.stack.path} {found.logical_id}"


def _read(live: LiveResources, found: Adoption) -> State | NotFound | Unanswered:
    target = reading_target(found.stack)
    if domain := found.identifier.get("EmailIdentity"):
        return live.identity(target, domain)
    zone = live.zone(target, found.identifier["HostedZoneId"])
    if isinstance(zone, Unanswered):
        return zone
    return zone.get((host_name(found.identifier["Name"]), found.identifier["Type"])) or NotFound()


def _worse(before: State, now: State) -> Iterator[str]:
    if isinstance(before, IdentityFacts) and isinstance(now, IdentityFacts):
        if _settings(before) != _settings(now):
            yield "its settings are others than before"
        for what, was, state in (
            ("verification", before.verification_status, now.verification_status),
            ("DKIM", before.dkim_status, now.dkim_status),
            ("MAIL FROM", before.mail_from_status, now.mail_from_status),
        ):
            if was == SUCCESS != state:
                yield f"{what} was verified, and is {state or 'off'}"
    elif before != now and isinstance(now, tuple):
        yield f"is {', '.join(record.shown for record in now)} now, which is not what it was"


def _settings(facts: IdentityFacts) -> tuple[object, ...]:
    return (
        facts.signing_enabled,
        facts.uses_byodkim,
        facts.primary_region,
        facts.tokens,
        facts.signing_hosted_zone,
        facts.mail_from_domain,
        facts.rejects_on_mx_failure,
        facts.configuration_set,
    )
