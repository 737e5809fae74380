"""Findings of AwsSolutions and Checkov in the watch, each acknowledged with its reason."""

from aws_cdk import Acknowledgment, Stack, Validations
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns

from mailproof.stacks.pipeline_findings import PACK, logical_id, tell_checkov

NO_ACCESS_LOG = "it holds states of DNS and SES, and no secret; CloudTrail logs who changes it"
FILE_ACTIONS = {
    "s3:GetObject*": "one object of the bootstrap's bucket is read, which holds the files of a run",
    "s3:GetBucket*": "settings of the bootstrap's bucket are read; the statement names that bucket alone",
    "s3:List*": "the bootstrap's bucket is listed; the statement names that bucket alone",
}


def acknowledge_findings(
    stack: Stack, bucket: s3.Bucket, topic: sns.ITopic, log: logs.LogGroup, project: codebuild.Project
) -> None:
    """
    Acknowledge each finding by its exact id, so that one more wildcard is a finding again.

    Args:
        stack: The watch.
        bucket: Of its runs.
        topic: That is told what is new.
        log: Of its runs.
        project: That runs.
    """
    tell_checkov(bucket, "CKV_AWS_18", NO_ACCESS_LOG)
    tell_checkov(log, "CKV_AWS_158", "CloudWatch encrypts it; it holds states of DNS and SES, and no secret")
    if isinstance(topic, sns.Topic):
        tell_checkov(topic, "CKV_AWS_26", "alarms cannot publish to a topic with the key that AWS manages")
    log = f"log-group:/aws/codebuild/<{logical_id(stack, project)}>:*"
    reasons = {f"IAM5[Action::{action}]": reason for action, reason in FILE_ACTIONS.items()}
    reasons |= {
        f"IAM5[Resource::<{logical_id(stack, bucket)}.Arn>/runs/*]": "each run is an object of its own",
        f"IAM5[Resource::arn:<AWS::Partition>:logs:{stack.region}:{stack.account}:{log}]": (
            "CodeBuild chooses the names of the streams of its own log group"
        ),
        "S1": NO_ACCESS_LOG,
        "CB4": "a run leaves no artifact; a key would cost more than the runs",
    }
    Validations.of(stack).acknowledge(
        *(Acknowledgment(id=f"{PACK}-{rule}", reason=reason) for rule, reason in reasons.items())
    )
