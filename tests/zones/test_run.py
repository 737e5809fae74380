"""Without a named resolver the zone's own servers are asked, and one of them for all of the zone."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from mailproof.export.collect import RecordList
from mailproof.live.authority import Authority
from mailproof.live.resolver import Budget, Resolver
from mailproof.live.transport import Server, parse_server
from mailproof.model.domain import Zone
from mailproof.zones import run
from mailproof.zones.contents import Content
from mailproof.zones.outcome import Comparison
from tests.check.world_dns import WorldDns, serve
from tests.zones.test_transfer import QUICK, TEXT, Transferring

ZONE = Zone("example.com", "Z1", is_pending=True)
HELD = run.HeldZone("Z1", ("ns9.example.net",), {("www.example.com", "A"): Content(("192.0.2.1",), 60)})
PARENT = "$TTL 86400\n@ SOA ns hostmaster 1 7200 900 1209600 60\n@ NS ns\nns A 127.0.0.1\n"


def compare(server: WorldDns, cached: WorldDns, monkeypatch: pytest.MonkeyPatch) -> Comparison:
    """Compare with a resolver that has something else than the zone's own server."""
    with serve(server) as own, serve(cached) as resolver_address:

        @contextmanager
        def asking(named: Server | None, budget: Budget) -> Iterator[tuple[Resolver, Authority]]:
            assert named is None
            resolver = Resolver([parse_server(resolver_address)], budget)
            authority = Authority(resolver, budget, parse_server(own).port)
            try:
                yield resolver, authority
            finally:
                authority.close()
                resolver.close()

        monkeypatch.setattr(run, "asking", asking)
        return run.compare("prod", ZONE, RecordList(()), {"Z1": HELD}, run.CompareOptions(budget=QUICK))


@pytest.mark.parametrize("is_open", [True, False], ids=["gives the zone", "gives it to nobody"])
def test_the_zones_own_servers_are_asked(monkeypatch: pytest.MonkeyPatch, *, is_open: bool) -> None:
    """They know what a cache has not seen yet; what a transfer lists is looked at, too."""
    zones = {"example.com": f"{TEXT}www A 192.0.2.7\n", "com": PARENT}
    cached = {"example.com": f"{TEXT}www A 192.0.2.1\n", "com": PARENT}
    found = compare((Transferring if is_open else WorldDns)(zones), WorldDns(cached), monkeypatch)
    states = {(row.name, row.type): row.state for row in found.rows}
    assert states["www.example.com", "A"] == "changed"
    assert (("hidden.example.com", "MX") in states, bool(found.listing)) == (is_open, is_open)
    assert (found.delegation.live, found.delegation.ns_ttl_s) == (("ns.example.com",), 300)
    assert found.exit_code == 1
