"""`mailproof rollout workflow`: the GitHub Actions workflow that runs a rollout."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from mailproof.change.say import say
from mailproof.commands.options import DEFAULT_ENVIRONMENTS, Environments
from mailproof.commands.parse_options import read_environments
from mailproof.commands.rollout_plan import plan_all
from mailproof.exit_codes import USAGE
from mailproof.output_file import write_file

DEFAULT_WORKFLOW = Path(".github/workflows/rollout.yaml")


def workflow(
    *,
    environments: Environments = DEFAULT_ENVIRONMENTS,
    output: Annotated[Path, typer.Option("--output", metavar="FILE", help="File of the workflow.")] = DEFAULT_WORKFLOW,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit with 1 if it is out of date.")] = False,
    branch: Annotated[str, typer.Option("--branch", help="Branch that is rolled out.")] = "main",
    without_reviewers: Annotated[
        bool,
        typer.Option(
            "--without-reviewers",
            help="Approve by starting the workflow by hand, for repositories that GitHub gives no required reviewers.",
        ),
    ] = False,
) -> None:
    """
    Write a GitHub Actions workflow that rolls all environments out: a job per environment, a step per wave.

    Exit code 0: written, or up to date.
    1: out of date.
    2: usage or environment file.
    """
    if not branch.strip():
        raise typer.BadParameter("is empty; write the branch's name", param_hint="--branch")
    read = read_environments(environments, None)
    waves = plan_all(read)

    from mailproof.rollout.engines.github import WorkflowSettings, build_workflow, find_folder

    where, reviewers = find_folder(output), not without_reviewers
    settings = WorkflowSettings(output, environments, branch, reviewers=reviewers, folder=where)
    text = build_workflow(read, waves, settings)
    again = shlex.join(["mailproof", "rollout", "workflow", *settings.options])
    write_workflow(output, text, again, check=check)


def write_workflow(output: Path, text: str, again: str, *, check: bool) -> None:
    """
    Write a workflow.

    Args:
        output: Its file.
        text: What it is to hold.
        again: The command that writes it.
        check: Write nothing, and exit with 1 if it holds something else.
    """
    from mailproof.rollout.engines.commands import REQUIREMENTS

    if not REQUIREMENTS.exists():
        say(f"{REQUIREMENTS}: is not in this folder, and the workflow installs it; mailproof init writes one")
    if check:
        current = output.read_text(encoding="utf-8") if output.exists() else ""
        if current != text:
            say(f"{output}: is out of date; run {again}")
            raise typer.Exit(1)
        return
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        write_file(output, text)
    except OSError as err:
        say(f"{output}: cannot be written ({err.strerror})")
        raise typer.Exit(USAGE) from err
    say(f"{output}: written")
