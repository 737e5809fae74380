"""SIGTERM and SIGHUP, sent to the command alone, end it as Ctrl-C does: at every stage, with all that it started."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.commands.world import World, world

# Says that it is there, and goes as Python does on Ctrl-C: late, and after it has tidied up.
APP = """\
import sys, time
try:
    print("app is up", file=sys.stderr, flush=True)
    time.sleep(60)
finally:
    print("app has ended", file=sys.stderr, flush=True)
"""


@pytest.fixture
def healthy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A world in which nothing is wrong."""
    with world(tmp_path, monkeypatch) as found:
        yield found


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


@contextmanager
def started(*words: str, ignored: tuple[signal.Signals, ...] = ()) -> Iterator[subprocess.Popen[str]]:
    """Run `mailproof` with signals ignored, its standard error to be read; nothing of it stays."""
    code = (
        f"import signal\nfor number in {[int(number) for number in ignored]}: signal.signal(number, signal.SIG_IGN)\n"
        "from mailproof.cli import main; main()"
    )
    with subprocess.Popen([sys.executable, "-c", code, *words], stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def waiting_gate(healthy: World, *, ignored: tuple[signal.Signals, ...] = ()) -> Iterator[subprocess.Popen[str]]:
    """Run a gate whose `mailproof wait` is waiting for DNS."""
    healthy.dns.faults["*.example.com *"] = "timeout"
    options = ("--environments", str(healthy.folder), "--resolver", healthy.address)
    with started("rollout", "run", "prod", "--only", "gate", "--yes", *options, ignored=ignored) as process:
        assert healthy.dns.was_asked.wait(20)
        yield process


def test_synthesis(tmp_path: Path, temporary: Path, healthy: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The app has ended before the command, whose assembly is gone."""
    (tmp_path / "app.py").write_text(APP, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with started("rollout", "run", "prod", "--environments", str(healthy.folder)) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "app is up\n"
        assert list(temporary.iterdir())
        process.terminate()
        _, errors = process.communicate(timeout=30)
    resume = f"to continue, run the same command again: mailproof rollout run prod --environments {healthy.folder}"
    assert process.returncode == 130
    assert errors.startswith("app has ended\n")
    assert errors.endswith(f"\n{resume}\nmailproof: interrupted\n")
    assert list(temporary.iterdir()) == []


def end_gate(process: subprocess.Popen[str], number: signal.Signals, temporary: Path) -> None:
    """What waits for the proof ends first, and nothing is left."""
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    lines = errors.splitlines()
    assert process.returncode == 130
    assert lines.count("mailproof: interrupted") == 2
    assert lines[-2].startswith(
        "to continue from wave 1, run the same command again: mailproof rollout run prod --only gate"
    )
    assert list(temporary.iterdir()) == []


def test_gate_in_the_background(healthy: World, temporary: Path) -> None:
    """SIGHUP ends it in a job in the background, where Ctrl-C is ignored."""
    with waiting_gate(healthy, ignored=(signal.SIGINT,)) as process:
        end_gate(process, signal.SIGHUP, temporary)


def test_gate_with_nohup(healthy: World, temporary: Path) -> None:
    """SIGHUP stays ignored where it is; SIGTERM ends it."""
    with waiting_gate(healthy, ignored=(signal.SIGHUP,)) as process:
        process.send_signal(signal.SIGHUP)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1)
        end_gate(process, signal.SIGTERM, temporary)


def test_check(healthy: World) -> None:
    """One line, although a question is under way."""
    healthy.dns.faults["*.example.com *"] = "timeout"
    with started("check", "--environments", str(healthy.folder), "--resolver", healthy.address) as process:
        assert healthy.dns.was_asked.wait(20)
        process.send_signal(signal.SIGHUP)
        _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (130, "mailproof: interrupted\n")


def test_before_any_command_is_known() -> None:
    """While Typer makes the command line, which takes a moment, nothing of it has a handler yet."""
    code = (
        "import os, signal, typer.main\n"
        "typer.main.get_command = lambda *_: os.kill(os.getpid(), signal.SIGTERM)\n"
        "from mailproof.cli import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=20, check=False)
    assert (done.returncode, done.stderr) == (130, "mailproof: interrupted\n")
