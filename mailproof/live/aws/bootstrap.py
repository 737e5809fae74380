"""The CDK's bootstrap stack, which a deployment needs in each region."""

from typing import Any

from mailproof.live.aws.members import required
from mailproof.model.roles import QUALIFIER

BOOTSTRAP_PARAMETER = f"/cdk-bootstrap/{QUALIFIER}/version"


def fetch_bootstrap_version(client: Any) -> int:
    """
    Return the version of the bootstrap stack in the region of a client.

    Args:
        client: boto3's for `ssm`.
    """
    return int(required(client.get_parameter(Name=BOOTSTRAP_PARAMETER), "Parameter.Value", str))
