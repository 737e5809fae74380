"""`mailproof try`, which `make local` runs: how it ends when it is not let finish, and how it refuses to begin."""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mailproof.cli import app
from tests.e2e.warm import ROOT

_LIMIT_S = 20.0
_TRIAL = (sys.executable, "-m", "mailproof", "try", "--dns-port", "0")
_FILES = ("--environments", str(ROOT / "environments"))
# Starts the trial as `make` does: as a child that it waits for.
_PARENT = (sys.executable, "-c", "import subprocess, sys; subprocess.run(sys.argv[1:])")


@pytest.fixture
def parent(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that has started the trial."""
    command = [*_PARENT, *_TRIAL, "--port", "0", "--work", str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def test_a_trial_whose_parent_is_killed_leaves_no_emulator(parent: subprocess.Popen[str]) -> None:
    """
    The emulator ends within two seconds, the trial soon after.

    That the emulator ends with a trial that is killed is tested where the emulator is.
    """
    emulator = _find_emulator(parent)
    trial = int(_status(emulator)["PPid"])
    os.kill(parent.pid, signal.SIGKILL)
    _await_end(emulator, 2.0)
    _await_end(trial, _LIMIT_S)


def test_a_taken_port_ends_the_trial_at_once(tmp_path: Path) -> None:
    """It names the port and what to do, and leaves alone what a trial that runs already has written."""
    kept = tmp_path / "cdk.out" / "manifest.json"
    kept.parent.mkdir()
    kept.touch()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        run = CliRunner().invoke(app, ["try", "--port", port, "--dns-port", "0", "--work", str(tmp_path), *_FILES])
    assert run.exit_code == 2
    assert run.stdout == ""
    assert f"port {port} of 127.0.0.1 cannot be used" in run.stderr
    assert "--port" in run.stderr
    assert kept.exists()


def _find_emulator(parent: subprocess.Popen[str]) -> int:
    """Return the process id of the emulator that the trial says it has started."""
    assert parent.stderr is not None
    endpoint = next(filter(None, (re.search("http://[0-9.:]+", line) for line in parent.stderr)))
    host = endpoint[0].removeprefix("http://")
    connection = http.client.HTTPConnection(host, timeout=_LIMIT_S)
    with contextlib.closing(connection):
        connection.request("POST", "/_localaws/describe")
        return int(json.load(connection.getresponse())["pid"])


def _await_end(pid: int, limit_s: float) -> None:
    deadline = time.monotonic() + limit_s
    while _is_running(pid):
        assert time.monotonic() < deadline, f"process {pid} is still there"
        time.sleep(0.05)


def _status(pid: int) -> dict[str, str]:
    """Return what the kernel says of a process; nothing if it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return {}
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)


def _is_running(pid: int) -> bool:
    # Ended and not yet collected by whoever adopted it is ended.
    return not _status(pid).get("State", "Z").startswith("Z")
