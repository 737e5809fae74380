"""Shell lines that every engine runs: install, synthesise, roll out a wave."""

from mailproof.model.roles import READ_PROFILE

ASSEMBLY = "cdk.out"
INSTALL_CLI = "npm ci --ignore-scripts --no-audit --no-fund"
"""The CDK's command line, as package-lock.json has it; no package runs a script of its own."""


def _install(requirements: str) -> tuple[str, ...]:
    pip = "python -m pip install --quiet"
    return (
        f"{pip} --require-hashes --only-binary :all: --requirement {requirements}",
        # With the pinned setuptools: an isolated build would fetch the newest.
        f"{pip} --no-deps --no-build-isolation .",
    )


INSTALL_COMMAND = _install("requirements-command.txt")
"""The command `mailproof`, without the CDK: enough where the cloud assembly is there."""
INSTALL_APP = (*_install("requirements-app.txt"), INSTALL_CLI)
"""What synthesis needs."""
CDK = "npx --no -- cdk"
"""The CDK's command line that was installed: npx would fetch one that is missing."""
# By the CDK's command line, which hands the context of cdk.json to the app, as where a person deploys.
SYNTHESISE = f"{CDK} synth --quiet --output {ASSEMBLY} --no-notices"


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
