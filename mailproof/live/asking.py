"""Choose DNS servers to query: the resolver given, else the system's and each zone's own."""

from collections.abc import Iterator
from contextlib import contextmanager

from mailproof.live.authority import Authority
from mailproof.live.resolver import Budget, Resolver
from mailproof.live.system_resolvers import system_resolvers
from mailproof.live.transport import Server


@contextmanager
def asking(named: Server | None, budget: Budget) -> Iterator[tuple[Resolver, Authority | None]]:
    """Open the resolver to ask: the one named and nothing else, or this machine's and the zones' own servers."""
    resolver = Resolver([named] if named else system_resolvers(), budget)
    authority = None if named else Authority(resolver, budget)
    try:
        yield resolver, authority
    finally:
        resolver.close()
        if authority is not None:
            authority.close()
