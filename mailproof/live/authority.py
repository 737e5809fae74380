"""
Ask a zone's own servers, to tell a stale cached answer from a record that is not published.

Used only where no resolver was named: a named one is asked, and nothing else.
"""

import asyncio
from collections.abc import Iterable
from typing import Any, cast

from mailproof.live.answer import Absent, Answer, DnsAnswer, MxAnswer, NameAnswer, TxtAnswer, Unanswered
from mailproof.live.record_facts import ZoneFacts
from mailproof.live.resolver import Budget, Resolver
from mailproof.live.transport import DNS_PORT, Server
from mailproof.model.names import longest_containing

SERVERS_LIMIT = 3  # of a zone: the next is asked where one does not answer


class AuthorityLookup:
    """
    Answers from the servers of a name's own zone; from the resolver where those do not answer or do not know.

    Args:
        resolver: Finds the addresses of the servers, and answers for names outside the zones.
        budget: When to give up on a question.
        port: At which the servers listen; another one serves tests.
    """

    def __init__(self, resolver: Resolver, budget: Budget | None = None, port: int = DNS_PORT) -> None:
        self._resolver = resolver
        self._budget = budget
        self._port = port
        self._zones: dict[str, tuple[str, ...]] = {}
        self._servers: dict[str, asyncio.Task[Resolver | None]] = {}

    def know(self, zones: Iterable[ZoneFacts]) -> None:
        """Learn which servers the zones are delegated to."""
        self._zones |= {facts.zone.name: servers.records for facts in zones if (servers := facts.live_servers)}

    async def names(self, name: str, rdtype: str, *, checking_disabled: bool = False) -> NameAnswer:
        """Ask for A, AAAA, CNAME or NS records."""
        return cast("NameAnswer", await self._ask(name, rdtype, checking_disabled=checking_disabled))

    async def mx(self, name: str) -> MxAnswer:
        """Ask for MX records."""
        return cast("MxAnswer", await self._ask(name, "MX"))

    async def txt(self, name: str) -> TxtAnswer:
        """Ask for TXT records."""
        return cast("TxtAnswer", await self._ask(name, "TXT"))

    def close(self) -> None:
        """Give the sockets back."""
        for task in self._servers.values():
            if not task.done():
                task.cancel()
            elif not task.cancelled() and (servers := task.result()):
                servers.close()

    async def _ask(self, name: str, rdtype: str, **options: Any) -> DnsAnswer:
        servers = await self._servers_of(name)
        answer: DnsAnswer = Unanswered("no server") if servers is None else await servers.ask(name, rdtype)
        leads_out = isinstance(answer, Absent) and answer.alias is not None and rdtype != "MX"
        if isinstance(answer, Unanswered) or leads_out:
            return await self._resolver.ask(name, rdtype, **options)
        return answer

    async def _servers_of(self, name: str) -> Resolver | None:
        zone = longest_containing(name, self._zones)
        if zone is None:
            return None
        if zone not in self._servers:
            self._servers[zone] = asyncio.ensure_future(self._find(self._zones[zone]))
        return await asyncio.shield(self._servers[zone])

    async def _find(self, hosts: tuple[str, ...]) -> Resolver | None:
        """Find the addresses of name servers; IPv6 only where there is no other, since many networks have none."""
        for rdtype in ("A", "AAAA"):
            answers = await asyncio.gather(*(self._resolver.names(host, rdtype) for host in hosts[:SERVERS_LIMIT]))
            found = [address for answer in answers if isinstance(answer, Answer) for address in answer.records]
            if found:
                servers = [Server(address, self._port) for address in found[:SERVERS_LIMIT]]
                return Resolver(servers, self._budget, recursion_desired=False)
        return None
