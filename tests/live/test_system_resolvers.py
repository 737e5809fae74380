"""The resolvers of this machine."""

from pathlib import Path

import pytest

from mailproof.live import system_resolvers
from mailproof.live.transport import Server


@pytest.mark.parametrize(
    ("text", "servers"),
    [
        ("# local\nnameserver 192.0.2.1\nsearch example.com\nnameserver 2001:db8::1\n", ["192.0.2.1", "2001:db8::1"]),
        ("nameserver 192.0.2.1\n" * 5, ["192.0.2.1"] * 3),
        ("search example.com\n", ["127.0.0.1"]),
    ],
    ids=["two", "three-count", "none"],
)
def test_resolv_conf_is_read(text: str, servers: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As resolv.conf(5) says: the first three, and this machine if there is none."""
    path = tmp_path / "resolv.conf"
    path.write_text(text)
    monkeypatch.setattr(system_resolvers, "RESOLV_CONF", path)
    assert system_resolvers.system_resolvers() == [Server(host) for host in servers]
