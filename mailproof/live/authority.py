"""
Ask the authoritative servers of zones, each by itself, and those of the zones above them.

Used only where no resolver was named: a named one is asked, and nothing else.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from mailproof.live.answer import Absent, Answer, DnsAnswer, MxAnswer, NameAnswer, TxtAnswer, Unanswered
from mailproof.live.dns_wire import REFERRAL
from mailproof.live.resolver import Budget, Lookup, Resolver
from mailproof.live.transport import DNS_PORT, Server
from mailproof.live.zone_facts import ZoneFacts
from mailproof.model.names import longest_containing

SERVERS_LIMIT = 64
"""
Of a zone. Registries take up to 13; what a zone has beyond this limit counts as silent, so that a set which was made to
cost time does not.
"""
PARENT_SERVERS_LIMIT = 3  # the next is asked where one does not answer


@dataclass(frozen=True, slots=True)
class ZoneServer:
    """
    An authoritative server that answers for its zone.

    Attributes:
        host: Its name.
        resolver: Asks it, and it alone.
    """

    host: str
    resolver: Resolver


class Authority:
    """
    The authoritative servers of zones.

    Args:
        resolver: Finds the addresses of the servers, and answers for names outside the zones.
        budget: When to give up on a question.
        port: At which the servers listen; another one serves tests.

    Attributes:
        silent: Zones of which servers did not answer, or could not be asked, with the names of these.
    """

    def __init__(self, resolver: Resolver, budget: Budget | None = None, port: int = DNS_PORT) -> None:
        self._resolver = resolver
        self._budget = budget
        self._port = port
        self._servers: dict[str, list[ZoneServer]] = {}
        self._parents: dict[str, asyncio.Task[Resolver | None]] = {}
        self._opened: list[Resolver] = []
        self.silent: dict[str, tuple[str, ...]] = {}

    async def refer(self, zone: str) -> tuple[str, ...] | None:
        """Return the NS set that the servers of the zone above refer to; None if they cannot be asked."""
        referral = await self.referral(zone)
        return referral.records if referral else None

    async def referral(self, zone: str) -> Answer[str] | None:
        """Return what the servers of the zone above refer to, and for how long; None if they cannot be asked."""
        parent = zone.partition(".")[2]
        while parent:
            answer = await self._resolver.names(parent, "NS")
            if isinstance(answer, Unanswered):
                return None
            if isinstance(answer, Answer):
                servers = await self._parent_servers(parent, answer.records)
                referral = await servers.names(zone, "NS") if servers else None
                return referral if isinstance(referral, Answer) else None
            parent = parent.partition(".")[2]
        return None

    async def open(self, zones: Iterable[ZoneFacts]) -> None:
        """Find the servers that the zones are delegated to, and leave out those that do not answer for their zone."""
        facts = [found for found in zones if found.live_servers and found.zone.name not in self._servers]
        servers = await asyncio.gather(*(self._open(found.zone.name, found.live_servers) for found in facts))
        self._servers |= {found.zone.name: answering for found, answering in zip(facts, servers, strict=True)}

    def servers_of(self, zone: str) -> Sequence[ZoneServer]:
        """Return the servers of a zone that was opened, of those that answer for it."""
        return self._servers.get(zone, ())

    def views(self) -> list["ServerView"]:
        """Return as many views as the zone with the most servers has; each asks one server of a zone."""
        most = max(map(len, self._servers.values()), default=0)
        return [
            ServerView(
                {zone: servers[turn] if turn < len(servers) else None for zone, servers in self._servers.items()},
                self._resolver,
            )
            for turn in range(most)
        ]

    def close(self) -> None:
        """Give the sockets back."""
        for task in self._parents.values():
            task.cancel()
        for resolver in self._opened:
            resolver.close()

    async def _parent_servers(self, parent: str, hosts: Sequence[str]) -> Resolver | None:
        if parent not in self._parents:
            self._parents[parent] = asyncio.ensure_future(self._find_parent_servers(hosts))
        return await asyncio.shield(self._parents[parent])

    async def _find_parent_servers(self, hosts: Sequence[str]) -> Resolver | None:
        found = await asyncio.gather(*map(self._address, hosts[:PARENT_SERVERS_LIMIT]))
        addresses = [address for address in found if address]
        return self._resolver_of(addresses) if addresses else None

    async def _open(self, zone: str, hosts: Sequence[str]) -> list[ZoneServer]:
        found = await asyncio.gather(*(self._probe(zone, host) for host in hosts[:SERVERS_LIMIT]))
        answering = [server for server in found if server]
        if silent := sorted({*hosts} - {server.host for server in answering}):
            self.silent[zone] = tuple(silent)
        return answering

    async def _probe(self, zone: str, host: str) -> ZoneServer | None:
        address = await self._address(host)
        if address is None:
            return None
        server = ZoneServer(host, self._resolver_of([address]))
        return server if isinstance(await server.resolver.names(zone, "NS"), Answer) else None

    async def _address(self, host: str) -> str | None:
        """Find the address of a name server; IPv6 only where there is no other, since many networks have none."""
        for rdtype in ("A", "AAAA"):
            answer = await self._resolver.names(host, rdtype)
            if isinstance(answer, Answer):
                return answer.records[0]
        return None

    def _resolver_of(self, addresses: Sequence[str]) -> Resolver:
        servers = [Server(address, self._port) for address in addresses]
        self._opened.append(Resolver(servers, self._budget, recursion_desired=False))
        return self._opened[-1]


class ServerView(Lookup):
    """
    DNS as one server of each zone has it; names that it does not answer for are asked of the resolver.

    Args:
        servers: Zone to its server in this view; None if the zone has fewer.
        resolver: Answers for all other names, and follows aliases out of a zone.
    """

    def __init__(self, servers: Mapping[str, ZoneServer | None], resolver: Resolver) -> None:
        self._servers = servers
        self._resolver = resolver

    def host_of(self, name: str) -> str | None:
        """Return the server that a name is asked of; None if that is the resolver."""
        server = self._server_of(name)
        return server.host if server else None

    async def names(self, name: str, rdtype: str, *, checking_disabled: bool = False) -> NameAnswer:
        """Ask for records that hold one name or address."""
        return cast("NameAnswer", await self._ask(name, rdtype, checking_disabled=checking_disabled))

    async def mx(self, name: str) -> MxAnswer:
        """Ask for MX records."""
        return cast("MxAnswer", await self._ask(name, "MX"))

    async def txt(self, name: str) -> TxtAnswer:
        """Ask for TXT records."""
        return cast("TxtAnswer", await self._ask(name, "TXT"))

    def _server_of(self, name: str) -> ZoneServer | None:
        zone = longest_containing(name, self._servers)
        return self._servers[zone] if zone else None

    async def _ask(self, name: str, rdtype: str, **options: Any) -> DnsAnswer:
        server = self._server_of(name)
        if server is None:
            return await self._resolver.ask(name, rdtype, **options)
        answer = await server.resolver.ask(name, rdtype)
        is_elsewhere = isinstance(answer, Unanswered) and answer.reason == REFERRAL
        leads_out = isinstance(answer, Absent) and answer.alias is not None and rdtype != "MX"
        return await self._resolver.ask(name, rdtype, **options) if is_elsewhere or leads_out else answer
