"""The two commands of the README do the same wherever they are run."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SENSITIVE = (
    "tests/export/test_table_view.py",
    "tests/report/test_table.py",
    "tests/test_cli.py::test_a_text_is_broken_by_the_terminal_alone",
    "tests/commands/test_check.py::test_a_report_is_utf_8_whatever_the_locale",
    "tests/commands/test_check.py::test_ctrl_c_ends_with_one_line",
    "tests/commands/test_signals.py::test_check",
)
HOSTILE = {
    "AWS_PROFILE": "nobody",
    "CI": "true",
    "COLUMNS": "20",
    "FORCE_COLOR": "1",
    "LC_ALL": "POSIX",
    "NO_COLOR": "1",
    "PYTHONIOENCODING": "latin-1",
    "PYTHONWARNINGS": "error",
    "TERM": "dumb",
}
# Starts a program with every signal that a job may inherit as ignored, and all others blocked.
DEAF = """\
import os, signal, sys
for number in (signal.SIGCHLD, signal.SIGHUP, signal.SIGINT, signal.SIGPIPE, signal.SIGTERM):
    signal.signal(number, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
os.execv(sys.argv[1], sys.argv[1:])
"""
TOOLS = ("lint-imports", "mypy", "python", "ruff")
TOOL = '#!/bin/sh\necho "${0##*/} $*"\n'
LIMIT_S = 300


def test_the_tests_pass_whatever_the_surroundings() -> None:
    """
    Another terminal, locale and umask, a job in the background.

    A shell that has set nothing at all is what every run makes of its own: tests/conftest.py.
    """
    command = [sys.executable, "-c", DEAF, sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *SENSITIVE]
    given = {name: os.environ[name] for name in ("HOME", "PATH", "TMPDIR") if name in os.environ} | HOSTILE
    done = subprocess.run(
        command, cwd=ROOT, env=given, umask=0o077, capture_output=True, text=True, check=False, timeout=LIMIT_S
    )
    assert done.returncode == 0, done.stdout


@pytest.fixture
def checkout() -> Iterator[Path]:
    """A folder with a blank and a letter beyond ASCII in its path, and tools that tell how they were called."""
    with tempfile.TemporaryDirectory(prefix="mail größe ") as name:
        folder = Path(name)
        folder.chmod(0o755)
        shutil.copy(ROOT / "Makefile", folder)
        sources = ("requirements.txt", "requirements-app.txt", "package-lock.json")
        for path in (*sources, ".venv/ready", "node_modules/ready"):
            (folder / path).parent.mkdir(exist_ok=True)
            (folder / path).touch()
        (folder / ".venv/bin").mkdir()
        for tool in TOOLS:
            (folder / ".venv/bin" / tool).write_text(TOOL, encoding="utf-8")
            (folder / ".venv/bin" / tool).chmod(0o755)
        yield folder


def _make(target: str, folder: Path, user: int | None = None) -> subprocess.CompletedProcess[str]:
    variables = {"PATH": os.environ["PATH"]}
    return subprocess.run(
        ["make", "--silent", target],
        cwd=folder,
        env=variables,
        user=user,
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT_S,
    )


def test_make_finds_its_tools_below_any_path(checkout: Path) -> None:
    """Every tool of the folder runs, each with what it is asked."""
    done = _make("test", checkout)
    assert (done.returncode, done.stderr) == (0, "")
    assert {line.partition(" ")[0] for line in done.stdout.splitlines()} == set(TOOLS)
    assert "python -m pytest" in done.stdout


def test_a_folder_that_cannot_be_written_is_said(checkout: Path) -> None:
    """One sentence and what to do, before anything is installed or run."""
    checkout.chmod(0o555)
    nobody = 65534 if os.getuid() == 0 else None
    done = _make("test", checkout, nobody)
    checkout.chmod(0o755)
    first, *rest = done.stderr.splitlines()
    assert first.startswith("This folder cannot be written")
    assert all(line.startswith("make: ***") for line in rest)
    assert (done.returncode, done.stdout) == (2, "")
