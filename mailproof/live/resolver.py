"""Query DNS: each question once per run, many at a time, with retries within a budget."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, cast

import dns.exception

from mailproof.live.answer import TIMEOUT, Absent, Answer, DnsAnswer, MxAnswer, NameAnswer, TxtAnswer, Unanswered
from mailproof.live.dns_wire import Question, build_query, parse_response
from mailproof.live.transport import MalformedResponse, Server, Transport

IN_FLIGHT_LIMIT = 64
TIMEOUT_S = 5.0
FIRST_WAIT_S = 1.0  # then twice as long each time, up to the timeout in all
PAUSE_S = 0.2
ERROR_TRIES = 3
REFUSES_EDNS = frozenset({"FORMERR", "NOTIMP", "BADVERS"})  # RFC 6891 section 7


class Lookup(Protocol):
    """What can be asked about names in DNS."""

    async def names(self, name: str, rdtype: str, *, checking_disabled: bool = False) -> NameAnswer:
        """Ask for A, AAAA, CNAME, NS or PTR records."""
        ...

    async def mx(self, name: str) -> MxAnswer:
        """Ask for MX records."""
        ...

    async def txt(self, name: str) -> TxtAnswer:
        """Ask for TXT records."""
        ...


@dataclass(frozen=True, slots=True)
class Budget:
    """
    How long to go on asking.

    Attributes:
        timeout_s: For one question in all, seconds.
        in_flight: Questions under way at once.
        pause_s: Before asking again what was answered by an error, seconds; then twice as long.
    """

    timeout_s: float = TIMEOUT_S
    in_flight: int = IN_FLIGHT_LIMIT
    pause_s: float = field(default_factory=lambda: PAUSE_S)


class Resolver:
    """
    A recursive resolver, or several of which the next is asked where one fails.

    Use it inside one event loop, and close it there.

    Args:
        servers: At least one.
        budget: When to give up.
        recursion_desired: False to ask authoritative servers.
    """

    def __init__(
        self, servers: Sequence[Server], budget: Budget | None = None, *, recursion_desired: bool = True
    ) -> None:
        self.servers = tuple(servers)
        self._budget = budget or Budget()
        self._recursion_desired = recursion_desired
        self._transports = [Transport(server) for server in servers]
        self._without_edns: set[Server] = set()
        self._slots = asyncio.Semaphore(self._budget.in_flight)
        self._answers: dict[Question, DnsAnswer] = {}
        self._asking: dict[Question, asyncio.Event] = {}

    async def names(self, name: str, rdtype: str, *, checking_disabled: bool = False) -> NameAnswer:
        """Ask for A, AAAA, CNAME, NS or PTR records."""
        return cast("NameAnswer", await self.ask(name, rdtype, checking_disabled=checking_disabled))

    async def mx(self, name: str) -> MxAnswer:
        """Ask for MX records."""
        return cast("MxAnswer", await self.ask(name, "MX"))

    async def txt(self, name: str) -> TxtAnswer:
        """Ask for TXT records."""
        return cast("TxtAnswer", await self.ask(name, "TXT"))

    async def ask(self, name: str, rdtype: str, *, checking_disabled: bool = False) -> DnsAnswer:
        """Ask one question; asked before in this run, it is answered as then."""
        question = Question(name.lower(), rdtype, checking_disabled, self._recursion_desired)
        while (known := self._answers.get(question)) is None:
            if (asked := self._asking.get(question)) is None:
                return await self._ask_and_keep(question)
            await asked.wait()  # if who asks gives up, the next of those that wait for it asks anew
        return known

    def close(self) -> None:
        """Give the sockets back."""
        for transport in self._transports:
            transport.close()

    async def _ask_and_keep(self, question: Question) -> DnsAnswer:
        asked = self._asking[question] = asyncio.Event()
        try:
            answer = self._answers[question] = await self._ask(question)
        finally:
            del self._asking[question]
            asked.set()
        return answer

    async def _ask(self, question: Question) -> DnsAnswer:
        try:
            build_query(question)
        except (dns.exception.DNSException, UnicodeError):
            return Absent()  # no such name can exist: longer than 255 bytes, or with an empty label
        async with self._slots:
            answer = await self._try(question)
        if not isinstance(answer, Unanswered) or answer.reason != "SERVFAIL" or question.checking_disabled:
            return answer
        if not self._recursion_desired:  # an authoritative server does not validate
            return answer
        unchecked = await self.ask(question.name, question.type, checking_disabled=True)
        return replace(answer, is_bogus=isinstance(unchecked, Answer))

    async def _try(self, question: Question) -> DnsAnswer:
        """Ask until somebody answers, errors are certain or the time is spent."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._budget.timeout_s
        wait_s, pause_s, errors, turn = FIRST_WAIT_S, self._budget.pause_s, 0, 0
        outcome: DnsAnswer = Unanswered(TIMEOUT)
        silent: set[Server] = set()
        while (left_s := end - loop.time()) > 0 and errors < ERROR_TRIES * len(self._transports):
            transport = self._transports[turn % len(self._transports)]
            outcome = await self._ask_one(transport, question, min(wait_s, left_s), silent)
            if not isinstance(outcome, Unanswered):
                break
            turn += 1
            if outcome.reason == TIMEOUT:
                wait_s *= 2
                continue
            errors += 1
            if turn % len(self._transports) == 0 and errors < ERROR_TRIES * len(self._transports):
                if pause_s >= end - loop.time():
                    break  # there is no time to ask again
                await asyncio.sleep(pause_s)
                pause_s *= 2
        return outcome

    async def _ask_one(self, transport: Transport, question: Question, wait_s: float, silent: set[Server]) -> DnsAnswer:
        """
        Ask one server; without EDNS where it refuses that, or was silent the time before.

        Source: RFC 6891 section 6.2.5 and 7
        """
        server = transport.server
        is_trial = server in silent
        uses_edns = not is_trial and server not in self._without_edns
        outcome = await self._once(transport, replace(question, edns=uses_edns), wait_s)
        reason = outcome.reason if isinstance(outcome, Unanswered) else ""
        if uses_edns and reason in REFUSES_EDNS:
            self._without_edns.add(server)
            return await self._once(transport, replace(question, edns=False), wait_s)
        if reason == TIMEOUT:
            silent ^= {server}
        elif is_trial and not reason:
            self._without_edns.add(server)
        return outcome

    async def _once(self, transport: Transport, question: Question, wait_s: float) -> DnsAnswer:
        try:
            return parse_response(question, await transport.ask(build_query(question), wait_s))
        except TimeoutError:
            return Unanswered(TIMEOUT)
        except MalformedResponse as err:
            return Unanswered("a malformed answer", str(err))
        except OSError as err:
            return Unanswered("no connection", f"{transport.server}: {err.strerror or err}")
