"""The check of ministack's private names. It runs in a process of its own, since the hooks replace functions there."""

import subprocess
import sys
from pathlib import Path

import pytest

from mailproof.localaws.process.environment import prepare_environment

_ROOT = Path(__file__).parents[3]
_PREPARE = """
from mailproof.localaws.process.environment import prepare_environment
prepare_environment(4566)
from mailproof.localaws import upstream
from mailproof.localaws.process import hooks
"""


def _run(script: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", _PREPARE + script]
    return subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, timeout=60, check=False)


def test_a_missing_name_or_another_version_is_told_in_one_sentence() -> None:
    """The start is refused before anything is half hooked."""
    ended = _run(
        "from mailproof.localaws.errors import StartError\n"
        "hooks.check_upstream()\n"
        "del upstream.engine._resolve_refs\n"
        "try:\n    hooks.check_upstream()\nexcept StartError as err:\n    print(err)\n"
        "hooks.VERSION = '0'\n"
        "try:\n    hooks.check_upstream()\nexcept StartError as err:\n    print(err)\n"
    )
    assert ended.stderr == ""
    assert ended.stdout.splitlines() == [
        "ministack 1.5.33 lacks what localaws hooks into: ministack.services.cloudformation.engine._resolve_refs",
        "localaws needs ministack 0, got 1.5.33; run: pip install ministack==0",
    ]


def test_every_private_name_in_use_is_checked() -> None:
    """No module uses a name of ministack that the start does not look for."""
    ended = _run(
        "import ast, pathlib\n"
        "modules = set(hooks.USED_NAMES)\n"
        "for path in pathlib.Path('localaws').rglob('*.py'):\n"
        "    for node in ast.walk(ast.parse(path.read_text())):\n"
        "        if not isinstance(node, ast.Attribute):\n            continue\n"
        "        owner = node.value\n"
        "        name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, 'id', '')\n"
        "        if name in modules and node.attr not in hooks.USED_NAMES[name]:\n"
        "            print(path.name, name, node.attr)\n"
    )
    assert ended.stderr == ""
    assert ended.stdout == ""


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
