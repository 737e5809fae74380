"""Shell lines that every engine runs: install, synthesise, roll out a wave."""

from mailproof.model.roles import READ_PROFILE

ASSEMBLY = "cdk.out"
INSTALL_CLI = "npm ci --no-audit --no-fund"
"""The CDK's command line."""
INSTALL_COMMAND = "python -m pip install --quiet --constraint requirements.txt ."
"""The command `mailproof`, without the CDK: enough where the cloud assembly is there."""
INSTALL_APP = (
    "python -m pip install --quiet --requirement requirements.txt",
    "python -m pip install --no-deps .",
    INSTALL_CLI,
)
"""What synthesis needs."""
# By the CDK's command line, which hands the context of cdk.json to the app, as where a person deploys.
SYNTHESISE = f"npx cdk synth --quiet --output {ASSEMBLY} --no-notices"


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
