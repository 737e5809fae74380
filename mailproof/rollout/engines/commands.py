"""Shell lines that every engine runs: install, synthesise, roll out a wave."""

from dataclasses import dataclass
from pathlib import Path

from mailproof.model.roles import READ_PROFILE

ASSEMBLY = "cdk.out"
INSTALL_CLI = "npm ci --ignore-scripts --no-audit --no-fund"
"""The CDK's command line, as package-lock.json has it; no package runs a script of its own."""


REQUIREMENTS = Path("requirements.txt")
CDK = "npx --no -- cdk"
"""The CDK's command line that was installed: npx would fetch one that is missing."""
# By the CDK's command line, which hands the context of cdk.json to the app, as where a person deploys.
SYNTHESISE = f"{CDK} synth --quiet --output {ASSEMBLY} --no-notices"


@dataclass(frozen=True, slots=True)
class Installation:
    """
    What a repository has to be installed: shell lines.

    Attributes:
        app: What synthesis needs.
        command: The command `mailproof`, which is enough where the cloud assembly is there.
    """

    app: tuple[str, ...]
    command: tuple[str, ...]


def find_installation(folder: Path = Path()) -> Installation:
    """
    Return what a repository has to be installed.

    That is its `requirements.txt`, unless it has lists of its own for the app, `requirements-app.txt`, and for the
    command, `requirements-command.txt`. A list with hashes is installed by them.

    Args:
        folder: Of the repository.
    """
    app, command = (_install(folder, f"requirements-{what}.txt") for what in ("app", "command"))
    return Installation((*app, INSTALL_CLI), command)


def _install(folder: Path, name: str) -> tuple[str, ...]:
    path = next((Path(each) for each in (name, REQUIREMENTS) if (folder / each).exists()), REQUIREMENTS)
    text = (folder / path).read_text(encoding="utf-8") if (folder / path).exists() else ""
    pip = "python -m pip install --quiet"
    hashes = "--require-hashes " if "--hash=" in text else ""
    install = f"{pip} {hashes}--only-binary :all: --requirement {path}"
    if not (folder / "mailproof/__init__.py").exists():
        return (install,)
    # A fork of mailproof. With the pinned setuptools: an isolated build would fetch the newest.
    return (install, f"{pip} --no-deps --no-build-isolation .")


def roll_out(environment: str, wave: str, *options: str) -> str:
    """
    Return the line that runs a wave.

    Args:
        environment: Its name, as a word of the shell: quoted, or a variable.
        wave: Its number, likewise.
        options: Of `mailproof rollout run`, likewise.
    """
    return " ".join(("mailproof rollout run", environment, "--wave", wave, *options))


def unattended(approval: str | None, deploy_profile: str) -> tuple[str, ...]:
    """
    Return the options with which `mailproof rollout run` deploys an assembly and asks nobody.

    Args:
        approval: The environment that is approved, as a word of the shell; None if it needs no approval.
        deploy_profile: AWS profile of the deployment, likewise; `""` takes the credentials of the environment.
    """
    approve = () if approval is None else ("--approve", approval)
    profiles = ("--profile", READ_PROFILE, "--deploy-profile", deploy_profile)
    return ("--assembly", ASSEMBLY, "--yes", *approve, *profiles)
