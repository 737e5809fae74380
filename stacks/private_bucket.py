"""Buckets of the stacks that are not of an environment."""

from collections.abc import Sequence

from aws_cdk import RemovalPolicy
from aws_cdk import aws_s3 as s3
from constructs import Construct


def make_private_bucket(scope: Construct, name: str, rules: Sequence[s3.LifecycleRule]) -> s3.Bucket:
    """
    Make a bucket that nobody else reads, that is reached by TLS alone, and that outlives its stack.

    Args:
        scope: The stack.
        name: Construct id.
        rules: When objects go.
    """
    return s3.Bucket(
        scope,
        name,
        encryption=s3.BucketEncryption.S3_MANAGED,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        enforce_ssl=True,
        versioned=True,
        lifecycle_rules=list(rules),
        removal_policy=RemovalPolicy.RETAIN,
    )
