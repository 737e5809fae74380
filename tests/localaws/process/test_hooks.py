"""The check of ministack. It runs in a process of its own, since the hooks replace functions there."""

import subprocess
import sys
from pathlib import Path

import pytest

from mailproof.localaws.process.environment import prepare_environment

_ROOT = Path(__file__).parents[3]
_SCRIPT = """
from mailproof.localaws.process.environment import prepare_environment
prepare_environment(4566)
from mailproof.localaws import upstream
from mailproof.localaws.errors import StartError
from mailproof.localaws.process import hooks

def complaint(check):
    try:
        check()
    except StartError as err:
        print(err)

complaint(hooks.check_upstream)
del upstream.engine._resolve_refs
complaint(hooks.install)
hooks.VERSION = "0"
complaint(hooks.check_upstream)
"""


def test_another_ministack_is_refused() -> None:
    """Told in one sentence: one that has no such function would never call ours."""
    command = [sys.executable, "-c", _SCRIPT]
    ended = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert ended.stderr == ""
    assert ended.stdout.splitlines() == [
        "ministack 1.5.33 lacks what localaws hooks into: ministack.services.cloudformation.engine._resolve_refs",
        "localaws needs ministack 0, got 1.5.33; run: pip install ministack==0",
    ]


def test_the_environment_opens_and_reads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What would open ports, start containers or keep state is switched off, whatever the user's shell says."""
    import os  # noqa: PLC0415 - read after the change

    unwanted = {"AUTH", "PERSIST_STATE", "SMTP_HOST"}
    for name in (*unwanted, "IOT_MTLS_ENABLED", "SFTP_ENABLED", "DOCKER_HOST", "GATEWAY_PORT", "LOG_LEVEL"):
        monkeypatch.setenv(name, "1")
    for name in ("SERVICES", "MINISTACK_HOST"):
        monkeypatch.setenv(name, "x")
    prepare_environment(4567)
    assert not unwanted & set(os.environ)
    assert (os.environ["IOT_MTLS_ENABLED"], os.environ["SFTP_ENABLED"]) == ("0", "0")
    assert "nonexistent" in os.environ["DOCKER_HOST"]
    assert os.environ["GATEWAY_PORT"] == "4567"
