"""Read both sides of a zone, and compare them."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import dns.asyncquery
import dns.exception
import dns.xfr
import dns.zone

from mailproof.change.errors import CommandError
from mailproof.exit_codes import UNANSWERED, USAGE
from mailproof.export.collect import RecordList
from mailproof.live.answer import Answer, AwsAnswer, NotFound, Unanswered
from mailproof.live.asking import asking
from mailproof.live.authority import Authority
from mailproof.live.aws.clients import Clients, Target
from mailproof.live.aws.remedies import advise
from mailproof.live.aws.route53 import HostedZone, RecordSets, fetch_hosted_zone, fetch_record_sets
from mailproof.live.resolver import Budget, Lookup, Resolver
from mailproof.live.transport import Server, parse_server
from mailproof.live.zone_facts import ZoneFacts
from mailproof.live.zone_reader import read_zone
from mailproof.model.domain import Zone
from mailproof.model.names import fully_qualified
from mailproof.template.contents import RecordKey
from mailproof.zones.comparison import compare_sides, needs_of
from mailproof.zones.contents import Content, Contents, of_record_sets, of_zone
from mailproof.zones.delegation import read_delegation
from mailproof.zones.outcome import Comparison
from mailproof.zones.sides import AskedSide, ListedSide, Side

ELSEWHERE = ", or its account: `account` of the zone in the file, --old-account ACCOUNT for --old-hosted-zone"


@dataclass(frozen=True, slots=True)
class CompareOptions:
    """
    What is compared, and how it is asked.

    Attributes:
        resolver: The one resolver that is asked, and nothing else.
        budget: When to give up on a question to DNS.
        zone_file: What the old provider's zone file holds; None if there is none.
        zone_file_name: Its name.
        old_zone_id: The hosted zone that resolvers ask; empty if that is another provider's.
        name_servers: Servers of the provider to which the zone goes; empty if that is the hosted zone of the file.
    """

    resolver: Server | None = None
    budget: Budget = field(default_factory=Budget)
    zone_file: Contents | None = None
    zone_file_name: str = ""
    old_zone_id: str = ""
    name_servers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HeldZone:
    """
    A hosted zone and all that is in it.

    Attributes:
        id: Its id.
        servers: Its name servers.
        contents: Its record sets.
    """

    id: str
    servers: tuple[str, ...]
    contents: Mapping[RecordKey, Content]


def fetch_held_zone(clients: Clients, target: Target, zone: str, zone_id: str) -> HeldZone:
    """
    Read a hosted zone.

    Raises:
        CommandError: It does not exist, is private or another's, or Route 53 could not be asked.
    """
    where = f"hosted zone {zone_id} in account {target.account}"
    found = clients.ask("route53", target, lambda client: fetch_hosted_zone(client, zone_id))
    sets: AwsAnswer[RecordSets] = clients.ask("route53", target, lambda client: fetch_record_sets(client, zone_id))
    for answer in (found, sets):
        if isinstance(answer, Unanswered):
            open_it = f"; or name credentials of it: --profile {target.account}=NAME" if target.roles else ""
            raise CommandError(
                f"could not ask for {where}: {answer}{advise(answer, target.region)}{open_it}", UNANSWERED
            )
    if isinstance(found, NotFound) or isinstance(sets, NotFound):
        raise CommandError(f"{where} does not exist; correct its id{ELSEWHERE}", USAGE)
    if not isinstance(found, HostedZone) or isinstance(sets, Unanswered):  # pragma: no cover -- both are told above
        raise CommandError(where, UNANSWERED)
    if found.name != zone or not found.name_servers:
        what = "is private" if found.name == zone else f"is that of {found.name}, not of {zone}"
        raise CommandError(f"{where} {what}; give the id of the public one", USAGE)
    return HeldZone(zone_id, found.name_servers, of_record_sets(sets))


def compare(
    environment: str, zone: Zone, needed: RecordList, held: Mapping[str, HeldZone], options: CompareOptions
) -> Comparison:
    """
    Compare what resolvers are answered with what they would be answered.

    Args:
        environment: Name of the environment.
        zone: The zone.
        needed: What mail of the environment needs in it.
        held: The hosted zones that were read, by id: that of the file, and the old one.
        options: What is compared.

    Raises:
        CommandError: The live zone could not be asked for.
    """
    return asyncio.run(_ZoneComparison(environment, zone, needed, held, options).run())


class _ZoneComparison:
    def __init__(
        self,
        environment: str,
        zone: Zone,
        needed: RecordList,
        held: Mapping[str, HeldZone],
        options: CompareOptions,
    ) -> None:
        self.environment = environment
        self.zone = zone
        self.needed = needed
        self.own = held.get(zone.id or "")
        self.old = held.get(options.old_zone_id)
        self.options = options
        self.notes: list[str] = []

    async def run(self) -> Comparison:
        """Ask, then compare."""
        with ExitStack() as stack:
            resolver, authority = stack.enter_context(asking(self.options.resolver, self.options.budget))
            facts = await read_zone(resolver, None, self.zone, authority)
            if isinstance(facts.servers, Unanswered):
                what = f"{self.zone.name}: could not ask for its name servers: {facts.servers}"
                raise CommandError(what, UNANSWERED)
            following = await self._following(stack, resolver)
            live, listing = await self._live(facts, resolver, authority)
            servers = self.options.name_servers or (self.own.servers if self.own else ())
            rows, delegation = await asyncio.gather(
                compare_sides(self.zone.name, needs_of(self.needed.records), live, following),
                read_delegation(resolver, facts, servers, authority),
            )
        return Comparison(
            environment=self.environment,
            zone=self.zone.name,
            following=", ".join(self.options.name_servers) or f"hosted zone {self.zone.id}",
            listing=listing,
            delegation=delegation,
            rows=rows,
            records_exit_code=self.needed.exit_code,
            notes=tuple(self.notes),
        )

    async def _following(self, stack: ExitStack, resolver: Resolver) -> Side:
        if not self.options.name_servers:
            return ListedSide(self.own.contents if self.own else {})
        found = [await _find_server(resolver, text) for text in self.options.name_servers]
        return AskedSide(stack.enter_context(_opened(found, self.options.budget)))

    async def _live(self, facts: ZoneFacts, resolver: Resolver, authority: Authority | None) -> tuple[Side, str]:
        """Return who answers resolvers, and what lists all of it."""
        if self.old:
            self._look_at_servers(self.old, facts)
            if not self.options.name_servers:
                return ListedSide(self.old.contents), f"hosted zone {self.old.id}"
        lookup: Lookup = resolver
        if authority is not None:
            await authority.open([facts])
            lookup = next(iter(authority.views()), resolver)
        contents, listing = await self._list(facts, authority)
        return AskedSide(lookup, contents), listing

    async def _list(self, facts: ZoneFacts, authority: Authority | None) -> tuple[Contents, str]:
        """List the live zone, if that is possible."""
        if self.options.zone_file is not None:
            return self.options.zone_file, self.options.zone_file_name
        held = self.old or (self.own if self.options.name_servers else None)
        if held and set(held.servers) & set(facts.live_servers):
            return held.contents, f"hosted zone {held.id}"
        return await fetch_transfer(self.zone.name, authority, self.options.budget) if authority else ({}, "")

    def _look_at_servers(self, held: HeldZone, facts: ZoneFacts) -> None:
        if not set(held.servers) & set(facts.live_servers):
            asked = ", ".join(sorted(facts.live_servers)) or "nobody"
            self.notes.append(f"resolvers do not ask hosted zone {held.id}: they ask {asked}")


async def _find_server(resolver: Resolver, text: str) -> Server:
    """Return where a name server listens, given its name or address."""
    server = parse_server(text)
    for rdtype in ("A", "AAAA") if any(sign.isalpha() for sign in server.host) and ":" not in server.host else ():
        answer = await resolver.names(server.host, rdtype)
        if isinstance(answer, Answer):
            return Server(answer.records[0], server.port)
    return server


@contextmanager
def _opened(servers: Sequence[Server], budget: Budget) -> Iterator[Resolver]:
    resolver = Resolver(servers, budget, recursion_desired=False)
    try:
        yield resolver
    finally:
        resolver.close()


async def fetch_transfer(zone: str, authority: Authority, budget: Budget) -> tuple[Contents, str]:
    """Ask the servers for the whole zone, which few give to anybody (RFC 5936 section 5)."""
    for server in authority.servers_of(zone):
        where, held = server.resolver.servers[0], dns.zone.Zone(str(fully_qualified(zone)), relativize=False)
        try:
            await dns.asyncquery.inbound_xfr(
                where.host, held, port=where.port, timeout=budget.timeout_s, lifetime=budget.timeout_s
            )
        except (dns.exception.DNSException, OSError, EOFError, ValueError):
            continue
        return of_zone(held), f"a zone transfer from {server.host}"
    return {}, ""
