"""The workflow that GitHub runs."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mailproof.model.environment import Environment
from mailproof.model.waves import Wave
from mailproof.model.yaml_reader import read_yaml
from mailproof.rollout.engines.commands import Installation, find_installation
from mailproof.rollout.engines.github import WorkflowSettings, build_workflow, find_folder
from mailproof.rollout.engines.github_steps import MARK, RELEASES

CHECKERS = {
    "check-jsonschema": ["--builtin-schema", "vendor.github-workflows"],
    "zizmor": ["--offline", "--no-progress", "--persona", "regular"],
}


@pytest.fixture(scope="module")
def text(environments: list[Environment], waves: list[Wave]) -> str:
    """The workflow, as it is written."""
    return build_workflow(environments, waves, WorkflowSettings())


@pytest.fixture(scope="module")
def workflow(text: str) -> Any:
    """The workflow, read."""
    return read_yaml(text).data


@pytest.mark.parametrize("program", CHECKERS)
def test_checkers_find_nothing(
    environments: list[Environment], waves: list[Wave], tmp_path: Path, program: str
) -> None:
    """GitHub's schema and zizmor's audits, with reviewers and by hand."""
    found = shutil.which(program, path=str(Path(sys.executable).parent)) or shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is not installed")
    files = [tmp_path / name for name in ("reviewers.yaml", "by-hand.yaml")]
    for file in files:
        settings = WorkflowSettings(reviewers=file is files[0])
        file.write_text(build_workflow(environments, waves, settings), encoding="utf-8")
    done = subprocess.run([found, *CHECKERS[program], *map(str, files)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_action_is_pinned_to_a_commit(text: str) -> None:
    """With its release behind it, and none is used that is not listed."""
    used = set(re.findall(r"uses: (.*)$", text, re.MULTILINE))
    assert used == {f"{action} # {release}" for action, release in RELEASES.items()}
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action) for action in RELEASES)


def test_no_anchors_are_written(text: str) -> None:
    """GitHub reads none in places where PyYAML writes them."""
    assert not re.search(r"[&*]id0", text)


def test_nothing_is_allowed_that_a_job_does_not_need(workflow: Any) -> None:
    """Identity tokens for jobs that use AWS only, comments for the one that writes one."""
    assert workflow["permissions"] == {}
    allowed = {name: job["permissions"] for name, job in workflow["jobs"].items()}
    assert allowed == {
        "synthesise": {"contents": "read"},
        "diff": {"contents": "read", "id-token": "write", "pull-requests": "write"},
        "rollout-dev": {"contents": "read", "id-token": "write"},
        "rollout-prod": {"contents": "read", "id-token": "write"},
    }


def test_a_deployment_is_never_cancelled(workflow: Any) -> None:
    """The next run waits for it; pull requests do not wait in the same queue."""
    assert workflow["concurrency"]["cancel-in-progress"] is False
    assert workflow["concurrency"]["group"].endswith("|| 'rollout' }}")


def test_pull_requests_deploy_nothing(workflow: Any) -> None:
    """Every job but synthesis and comparison leaves them out; forks get no comparison."""
    for name, job in workflow["jobs"].items():
        if name not in {"synthesise", "diff"}:
            assert job["if"] == "github.event_name != 'pull_request'"
    assert "head.repo.full_name == github.repository" in workflow["jobs"]["diff"]["if"]


def test_each_job_takes_the_roles_of_its_own_environment(workflow: Any) -> None:
    """One that deploys, one that reads, for as long as the job may run."""
    for name, account in {"dev": "111111111111", "prod": "222222222222"}.items():
        job = workflow["jobs"][f"rollout-{name}"]
        given = [step["with"] for step in job["steps"] if "configure-aws-credentials" in step.get("uses", "")]
        assert [found["role-to-assume"] for found in given] == [
            f"arn:aws:iam::{account}:role/mailproof-deploy-{name}",
            f"arn:aws:iam::{account}:role/mailproof-read",
        ]
        assert {found["role-duration-seconds"] for found in given} == {job["timeout-minutes"] * 60}


def test_reviewers_stand_before_every_credential(workflow: Any) -> None:
    """The job that takes the role names the environment that the role trusts, once for all waves of a rollout."""
    named = {name: job["environment"] for name, job in workflow["jobs"].items() if "environment" in job}
    assert named == {"rollout-dev": "dev", "rollout-prod": "prod-approval"}


def test_nothing_is_installed_that_is_not_pinned(workflow: Any) -> None:
    """Wheels with known hashes, the package by the setuptools among them, and no script of a Node package."""
    lines = [
        line
        for job in workflow["jobs"].values()
        for step in job["steps"]
        for line in step.get("run", "").splitlines()
        if re.search(r"\b(pip|npm|npx|curl|wget)\b", line)
    ]
    pip = r"python -m pip install --quiet "
    safe = (
        pip + r"--require-hashes --only-binary :all: --requirement requirements-(app|command)\.txt",
        pip + r"--no-deps --no-build-isolation \.",
        r"npm ci --ignore-scripts --no-audit --no-fund",
        r"npx --no -- cdk synth .*",
    )
    assert lines
    assert [line for line in lines if not any(re.fullmatch(pattern, line) for pattern in safe)] == []


def test_a_repository_of_its_own_installs_its_requirements(
    environments: list[Environment], waves: list[Wave], tmp_path: Path
) -> None:
    """What `mailproof init` writes: no list of ours and no editable install; hashes count as soon as there are any."""
    (tmp_path / "requirements.txt").write_text("mailproof[cdk]==0.1.0\n", encoding="utf-8")
    install = "python -m pip install --quiet --only-binary :all: --requirement requirements.txt"
    npm = "npm ci --ignore-scripts --no-audit --no-fund"
    assert find_installation(tmp_path) == Installation((install, npm), (install,))
    settings = WorkflowSettings(installation=find_installation(tmp_path))
    text = build_workflow(environments, waves, settings)
    assert "requirements-" not in text
    assert "--no-deps" not in text
    assert text.count(install) == text.count(npm) == len(read_yaml(text).data["jobs"])
    (tmp_path / "requirements.txt").write_text("boto3==1 --hash=sha256:0\n", encoding="utf-8")
    assert "--require-hashes" in find_installation(tmp_path).command[0]


COMMENT = {"id": 1, "user": {"login": "github-actions[bot]"}, "body": f"{MARK}\n### dev"}


@pytest.mark.parametrize(
    ("comment", "sent"),
    [
        (COMMENT, "PATCH repos/o/r/issues/comments/1"),
        (COMMENT | {"user": {"login": "mallory"}}, "POST repos/o/r/issues/7/comments"),
        (COMMENT | {"body": "thanks"}, "POST repos/o/r/issues/7/comments"),
    ],
    ids=["ours", "somebody who copied the mark", "the bot, of another workflow"],
)
@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed")
def test_only_our_own_comment_is_edited(workflow: Any, tmp_path: Path, comment: Any, sent: str) -> None:
    """The step's script, with a `gh` that lists one comment and writes down what it is told to send."""
    (tmp_path / "comments.json").write_text(json.dumps([comment]), encoding="utf-8")
    (tmp_path / "diff.md").write_text(MARK, encoding="utf-8")
    gh = tmp_path / "gh"
    gh.write_text(
        '#!/bin/sh\ncase "$2" in --paginate) jq -r "$5" comments.json ;; --method) echo "$3 $4" >> sent ;; esac\n'
    )
    gh.chmod(0o755)
    variables = {"GITHUB_REPOSITORY": "o/r", "NUMBER": "7", "GITHUB_STEP_SUMMARY": "summary.md"}
    subprocess.run(
        ["bash", "-e", "-c", workflow["jobs"]["diff"]["steps"][-1]["run"]],
        cwd=tmp_path,
        env=os.environ | variables | {"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        check=True,
    )
    assert (tmp_path / "sent").read_text(encoding="utf-8").strip() == sent


def test_one_synthesis_serves_all(workflow: Any) -> None:
    """Only one job synthesises; all others take what it handed on."""
    runs = {
        name: "\n".join(str(step.get("run", step.get("uses"))) for step in job["steps"])
        for name, job in workflow["jobs"].items()
    }
    assert [name for name, text in runs.items() if "cdk synth" in text] == ["synthesise"]
    assert [name for name, text in runs.items() if "download-artifact" in text] == [
        "diff",
        "rollout-dev",
        "rollout-prod",
    ]


def test_without_reviewers_a_person_starts_the_workflow(environments: list[Environment], waves: list[Wave]) -> None:
    """GitHub gives private repositories of most plans no required reviewers, and then asks nobody."""
    settings = WorkflowSettings(reviewers=False)
    data = read_yaml(build_workflow(environments, waves, settings)).data
    job = data["jobs"]["approve-prod"]
    assert "environment" not in job
    rollout = data["jobs"]["rollout-prod"]
    assert (rollout["environment"], rollout["needs"]) == ("prod", ["approve-prod"])
    assert job["if"] == "github.event_name == 'workflow_dispatch' && inputs['approve-prod']"
    assert data["on"]["workflow_dispatch"]["inputs"]["approve-prod"]["default"] is False


def test_an_app_below_the_top_of_its_repository_is_run_there(
    environments: list[Environment], waves: list[Wave], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The place of `.github` tells; paths of actions are from the top, and who approves has checked nothing out."""
    (tmp_path / "mail").mkdir()
    monkeypatch.chdir(tmp_path / "mail")
    output = Path("../.github/workflows/rollout.yaml")
    assert find_folder(output) == Path("mail")
    assert find_folder(Path(".github/workflows/rollout.yaml")) == Path()
    settings = WorkflowSettings(output, reviewers=False, folder=find_folder(output))
    data = read_yaml(build_workflow(environments, waves, settings)).data
    assert data["defaults"]["run"]["working-directory"] == "mail"
    assert data["jobs"]["approve-prod"]["steps"][0]["working-directory"] == "."
    steps = [step for job in data["jobs"].values() for step in job["steps"]]
    paths = [step["with"]["path"] for step in steps if "artifact" in step.get("uses", "")]
    assert paths == ["mail/cdk.out"] * 4


def test_the_file_says_how_it_is_made(environments: list[Environment], waves: list[Wave]) -> None:
    """Its own check runs with the options that made it."""
    settings = WorkflowSettings(Path("w.yaml"), Path("envs"), "trunk", reviewers=False)
    text = build_workflow(environments, waves, settings)
    options = "--output w.yaml --environments envs --branch trunk --without-reviewers"
    assert text.startswith(f"# Written by `mailproof rollout workflow {options}`")
    assert f"run: mailproof rollout workflow --check {options}\n" in text
    assert "--profile mailproof-read --deploy-profile mailproof-deploy --environments envs\n" in text
