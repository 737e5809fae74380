"""What holds for every test: none leaves the machine, all see the same surroundings, hypothesis searches alike."""

import ipaddress
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

settings.register_profile("local", deadline=None, max_examples=60)
settings.register_profile("ci", deadline=None, max_examples=60, derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") else "local")

# What the tests run in must not change what they see: pytest, Rich, Typer, boto3 and the CDK all read such variables,
# some of them when they are imported.
_SURROUNDINGS = ("AWS_", "CDK_", "GITHUB_", "MAILPROOF_")
_TERMINAL = {"BUILD_NUMBER", "CI", "COLUMNS", "FORCE_COLOR", "LINES", "NO_COLOR", "PYTHONUNBUFFERED", "PY_COLORS"}
for _name in [name for name in os.environ if name.startswith(_SURROUNDINGS) or name in _TERMINAL]:
    del os.environ[_name]
# The CDK's command line is started some two hundred times: compiled once, each start takes a fifth less.
os.environ["NODE_COMPILE_CACHE"] = str(Path(__file__).parents[1] / "node_modules/.cache/compiled")


@pytest.fixture(scope="session", autouse=True)
def _no_test_leaves_the_machine() -> Iterator[None]:
    """Refuse every connection, datagram and look-up but those of this machine."""
    with pytest.MonkeyPatch.context() as patch:
        for method in ("connect", "connect_ex"):
            patch.setattr(socket.socket, method, _guarded(getattr(socket.socket, method), address_at=1))
        patch.setattr(socket.socket, "sendto", _guarded(socket.socket.sendto, address_at=-1))
        patch.setattr(socket, "getaddrinfo", _guarded(socket.getaddrinfo, address_at=0))
        yield


def _guarded(call: Callable[..., Any], *, address_at: int) -> Callable[..., Any]:
    def guarded(*args: Any, **kwargs: Any) -> Any:
        address = args[address_at] if args else kwargs.get("host")
        host = address[0] if isinstance(address, tuple) else address
        if not _is_here(host):
            pytest.fail(f"a test reached for {host!r}, outside of this machine")
        return call(*args, **kwargs)

    return guarded


def _is_here(host: object) -> bool:
    """Tell whether a host is this machine; a text that is a path belongs to an AF_UNIX socket."""
    if not isinstance(host, str):
        return True  # None asks for this machine; bytes name an abstract AF_UNIX socket
    if host in {"", "localhost", socket.gethostname()} or "/" in host or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified
