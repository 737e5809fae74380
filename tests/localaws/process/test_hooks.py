"""The check of ministack's private names. It runs in a process of its own, since the hooks replace functions there."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mailproof.localaws.process.environment import prepare_environment

_ROOT = Path(__file__).parents[3]
_SCRIPT = """
import ast, json, pathlib
from mailproof.localaws.process.environment import prepare_environment
prepare_environment(4566)
from mailproof.localaws import upstream
from mailproof.localaws.errors import StartError
from mailproof.localaws.process import hooks

unchecked = []
modules = set(hooks.USED_NAMES)
for path in pathlib.Path("localaws").rglob("*.py"):
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Attribute):
            continue
        owner = node.value
        name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
        if name in modules and node.attr not in hooks.USED_NAMES[name]:
            unchecked.append([path.name, name, node.attr])

def complaint():
    try:
        hooks.check_upstream()
    except StartError as err:
        return str(err)

as_it_is = complaint()
del upstream.engine._resolve_refs
lacking = complaint()
hooks.VERSION = "0"
print(json.dumps([unchecked, as_it_is, lacking, complaint()]))
"""


def test_private_names_are_checked() -> None:
    """
    No module uses a name of ministack that the start does not look for.

    A missing one, or another version, is told in one sentence: the start is refused before anything is half hooked.
    """
    command = [sys.executable, "-c", _SCRIPT]
    ended = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert ended.stderr == ""
    unchecked, *complaints = json.loads(ended.stdout)
    assert unchecked == []
    assert complaints == [
        None,
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
