"""`mailproof watch workflow`: the GitHub Actions workflow that checks on a schedule."""

import re
import shlex
from pathlib import Path
from typing import Annotated

import typer

from mailproof.commands.options import DEFAULT_ENVIRONMENTS, Environments
from mailproof.commands.parse_options import read_environments
from mailproof.commands.rollout_workflow import write_workflow

CRON = re.compile(r"[0-9*,/-]+( [0-9A-Za-z*,/-]+){4}")
DEFAULT_WORKFLOW = Path(".github/workflows/watch.yaml")


def workflow(
    *,
    environments: Environments = DEFAULT_ENVIRONMENTS,
    output: Annotated[Path, typer.Option("--output", metavar="FILE", help="File of the workflow.")] = DEFAULT_WORKFLOW,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit with 1 if it is out of date.")] = False,
    schedule: Annotated[
        str, typer.Option("--schedule", metavar="CRON", help="When it runs, five fields of cron, UTC.")
    ] = "17 6 * * *",
) -> None:
    """
    Write a GitHub Actions workflow that checks all environments on a schedule, and keeps one issue.

    The issue is opened when something is wrong, brought up to date while it is, and closed when all is well.

    Exit code 0: written, or up to date.
    1: out of date.
    2: usage or environment file.
    """
    if not CRON.fullmatch(schedule):
        raise typer.BadParameter(f"is not five fields of cron, got {schedule!r}", param_hint="--schedule")
    read = read_environments(environments, None)

    from mailproof.rollout.engines.github import find_folder
    from mailproof.watch.github import WatchWorkflow, build_workflow

    settings = WatchWorkflow(output, environments, schedule, folder=find_folder(output))
    again = shlex.join(["mailproof", "watch", "workflow", *settings.options])
    write_workflow(output, build_workflow(read, settings), again, check=check)
