"""A zone transfer lists the live zone, where its servers give one."""

import asyncio
from typing import Any

import dns.message
import dns.name
import dns.rdatatype
import pytest

from mailproof.live.answer import Answer
from mailproof.live.authority import Authority
from mailproof.live.resolver import Budget, Resolver
from mailproof.live.transport import parse_server
from mailproof.live.zone_facts import ZoneFacts
from mailproof.model.domain import Zone
from mailproof.zones.contents import Content, Contents
from mailproof.zones.run import fetch_transfer
from tests.check.world_dns import WorldDns, serve

QUICK = Budget(timeout_s=2.0, pause_s=0.01)
TEXT = "$TTL 300\n@ SOA ns hostmaster 1 7200 900 1209600 60\n@ NS ns\nns A 127.0.0.1\nhidden MX 5 mail\n"
KNOWN = ZoneFacts(zone=Zone("example.com"), servers=Answer(("ns.example.com",)))


class Transferring(WorldDns):
    """A server that gives the whole zone to anybody."""

    def reply(self, wire: bytes, *, over_tcp: bool) -> bytes | None:
        """Answer AXFR as RFC 5936 has it: the SOA first and last."""
        query = dns.message.from_wire(wire)
        if query.question[0].rdtype != dns.rdatatype.AXFR:
            return super().reply(wire, over_tcp=over_tcp)
        zone: Any = self.zones[dns.name.from_text("example.com")]
        soa = zone.get_rrset(zone.origin, "SOA")
        response = dns.message.make_response(query)
        rest = [
            zone.get_rrset(name, s.rdtype) for name, node in zone.nodes.items() for s in node if s.rdtype != soa.rdtype
        ]
        response.answer = [soa, *rest]
        response.answer.append(dns.rrset.from_rdata_list(soa.name, soa.ttl, list(soa)))
        return bytes(response.to_wire())


def transfer(server: WorldDns) -> tuple[Contents, str]:
    """Ask the one server of a zone for all of it."""

    async def ask(address: str) -> tuple[Contents, str]:
        resolver = Resolver([parse_server(address)], QUICK)
        authority = Authority(resolver, QUICK, parse_server(address).port)
        try:
            await authority.open([KNOWN])
            return await fetch_transfer("example.com", authority, QUICK)
        finally:
            authority.close()
            resolver.close()

    with serve(server) as address:
        return asyncio.run(ask(address))


def test_a_transfer_lists_the_zone() -> None:
    """Names that nobody could have guessed are among it."""
    contents, listing = transfer(Transferring({"example.com": TEXT}))
    assert contents["hidden.example.com", "MX"] == Content(("5 mail.example.com",), 300)
    assert listing == "a zone transfer from ns.example.com"


@pytest.mark.parametrize("fault", ["refused", "servfail", "nxdomain"])
def test_a_server_that_refuses_lists_nothing(fault: str) -> None:
    """As nearly all do; that is no failure of the comparison."""
    assert transfer(WorldDns({"example.com": TEXT}, {"example.com axfr": fault})) == ({}, "")
