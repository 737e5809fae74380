"""The CDK's bootstrap stack, which a deployment needs in each region."""

from typing import Any

from mailproof.live.aws.members import required


def fetch_bootstrap_version(client: Any, parameter: str) -> int:
    """
    Return the version of the bootstrap stack in the region of a client.

    Args:
        client: boto3's for `ssm`.
        parameter: That holds it.
    """
    return int(required(client.get_parameter(Name=parameter), "Parameter.Value", str))
