"""What holds for every test: none leaves the machine, all see the same surroundings, hypothesis searches alike."""

import functools
import gc
import importlib
import ipaddress
import os
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from mailproof.localaws import LocalAws, running

_TESTS = Path(__file__).parent
# Everywhere the same examples; `--hypothesis-profile=search` looks for others.
settings.register_profile("alike", deadline=None, max_examples=30, derandomize=True, database=None)
settings.register_profile("search", deadline=None, max_examples=60)
settings.load_profile("alike")
gc.disable()  # until all tests are collected: modules and tests stay

# What the tests run in must not change what they see: pytest, Rich, Typer, boto3, Node and the CDK all read variables,
# some of them when they are imported. These alone stay: where programs are, and where they may write.
_KEPT = {"HOME", "LD_LIBRARY_PATH", "PATH", "TMPDIR"}
_KEPT_FOR_PYTEST = ("COVERAGE_", "PYTEST_")
for _name in [name for name in os.environ if name not in _KEPT and not name.startswith(_KEPT_FOR_PYTEST)]:
    del os.environ[_name]
# Nor may the files of whoever runs them.
for _name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
    os.environ[_name] = os.devnull
# Names the Node of the requirements, before anything imports the CDK, which takes the first on the PATH.
importlib.import_module("mailproof.stacks")
# Signals that are blocked, or ignored as below `nohup` and in jobs in the background, are so in all that is started,
# too. One that is caught is the default in a new process, and these tests stay as deaf to it as they were.
signal.pthread_sigmask(signal.SIG_SETMASK, ())
for _number in signal.valid_signals() - {signal.SIGPIPE, signal.SIGXFSZ}:  # Python itself ignores these
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, lambda *_: None)
signal.signal(signal.SIGINT, signal.default_int_handler)


# In-process runs of the command share what Typer makes of its functions, which takes longer than many a run.
pytest.MonkeyPatch().setattr(
    "typer.testing._get_command", functools.cache(importlib.import_module("typer.main").get_command)
)
# And their clients of AWS, and the keys that they make.
importlib.import_module("tests.fake_aws").keep_clients(pytest.MonkeyPatch())
importlib.import_module("tests.kept_keys").keep_keys(pytest.MonkeyPatch())
# They ask again as often, and sooner, what DNS has answered by an error.
pytest.MonkeyPatch().setattr("mailproof.live.resolver.PAUSE_S", 0.001)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest, so that no process is left alone with one at the end."""
    order = (_TESTS / "e2e", _TESTS)  # what is about the whole project starts processes
    items.sort(key=lambda item: order.index(item.path.parent) if item.path.parent in order else len(order))


def pytest_collection_finish() -> None:
    """
    Have the garbage collector pass over what stays, modules and tests, and come seldom: a fifth of the time.

    From here on, what Node compiles is kept: a start of the CDK's command line takes a fifth less. Not before, since
    jsii has started its Node by now, which loads the CDK from a new folder each time and would only fill the disk.
    """
    os.environ["NODE_COMPILE_CACHE"] = str(_TESTS.parent / "node_modules/.cache/compiled")
    gc.freeze()
    gc.enable()
    gc.set_threshold(200_000, 20, 100)


def pytest_sessionfinish() -> None:
    """Let pytest look for what the last tests left without looking through all that stays, five times."""
    gc.freeze()


@pytest.fixture(scope="session")
def emulator() -> Iterator[LocalAws]:
    """An emulator in a process of its own; whoever uses it has an account of its own and takes its faults away."""
    with running() as aws:
        yield aws


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
