"""The servers of a zone, each on a loopback address of its own, and a resolver beside them."""

import functools
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from mailproof.live.authority import Authority
from mailproof.live.transport import parse_server
from tests.check.world_dns import serve


class Silent:
    """A server that answers nothing."""

    def reply(self, _: bytes, *, over_tcp: bool) -> bytes | None:  # noqa: ARG002 -- as another server has it
        """Answer nothing."""
        return None


def zone_text(servers: int, *lines: str) -> str:
    """Write a zone with servers at 127.0.0.1, .2 and so on."""
    hosts = [f"@ NS ns{number}\nns{number} A 127.0.0.{number}" for number in range(1, servers + 1)]
    return "\n".join(["$TTL 300", "@ SOA ns1 hostmaster 1 7200 900 1209600 60", *hosts, *lines, ""])


@contextmanager
def zone_served(monkeypatch: pytest.MonkeyPatch, resolver: Any, *servers: Any) -> Iterator[None]:
    """Serve a resolver and the servers of a zone, and have the command ask them."""
    with ExitStack() as stack:
        address = parse_server(stack.enter_context(serve(resolver)))
        port = parse_server(stack.enter_context(serve(servers[0]))).port
        for number, server in enumerate(servers[1:], 2):
            stack.enter_context(serve(server, (f"127.0.0.{number}", port)))
        monkeypatch.delenv("MAILPROOF_RESOLVER", raising=False)
        monkeypatch.setattr("mailproof.live.asking.system_resolvers", lambda: [address])
        monkeypatch.setattr("mailproof.live.asking.Authority", functools.partial(Authority, port=port))
        yield
