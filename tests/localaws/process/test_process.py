"""The process itself: its ports, its start and its end."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mailproof.localaws import LocalAws, running
from mailproof.localaws.errors import ControlError, StartError

_ROOT = Path(__file__).parents[3]
_LIMIT_S = 30.0


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mailproof.localaws", *arguments]
    return subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, timeout=_LIMIT_S, check=False)


def _has_ended(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    # Ended and not yet collected by whoever adopted it.
    return "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text(encoding="ascii")


@pytest.mark.parametrize("option", ["--port", "--dns-port"])
def test_a_taken_port_is_named(option: str) -> None:
    """Exit code 2 and one sentence that says what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ports = {"--port": "0", "--dns-port": "0", option: str(port)}
        ended = _run(*(word for pair in ports.items() for word in pair))
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert ended.stderr.startswith(f"localaws: port {port} of 127.0.0.1 cannot be used")
    assert f"choose another one with {option}" in ended.stderr
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize("text", ["abc", "-1", "65536"])
def test_what_is_no_port_is_named(text: str) -> None:
    """Before anything is started."""
    ended = _run(f"--port={text}")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert f"argument --port: is not a port, got '{text}'" in ended.stderr


def test_running_fails_loudly(local_aws: LocalAws) -> None:
    """What the emulator said on its way out is in the error."""
    taken = int(local_aws.endpoint.rpartition(":")[2])
    with pytest.raises(StartError, match=f"exit code 2: localaws: port {taken}"), running(port=taken):
        pass


def test_the_emulator_says_where_it_is_and_ends_cleanly_when_told() -> None:
    """
    One JSON line on stdout; SIGTERM ends it with exit code 0 and frees the ports.

    Until then it has two listening TCP sockets and one UDP socket, all on 127.0.0.1.
    """
    command = [sys.executable, "-m", "mailproof.localaws", "--port", "0", "--dns-port", "0"]
    with subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        where = json.loads(process.stdout.readline())
        assert where["pid"] == process.pid
        _check_listening(process.pid)
        process.send_signal(signal.SIGTERM)
        assert process.wait(_LIMIT_S) == 0
        assert process.stdout.read() == ""
    port = int(where["endpoint"].rpartition(":")[2])
    with socket.create_server(("127.0.0.1", port)):
        pass


def _check_listening(pid: int) -> None:
    inodes = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        target = str(descriptor.readlink())
        if target.startswith("socket:"):
            inodes.add(target.removeprefix("socket:[").removesuffix("]"))
    listening = []
    for table, state in (("tcp", "0A"), ("tcp6", "0A"), ("udp", "07"), ("udp6", "07")):
        for line in Path(f"/proc/{pid}/net/{table}").read_text(encoding="ascii").splitlines()[1:]:
            fields = line.split()
            if fields[9] in inodes and fields[3] == state:
                listening.append((table, fields[1].partition(":")[0]))
    assert sorted(listening) == [("tcp", "0100007F"), ("tcp", "0100007F"), ("udp", "0100007F")]


def test_the_emulator_ends_with_its_parent() -> None:
    """A killed parent leaves no emulator behind."""
    script = (
        "import time\nfrom mailproof.localaws import running\n"
        "with running() as aws:\n    print(aws.pid, flush=True)\n    time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], cwd=_ROOT, stdout=subprocess.PIPE, text=True)
    with parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()
    deadline = time.monotonic() + _LIMIT_S
    while not _has_ended(pid):
        assert time.monotonic() < deadline, f"process {pid} is still there"
        time.sleep(0.05)


def test_the_environment_leads_to_the_emulator_and_nowhere_else(local_aws: LocalAws, tmp_path: Path) -> None:
    """The variables name the endpoint and the account; no credential of the caller is handed on."""
    variables = local_aws.environment("111122223333", "eu-west-1")
    assert variables["AWS_ENDPOINT_URL"] == local_aws.endpoint
    assert variables["AWS_ACCESS_KEY_ID"] == "111122223333"
    assert variables["AWS_REGION"] == variables["AWS_DEFAULT_REGION"] == "eu-west-1"
    assert "CDK_HOME" not in variables
    whole = local_aws.process_environment("111122223333", tmp_path)
    assert whole["CDK_HOME"] == str(tmp_path)
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN"} & set(whole)


@pytest.mark.parametrize("member", ["colour", "hits"])
def test_a_fault_with_an_unknown_member_is_refused(local_aws: LocalAws, member: str) -> None:
    """A misspelt rule would otherwise match everything; how often it has applied is not the caller's to say."""
    with pytest.raises(ControlError, match=f"unexpected keyword argument '{member}'"):
        local_aws.add_fault(**{member: 1})


def test_what_an_action_cannot_use_is_named(local_aws: LocalAws) -> None:
    """As is an argument of another type."""
    with pytest.raises(ControlError, match="wrong type"):
        local_aws.advance_clock("x")  # type: ignore[arg-type]
