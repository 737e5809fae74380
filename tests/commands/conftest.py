"""Fixtures of the commands that adopt and prune (an account on the embedded AWS) and of those that list records."""

from collections.abc import Iterator

import pytest

from tests.adopt.conftest import world  # noqa: F401 -- a fixture
from tests.check.world_dns import WorldDns, serve

EXTERNAL = ("partner.example", "xn--bcher-kva.example")  # of tests.export.samples


@pytest.fixture
def external_zones(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Serve the external zones of the samples, each a zone of its own."""
    zone = "$TTL 300\n@ SOA ns hostmaster 1 7200 900 1209600 60\n@ NS ns\nns A 192.0.2.1\n"
    with serve(WorldDns(dict.fromkeys(EXTERNAL, zone))) as address:
        monkeypatch.setenv("MAILPROOF_RESOLVER", address)
        yield
