"""The servers of a zone are asked one by one, and those of the zone above say who they are."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from mailproof.live.answer import Absent, Answer, Mx, MxAnswer, NameAnswer, TxtAnswer, Unanswered
from mailproof.live.authority import Authority, ServerView
from mailproof.live.resolver import Budget, Resolver
from mailproof.live.transport import parse_server
from mailproof.live.zone_facts import ZoneFacts
from mailproof.model.domain import Zone
from tests.check.world_dns import WorldDns, serve

QUICK = Budget(timeout_s=2.0)
HEAD = "$TTL 300\n@ SOA ns hostmaster 1 7200 900 1209600 60\n@ NS ns\nns A 127.0.0.1\n"
CACHED = WorldDns(
    {"example.com": HEAD + "old MX 10 before.example.net.\n", "example.net": HEAD + "mx MX 10 a.example.net.\n"}
)
PUBLISHED = HEAD + "old MX 10 after.example.net.\nalias CNAME target.example.org.\n"
KNOWN = ZoneFacts(zone=Zone("example.com"), servers=Answer(("ns.example.com",)))

Ask = Callable[[ServerView], Awaitable[MxAnswer | NameAnswer | TxtAnswer]]
T = TypeVar("T")


def run(work: Callable[[Authority], Awaitable[T]], own: WorldDns, cached: WorldDns = CACHED) -> T:
    """Give an authority whose resolver and whose zone's server say different things."""

    async def with_servers(resolver_address: str, own_address: str) -> T:
        resolver = Resolver([parse_server(resolver_address)], QUICK)
        authority = Authority(resolver, QUICK, parse_server(own_address).port)
        try:
            return await work(authority)
        finally:
            authority.close()
            resolver.close()

    with serve(cached) as resolver_address, serve(own) as own_address:
        return asyncio.run(with_servers(resolver_address, own_address))


def ask(work: Ask, faults: dict[str, str] | None = None) -> object:
    """Ask the one server of a zone."""

    async def ask_view(authority: Authority) -> object:
        await authority.open([KNOWN])
        (view,) = authority.views()
        return await work(view)

    return run(ask_view, WorldDns({"example.com": PUBLISHED}, faults))


def test_the_zones_own_server_is_asked() -> None:
    """It knows what the resolver does not know yet."""
    assert ask(lambda view: view.mx("old.example.com")) == Answer((Mx(10, "after.example.net"),), 300)
    assert ask(lambda view: view.txt("gone.example.com")) == Absent(name_exists=False, ttl_s=60)


def test_the_resolver_answers_for_other_zones() -> None:
    """Their servers are not known."""
    assert ask(lambda view: view.mx("mx.example.net")) == Answer((Mx(10, "a.example.net"),), 300)


def test_a_question_that_a_server_does_not_answer_is_open() -> None:
    """What the resolver says would be passed off as the server's answer."""
    answer = ask(lambda view: view.mx("old.example.com"), {"old.example.com MX": "refused"})
    assert answer == Unanswered("REFUSED")


def test_a_server_that_does_not_answer_for_its_zone_is_left_out() -> None:
    """It is remembered that one is silent: nothing is said of every server then."""

    async def count(authority: Authority) -> tuple[int, dict[str, tuple[str, ...]]]:
        await authority.open([KNOWN])
        return len(authority.views()), authority.silent

    assert run(count, WorldDns({"example.com": PUBLISHED}, {"*.example.com *": "refused"})) == (
        0,
        {"example.com": ("ns.example.com",)},
    )


def test_the_resolver_follows_aliases_out_of_the_zone() -> None:
    """The zone's server knows the alias alone."""
    assert ask(lambda view: view.txt("alias.example.com")) == Absent(name_exists=False, ttl_s=60)


def test_the_servers_of_the_zone_above_say_who_is_asked() -> None:
    """The zone's own NS set may be another; a name that is not delegated has none."""
    parent = WorldDns({"com": HEAD + "example NS ns1.real.example.\nexample NS ns2.real.example.\n"})
    resolver = WorldDns({"com": HEAD, "example.com": HEAD})

    async def refer(authority: Authority) -> list[tuple[str, ...] | None]:
        return [await authority.refer("example.com"), await authority.refer("other.com")]

    found, none = run(refer, parent, resolver)
    assert (sorted(found or ()), none) == (["ns1.real.example", "ns2.real.example"], None)
