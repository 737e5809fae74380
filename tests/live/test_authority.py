"""A zone's own servers are asked, and what a cache kept is told from what is published."""

import asyncio
from collections.abc import Awaitable, Callable

from mailproof.live.answer import Absent, Answer, Mx, MxAnswer, NameAnswer, TxtAnswer
from mailproof.live.authority import AuthorityLookup
from mailproof.live.record_facts import ZoneFacts
from mailproof.live.resolver import Budget, Resolver
from mailproof.live.transport import parse_server
from mailproof.model.domain import Zone
from tests.check.world_dns import WorldDns, serve

QUICK = Budget(timeout_s=2.0, pause_s=0.01)
HEAD = "$TTL 300\n@ SOA ns hostmaster 1 7200 900 1209600 60\n@ NS ns\nns A 127.0.0.1\n"
CACHED = WorldDns(
    {"example.com": HEAD + "old MX 10 before.example.net.\n", "example.net": HEAD + "mx MX 10 a.example.net.\n"}
)
PUBLISHED = HEAD + "old MX 10 after.example.net.\nalias CNAME target.example.org.\n"
KNOWN = ZoneFacts(zone=Zone("example.com"), servers=Answer(("ns.example.com",)))

Ask = Callable[[AuthorityLookup], Awaitable[MxAnswer | NameAnswer | TxtAnswer]]


def ask(work: Ask, faults: dict[str, str] | None = None) -> object:
    """Ask a lookup whose resolver and whose zone's server say different things."""
    own = WorldDns({"example.com": PUBLISHED}, faults)

    async def run(resolver_address: str, own_address: str) -> object:
        resolver = Resolver([parse_server(resolver_address)], QUICK)
        lookup = AuthorityLookup(resolver, QUICK, parse_server(own_address).port)
        lookup.know([KNOWN])
        try:
            return await work(lookup)
        finally:
            lookup.close()
            resolver.close()

    with serve(CACHED) as resolver_address, serve(own) as own_address:
        return asyncio.run(run(resolver_address, own_address))


def test_the_zones_own_server_is_asked() -> None:
    """It knows what the resolver does not know yet."""
    assert ask(lambda lookup: lookup.mx("old.example.com")) == Answer((Mx(10, "after.example.net"),), 300)
    assert ask(lambda lookup: lookup.txt("gone.example.com")) == Absent(name_exists=False, ttl_s=60)


def test_the_resolver_answers_for_other_zones() -> None:
    """Their servers are not known."""
    assert ask(lambda lookup: lookup.mx("mx.example.net")) == Answer((Mx(10, "a.example.net"),), 300)


def test_the_resolver_answers_where_the_server_does_not() -> None:
    """A server that fails leaves the question where it was."""
    answer = ask(lambda lookup: lookup.mx("old.example.com"), {"*.example.com *": "refused"})
    assert answer == Answer((Mx(10, "before.example.net"),), 300)


def test_the_resolver_follows_aliases_out_of_the_zone() -> None:
    """The zone's server knows the alias alone."""
    assert ask(lambda lookup: lookup.txt("alias.example.com")) == Absent(name_exists=False, ttl_s=60)
