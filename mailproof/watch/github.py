"""GitHub Actions workflow that checks on a schedule, and keeps one issue: opened, brought up to date, closed."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mailproof.model import pages
from mailproof.model.environment import Environment
from mailproof.model.folder import DEFAULT_FOLDER
from mailproof.model.roles import read_role
from mailproof.rollout.engines.commands import Installation, find_installation
from mailproof.rollout.engines.github import RUNNER, unusual_options
from mailproof.rollout.engines.github_steps import (
    COMMENT_LIMIT_BYTES,
    RELEASES,
    UPLOAD_ARTIFACT,
    Step,
    check_out,
    credentials,
    script,
)
from mailproof.rollout.engines.yaml_text import build_yaml

LABEL = "mailproof"
TITLE = "Mail is not fully authenticated"
MINUTES = 60
KEPT_DAYS = 90
TEXT, PAGE, CODE = "report.md", "report.html", "code"
WRONG, RIGHT = "1", "0"


@dataclass(frozen=True, slots=True)
class WatchWorkflow:
    """
    What the workflow is given.

    Attributes:
        output: Its file.
        environments: Folder of the environment files.
        schedule: When it runs, as cron writes it, UTC.
        installation: What its job installs.
        folder: Of the app, below that of the repository.
    """

    output: Path = Path(".github/workflows/watch.yaml")
    environments: Path = Path(DEFAULT_FOLDER)
    schedule: str = "17 6 * * *"
    installation: Installation = field(default_factory=find_installation)
    folder: Path = Path()

    @property
    def options(self) -> tuple[str, ...]:
        """The options that write the same workflow again."""
        default = WatchWorkflow()
        given = {"--output": self.output, "--environments": self.environments, "--schedule": self.schedule}
        usual = (default.output, default.environments, default.schedule)
        return unusual_options(given, usual)


def build_workflow(environments: Sequence[Environment], settings: WatchWorkflow) -> str:
    """
    Write the workflow.

    Args:
        environments: That are checked, each by the role that reads its account.
        settings: What it is given beside them.
    """
    again = shlex.join(["mailproof", "watch", "workflow", *settings.options])
    folder = {} if settings.folder == Path() else {"working-directory": settings.folder.as_posix()}
    workflow = {
        "name": "watch",
        "on": {"schedule": [{"cron": settings.schedule}], "workflow_dispatch": {}},
        "permissions": {},
        "concurrency": {"group": "watch", "cancel-in-progress": False},
        "defaults": {"run": {"shell": "bash", **folder}},
        "jobs": {
            "check": {
                "runs-on": RUNNER,
                "timeout-minutes": MINUTES,
                "permissions": {"contents": "read", "id-token": "write", "issues": "write"},
                "steps": [
                    *check_out(),
                    {"run": script(*settings.installation.command)},
                    *(credentials(read_role(each), each, each.name, MINUTES) for each in environments),
                    *_check_steps(environments, settings),
                    _issue_step(),
                ],
            }
        },
    }
    head = f"# Written by `{again}` from the environment files; {pages.WATCH} explains it.\n"
    return head + build_yaml(workflow, RELEASES)


def _check_steps(environments: Sequence[Environment], settings: WatchWorkflow) -> list[Step]:
    profiles = [part for each in environments for part in ("--profile", f"{each.name}={each.name}")]
    where = () if settings.environments == Path(DEFAULT_FOLDER) else ("--environments", str(settings.environments))
    files = ("--output", TEXT, "--output", PAGE)
    check = shlex.join(("mailproof", "check", *where, *profiles, *files))
    lines = script(
        "code=0",
        f"{check} || code=$?",
        f'echo "$code" > {CODE}',
        f'cat {TEXT} >> "$GITHUB_STEP_SUMMARY"',
    )
    # A bucket or folder by which the report says since when, and whether it masks addresses; a repository without these
    # variables does without.
    given = {name: f"${{{{ vars.{name} }}}}" for name in ("MAILPROOF_HISTORY", "MAILPROOF_MASK")} | {"NO_COLOR": "1"}
    page = {"name": "report", "path": (settings.folder / PAGE).as_posix(), "retention-days": KEPT_DAYS}
    return [{"run": lines, "env": given}, {"uses": UPLOAD_ARTIFACT, "with": page}]


def _issue_step() -> Step:
    """
    Keep one issue: open while something is wrong.

    What could not be asked neither opens it nor closes it: the job fails instead.
    """
    find = f"--label {LABEL} --state open --json number --jq '.[0].number // empty'"
    create = f'--label {LABEL} --title "{TITLE}" --body-file body.md'
    lines = script(
        f"code=$(cat {CODE})",
        f"head --bytes {COMMENT_LIMIT_BYTES} {TEXT} > body.md",
        'export GH_REPO="$GITHUB_REPOSITORY"',
        f"open=$(gh issue list {find})",
        f'if [ "$code" = {WRONG} ] && [ -n "$open" ]; then',
        '  gh issue edit "$open" --body-file body.md',
        f'elif [ "$code" = {WRONG} ]; then',
        f'  gh label create {LABEL} --description "Sending domains" --force',
        f"  gh issue create {create}",
        f'elif [ "$code" = {RIGHT} ] && [ -n "$open" ]; then',
        '  gh issue close "$open" --comment "All is well again."',
        f'elif [ "$code" != {RIGHT} ]; then',
        '  exit "$code"',
        "fi",
    )
    return {"run": lines, "env": {"GH_TOKEN": "${{ github.token }}"}}
