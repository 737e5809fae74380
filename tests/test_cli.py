"""The command as a process: how it starts, and what it does where nobody takes its output."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mailproof.cli import app

SHIPPED = Path(__file__).parents[1] / "environments"
COMMAND = (sys.executable, "-m", "mailproof")
FULL = "mailproof: [Errno 28] No space left on device\n"


def run(shell: str, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command with what a shell does to its output."""
    return subprocess.run(
        ["sh", "-c", f'"$@" {shell}', "sh", *command], capture_output=True, text=True, check=False, timeout=60
    )


def test_the_help_imports_little() -> None:
    """It appears at once: boto3, pydantic, dnspython, the CDK and what a command does stay out."""
    libraries = ("aws_cdk", "boto3", "botocore", "cryptography", "dns", "pydantic", "rich.table", "yaml")
    heavy = (*libraries, "mailproof.adopt")
    code = f"import sys, mailproof.cli; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_version() -> None:
    """For a report of a fault."""
    assert CliRunner().invoke(app, ["--version"]).stdout.startswith("mailproof 0.")


@pytest.mark.parametrize("unbuffered", [(), ("env", "PYTHONUNBUFFERED=1")], ids=["buffered", "unbuffered"])
@pytest.mark.parametrize(("shell", "code", "said"), [(">&-", 0, ""), (">/dev/full", 2, FULL), ("| :", 0, "")])
def test_an_output_that_nobody_takes_is_no_crash(shell: str, code: int, said: str, unbuffered: tuple[str, ...]) -> None:
    """One that is closed is not wanted, one that is full is said in a line, a reader may have seen enough."""
    done = run(shell, *unbuffered, *COMMAND, "--version")
    assert (done.returncode, done.stderr) == (code, said)


def test_brackets_in_a_help_are_shown() -> None:
    """They are not markup."""
    assert "mailproof[reports]" in " ".join(CliRunner().invoke(app, ["dmarc", "reports", "--help"]).output.split())


def test_a_text_is_broken_by_the_terminal_alone() -> None:
    """Lines of a docstring are joined; each exit code begins a line."""
    lines = CliRunner().invoke(app, ["adopt", "--help"], env={"COLUMNS": "200"}).stdout.splitlines()
    assert sum(line.strip().startswith(("Exit code 0:", "1: ", "2: ", "3: ")) for line in lines) == 4
    assert any("asks once. Nothing in SES or DNS changes; the next deployment" in line for line in lines)


@pytest.mark.parametrize("shell", ["2>&-", "2>/dev/full", "<&-", "<&- >&- 2>&-"])
def test_streams_that_are_closed_or_full_change_no_exit_code(shell: str, tmp_path: Path) -> None:
    """Nor what is written to the others: a mistake of the caller is exit code 2 wherever its words go."""
    refused = (*COMMAND, "rollout", "plan", "--offline", "--environments", str(tmp_path / "none"))
    done = run(shell, *refused)
    assert done.returncode == 2
    assert ("none: cannot be read" in done.stderr) is ("2>" not in shell)
    done = run(shell, *COMMAND, "--version")
    assert done.returncode == 0
    assert done.stdout.startswith("mailproof 0.") is (">&- 2" not in shell)


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("mailproof rollout r", ["run"]),
        ("mailproof rollout run p", ["prod"]),
        ("mailproof check --environment ", ["prod", "staging"]),
        ("mailproof check --region eu-west-", ["eu-west-1", "eu-west-2", "eu-west-3"]),
    ],
)
def test_a_shell_is_offered_what_fits(words: str, offered: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands, the environments of the folder, and regions, as `mailproof --install-completion` has bash ask."""
    monkeypatch.chdir(SHIPPED.parent)
    asked = {"_MAILPROOF_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    result = CliRunner().invoke(app, env=asked, prog_name="mailproof")
    assert result.stdout.split() == offered
