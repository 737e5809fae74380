"""Steps of the workflow's jobs."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mailproof.model.environment import Environment
from mailproof.model.folder import DEFAULT_FOLDER
from mailproof.model.roles import DEPLOY_PROFILE, READ_PROFILE, deploy_role, diff_role, read_role
from mailproof.model.waves import Wave
from mailproof.rollout.engines.commands import (
    ASSEMBLY,
    INSTALL_CLI,
    SYNTHESISE,
    Installation,
    roll_out,
    unattended,
)

# The actions, each pinned to the commit of a release.
CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1"
SETUP_PYTHON = "actions/setup-python@5fda3b95a4ea91299a34e894583c3862153e4b97"
SETUP_NODE = "actions/setup-node@820762786026740c76f36085b0efc47a31fe5020"
UPLOAD_ARTIFACT = "actions/upload-artifact@bbbca2ddaa5d8feaa63e36b76fdaad77386f024f"
DOWNLOAD_ARTIFACT = "actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c"
CONFIGURE_CREDENTIALS = "aws-actions/configure-aws-credentials@e6de054238d6b7531b4efff3b6587d9aade6a06c"

RELEASES = {
    CHECKOUT: "v7.0.1",
    SETUP_PYTHON: "v7.0.0",
    SETUP_NODE: "v7.0.0",
    UPLOAD_ARTIFACT: "v7.0.0",
    DOWNLOAD_ARTIFACT: "v8.0.1",
    CONFIGURE_CREDENTIALS: "v6.2.3",
}

PYTHON = "3.12"
NODE = "24"
SHORT_MINUTES = 15
KEPT_DAYS = 30  # an approval may take as long
REPORT = "diff.md"
BOT = "github-actions[bot]"  # writes with the job's token; a mark alone could be anybody's
MARK = "<!-- mailproof rollout -->"
COMMENT_LIMIT_BYTES = 60_000  # GitHub takes 65,536 characters

# What a person lets the guard pass, given when the workflow is started by hand; else empty.
ALLOWANCES = {
    "MAILPROOF_ALLOW": "${{ inputs.allow }}",
    "MAILPROOF_MAX_REMOVALS": "${{ inputs.max-removals }}",
    "MAILPROOF_ACCEPT_UNSIGNED_GAP": "${{ inputs.accept-unsigned-gap }}",
}

Step = dict[str, Any]


def synthesis_steps(environments: Path, options: Sequence[str], installation: Installation, folder: Path) -> list[Step]:
    """Install everything, see that the workflow is current, and synthesise for all jobs."""
    check = shlex.join(["mailproof", "rollout", "workflow", "--check", *options])
    context = shlex.quote(f"environments={environments}")
    return [
        *check_out(),
        {"run": script(*installation.app)},
        {"run": check},
        {"run": f"{SYNTHESISE} --context {context}"},
        {
            "uses": UPLOAD_ARTIFACT,
            "with": {
                "name": ASSEMBLY,
                "path": (folder / ASSEMBLY).as_posix(),
                "if-no-files-found": "error",
                "include-hidden-files": True,
                "retention-days": KEPT_DAYS,
            },
        },
    ]


def set_up_deployment(installation: Installation, folder: Path) -> list[Step]:
    """Install the command and the CDK's command line; the assembly is there."""
    return [
        *check_out(),
        {"run": script(*installation.command, INSTALL_CLI)},
        {"uses": DOWNLOAD_ARTIFACT, "with": {"name": ASSEMBLY, "path": (folder / ASSEMBLY).as_posix()}},
    ]


def wave_minutes(wave: Wave) -> int:
    """Return how long a wave may take: its deployment, its gate, and what comes before them."""
    return wave.deploy_limit_minutes + wave.gate_timeout_s // 60 + SHORT_MINUTES


def wave_steps(waves: Sequence[Wave], environment: Environment, minutes: int, more: Sequence[str]) -> list[Step]:
    """Run the waves of an environment: deploy by one role, ask SES by another that only reads."""
    return [
        credentials(deploy_role(environment), environment, DEPLOY_PROFILE, minutes),
        credentials(read_role(environment), environment, READ_PROFILE, minutes),
        *(_wave_step(wave, more) for wave in waves),
    ]


def _wave_step(wave: Wave, more: Sequence[str]) -> Step:
    name = shlex.quote(wave.environment)
    options = unattended(name if wave.approval else None, DEPLOY_PROFILE)
    command = roll_out(name, str(wave.number), *options, *map(shlex.quote, more))
    return {"run": command, "timeout-minutes": wave_minutes(wave), "env": ALLOWANCES}


def diff_steps(environments: Sequence[Environment], folder: Path) -> list[Step]:
    """Compare every environment with what is deployed."""
    lines = [f"echo '{MARK}' > {REPORT}"]
    for environment in environments:
        options = ("--only", "diff", "--assembly", ASSEMBLY, "--deploy-profile", environment.name)
        where = () if folder == Path(DEFAULT_FOLDER) else ("--environments", str(folder))
        command = shlex.join(("mailproof", "rollout", "run", environment.name, *options, *where))
        lines += [
            "{",
            f"  echo '### {environment.name}'",
            "  echo '```'",
            # What the guard refuses is to be seen here; the rollout itself stops at it.
            f"  {command} 2>&1 || true",
            "  echo '```'",
            f"}} >> {REPORT}",
        ]
    return [
        *(credentials(diff_role(environment), environment, environment.name) for environment in environments),
        {"run": script(*lines), "env": {"NO_COLOR": "1"}},
    ]


def comment_steps() -> list[Step]:
    """Show the report on the run's page and in one comment of the pull request, which is kept up to date."""
    find = f'.[] | select(.user.login == "{BOT}" and (.body | startswith("{MARK}"))) | .id'
    script = (
        f'cat {REPORT} >> "$GITHUB_STEP_SUMMARY"\n'
        f"head --bytes {COMMENT_LIMIT_BYTES} {REPORT} > comment.md\n"
        'comments="repos/$GITHUB_REPOSITORY/issues/$NUMBER/comments"\n'
        f"old=$(gh api --paginate \"$comments\" --jq '{find}' | sed -n 1p)\n"
        'if [ -n "$old" ]; then\n'
        '  gh api --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$old" --field body=@comment.md\n'
        "else\n"
        '  gh api --method POST "$comments" --field body=@comment.md\n'
        "fi\n"
    )
    variables = {"GH_TOKEN": "${{ github.token }}", "NUMBER": "${{ github.event.pull_request.number }}"}
    return [{"run": script, "env": variables}]


def script(*lines: str) -> str:
    """Join lines to the script of a step."""
    return "".join(f"{line}\n" for line in lines)


def check_out() -> list[Step]:
    """Fetch the repository, and set Python and Node up."""
    return [
        {"uses": CHECKOUT, "with": {"persist-credentials": False}},
        {"uses": SETUP_PYTHON, "with": {"python-version": PYTHON}},
        {"uses": SETUP_NODE, "with": {"node-version": NODE, "package-manager-cache": False}},
    ]


def credentials(role: str, environment: Environment, profile: str, minutes: int = 60) -> Step:
    """Take a role on, as an AWS profile of the steps that follow."""
    region = environment.regions[0]
    more = {"role-to-assume": role, "role-duration-seconds": minutes * 60, "aws-profile": profile}
    return {"uses": CONFIGURE_CREDENTIALS, "with": {"aws-region": region, **more}}
