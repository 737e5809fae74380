"""GitHub Actions workflow of a rollout: one synthesis, one job per environment, one step per wave."""

import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from mailproof.model import pages
from mailproof.model.environment import Environment
from mailproof.model.folder import DEFAULT_FOLDER
from mailproof.model.waves import Wave
from mailproof.rollout.engines.commands import Installation, find_installation
from mailproof.rollout.engines.github_steps import (
    RELEASES,
    SHORT_MINUTES,
    comment_steps,
    diff_steps,
    set_up_deployment,
    synthesis_steps,
    wave_minutes,
    wave_steps,
)
from mailproof.rollout.engines.yaml_text import build_yaml

RUNNER = "ubuntu-24.04"
JOB_LIMIT_MINUTES = 360  # of a job on a hosted runner
NOT_A_PULL_REQUEST = "github.event_name != 'pull_request'"
# A fork gets no identity token, and shall get none.
OWN_PULL_REQUEST = (
    "github.event_name == 'pull_request' && github.event.pull_request.head.repo.full_name == github.repository"
)
GROUP = "${{ github.event_name == 'pull_request' && format('rollout-diff-{0}', github.ref) || 'rollout' }}"

Job = dict[str, Any]


@dataclass(frozen=True, slots=True)
class WorkflowSettings:
    """
    What a workflow is given beside the plan.

    Attributes:
        output: Its file.
        environments: Folder of the environment files.
        branch: Branch that is rolled out.
        reviewers: Whether GitHub asks required reviewers; else the workflow is started by hand to approve.
        installation: What its jobs install.
        folder: Of the app, below that of the repository.
    """

    output: Path = Path(".github/workflows/rollout.yaml")
    environments: Path = Path(DEFAULT_FOLDER)
    branch: str = "main"
    reviewers: bool = True
    installation: Installation = field(default_factory=find_installation)
    folder: Path = Path()

    @property
    def options(self) -> tuple[str, ...]:
        """The options that write the same workflow again."""
        default = WorkflowSettings()
        given = {"--output": self.output, "--environments": self.environments, "--branch": self.branch}
        usual = (default.output, default.environments, default.branch)
        parts = unusual_options(given, usual)
        return (*parts, *(() if self.reviewers else ("--without-reviewers",)))


def unusual_options(given: Mapping[str, object], usual: Sequence[object]) -> tuple[str, ...]:
    """Return the options whose values are not the usual ones, as words of a command line."""
    pairs = [(name, str(value)) for (name, value), left in zip(given.items(), usual, strict=True) if value != left]
    return tuple(part for pair in pairs for part in pair)


def find_folder(output: Path) -> Path:
    """
    Return where the folder of the app, this one, is in its repository: GitHub reads `.github` at the top of that.

    Args:
        output: File of the workflow.
    """
    here, path = Path.cwd(), Path(os.path.abspath(output))  # noqa: PTH100 -- through no link
    tops = [parent.parent for parent in path.parents if parent.name == ".github"]
    return here.relative_to(tops[0]) if tops and here.is_relative_to(tops[0]) else Path()


def build_workflow(environments: Sequence[Environment], waves: Sequence[Wave], settings: WorkflowSettings) -> str:
    """
    Write the workflow.

    Args:
        environments: All environments.
        waves: The rollout of all environments.
        settings: What it is given beside them.
    """
    again = shlex.join(["mailproof", "rollout", "workflow", *settings.options])
    head = f"# Written by `{again}` from the environment files; {pages.ROLLOUT} explains it.\n"
    by_name = {environment.name: environment for environment in environments}
    jobs: dict[str, Job] = {"synthesise": _synthesis_job(settings), "diff": _diff_job(by_name, waves, settings)}
    before = "synthesise"
    for name, group in groupby(waves, key=lambda wave: wave.environment):
        turns = list(group)
        approval = any(wave.approval for wave in turns)
        if approval and not settings.reviewers:
            jobs[f"approve-{name}"] = _approval_job(name, before, settings)
            before = f"approve-{name}"
        reviewed = approval and settings.reviewers
        job = _rollout_job(turns, by_name[name], before, settings, reviewed=reviewed)
        before = f"rollout-{name}"
        jobs[before] = job
    return head + build_yaml(_workflow(jobs, waves, settings), RELEASES)


def _workflow(jobs: dict[str, Job], waves: Sequence[Wave], settings: WorkflowSettings) -> dict[str, Any]:
    return {
        "name": "rollout",
        "on": {
            "push": {"branches": [settings.branch]},
            "pull_request": {"branches": [settings.branch]},
            "workflow_dispatch": _inputs(waves, settings),
        },
        "permissions": {},
        # A run that is cancelled would leave a deployment half-way: the next one waits.
        "concurrency": {"group": GROUP, "cancel-in-progress": False},
        "defaults": {"run": {"shell": "bash", **_working_directory(settings)}},
        "jobs": jobs,
    }


def _working_directory(settings: WorkflowSettings) -> dict[str, str]:
    return {} if settings.folder == Path() else {"working-directory": settings.folder.as_posix()}


def _inputs(waves: Sequence[Wave], settings: WorkflowSettings) -> dict[str, Any]:
    approvals = [] if settings.reviewers else [wave.environment for wave in waves if wave.approval]
    inputs: dict[str, Any] = {
        f"approve-{name}": {"description": f"Roll {name} out", "type": "boolean", "default": False}
        for name in approvals
    }
    inputs["allow"] = {"description": "Losses that the guard lets pass: STACK:ID …", "type": "string"}
    inputs["max-removals"] = {"description": "Resources that may lose something", "type": "string"}
    inputs["accept-unsigned-gap"] = {
        "description": "Mail may leave unsigned while an identity changes the way in which it signs",
        "type": "boolean",
        "default": False,
    }
    return {"inputs": inputs}


def _synthesis_job(settings: WorkflowSettings) -> Job:
    return {
        "runs-on": RUNNER,
        "timeout-minutes": SHORT_MINUTES,
        "permissions": {"contents": "read"},
        "steps": synthesis_steps(settings.environments, settings.options, settings.installation, settings.folder),
    }


def _diff_job(environments: dict[str, Environment], waves: Sequence[Wave], settings: WorkflowSettings) -> Job:
    in_order = [environments[name] for name in dict.fromkeys(wave.environment for wave in waves)]
    return {
        "if": OWN_PULL_REQUEST,
        "needs": ["synthesise"],
        "runs-on": RUNNER,
        "timeout-minutes": 2 * SHORT_MINUTES,
        "permissions": {"contents": "read", "id-token": "write", "pull-requests": "write"},
        "steps": [
            *set_up_deployment(settings.installation, settings.folder),
            *diff_steps(in_order, settings.environments),
            *comment_steps(),
        ],
    }


def _approval_job(name: str, before: str, settings: WorkflowSettings) -> Job:
    nothing_there = {"working-directory": "."} if _working_directory(settings) else {}
    return {
        "if": f"github.event_name == 'workflow_dispatch' && inputs['approve-{name}']",
        "needs": [before],
        "runs-on": RUNNER,
        "timeout-minutes": SHORT_MINUTES,
        "permissions": {},
        "steps": [{"run": f"echo 'approved: {name}'", **nothing_there}],
    }


def _rollout_job(
    waves: Sequence[Wave], environment: Environment, before: str, settings: WorkflowSettings, *, reviewed: bool
) -> Job:
    minutes = min(sum(map(wave_minutes, waves)) + SHORT_MINUTES, JOB_LIMIT_MINUTES)
    folder = str(settings.environments)
    more = () if folder == DEFAULT_FOLDER else ("--environments", folder)
    return {
        "if": NOT_A_PULL_REQUEST,
        "needs": [before],
        "runs-on": RUNNER,
        "timeout-minutes": minutes,
        # The role trusts this name, so that there are no credentials before the reviewers of the environment agree.
        # One job for all waves, since they are asked at every job. A name of its own: one without them is not trusted.
        "environment": f"{environment.name}-approval" if reviewed else environment.name,
        "permissions": {"contents": "read", "id-token": "write"},
        "steps": [
            *set_up_deployment(settings.installation, settings.folder),
            *wave_steps(waves, environment, minutes, more),
        ],
    }
