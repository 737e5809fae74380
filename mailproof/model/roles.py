"""IAM roles that engines use, by name, and those of the CDK's bootstrap: docs/rollout.md lists their permissions."""

from mailproof.model.environment import Environment
from mailproof.model.regions import partition

READ_ROLE = "mailproof-read"
READ_PROFILE = "mailproof-read"
DEPLOY_PROFILE = "mailproof-deploy"


def deploy_role(environment: Environment) -> str:
    """Return the ARN of the role that deploys an environment; GitHub's jobs assume it."""
    return _arn(environment, f"mailproof-deploy-{environment.name}")


def diff_role(environment: Environment) -> str:
    """Return the ARN of the role that compares an environment with what is deployed, for pull requests."""
    return _arn(environment, f"mailproof-diff-{environment.name}")


def read_role(environment: Environment) -> str:
    """Return the ARN of the role that asks SES, one per account."""
    return _arn(environment, READ_ROLE)


def bootstrap_role(kind: str, account: str, region: str, qualifier: str) -> str:
    """
    Return the ARN of a role of the CDK's bootstrap stack, as its default synthesizer names it.

    Args:
        kind: Such as ``deploy`` or ``lookup``.
        account: Account id.
        region: Of the bootstrap stack.
        qualifier: Of the bootstrap stack.
    """
    return f"arn:{partition(region)}:iam::{account}:role/cdk-{qualifier}-{kind}-role-{account}-{region}"


def _arn(environment: Environment, name: str) -> str:
    return f"arn:{partition(environment.regions[0])}:iam::{environment.account}:role/{name}"
