"""The workflow that checks on a schedule: what it may do, and the one issue that it keeps."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from mailproof.cli import app
from tests.rollout.world import write_environments

# A GitHub of one issue: says what is asked of it.
GH = """\
#!/bin/sh
echo "$*" >> calls
case "$1 $2" in "issue list") cat open ;; esac
"""


@pytest.fixture
def workflow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The workflow of two environments."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "requirements.txt").touch()
    write_environments(tmp_path / "environments")
    assert CliRunner().invoke(app, ["watch", "workflow"]).exit_code == 0
    assert CliRunner().invoke(app, ["watch", "workflow", "--check"]).exit_code == 0
    text = (tmp_path / ".github/workflows/watch.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text.replace("\non:", "\n'on':"))
    return found


def test_it_reads_and_writes_issues_alone(workflow: dict[str, Any]) -> None:
    """By the role that reads, of each account; on a schedule, and by hand."""
    assert workflow["on"] == {"schedule": [{"cron": "17 6 * * *"}], "workflow_dispatch": {}}
    job = workflow["jobs"]["check"]
    assert job["permissions"] == {"contents": "read", "id-token": "write", "issues": "write"}
    roles = [step["with"]["role-to-assume"] for step in job["steps"] if "role-to-assume" in step.get("with", {})]
    assert roles == [f"arn:aws:iam::{number * 12}:role/mailproof-read" for number in ("1", "2")]
    assert all(len(step["uses"].partition("@")[2]) == 40 for step in job["steps"] if "uses" in step)


@pytest.mark.parametrize(
    ("code", "number", "calls"),
    [
        ("1", "", ["issue list", "label create", "issue create"]),
        ("1", "7", ["issue list", "issue edit 7"]),
        ("0", "7", ["issue list", "issue close 7"]),
        ("0", "", ["issue list"]),
        ("3", "7", ["issue list"]),
        ("2", "", ["issue list"]),
    ],
)
def test_one_issue_is_kept(workflow: dict[str, Any], tmp_path: Path, code: str, number: str, calls: list[str]) -> None:
    """Opened, brought up to date, closed; what could not be asked changes nothing of it, and fails the job."""
    step = workflow["jobs"]["check"]["steps"][-1]
    for name, text in {"code": code, "report.md": "# Report\n", "open": number, "gh": GH}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "gh").chmod(0o755)
    variables = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "GITHUB_REPOSITORY": "o/r", "GH_TOKEN": "t"}
    done = subprocess.run(["bash", "-e", "-c", step["run"]], cwd=tmp_path, env=variables, check=False)
    assert done.returncode == (int(code) if code > "1" else 0)
    said = (tmp_path / "calls").read_text(encoding="utf-8").splitlines()
    assert len(said) == len(calls)
    assert all(line.startswith(call) for line, call in zip(said, calls, strict=True))
    if code == "1":
        assert "--body-file body.md" in said[-1]
