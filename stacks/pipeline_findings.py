"""Findings of AwsSolutions in the pipeline, each acknowledged with its reason."""

from collections.abc import Iterable

from aws_cdk import Acknowledgment, Stack, Validations
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_s3 as s3
from constructs import IConstruct

PACK = "AwsSolutions::AwsSolutions"
ARTIFACT_ACTIONS = {
    "s3:GetObject*": "objects of the artifact bucket are read, in any version; the statement names that bucket alone",
    "s3:GetBucket*": "settings of the artifact bucket are read; the statement names that bucket alone",
    "s3:List*": "the artifact bucket is listed; the statement names that bucket alone",
    "s3:DeleteObject*": "artifacts of the artifact bucket are replaced; the statement names that bucket alone",
    "s3:Abort*": "uploads to the artifact bucket are given up; the statement names that bucket alone",
}


def acknowledge_findings(stack: Stack, bucket: s3.Bucket, projects: Iterable[codebuild.PipelineProject]) -> None:
    """Acknowledge each finding by its exact id, so that one more wildcard is a finding again."""
    reasons = {f"IAM5[Action::{action}]": reason for action, reason in ARTIFACT_ACTIONS.items()}
    reasons |= {
        f"IAM5[Resource::<{_logical_id(stack, bucket)}.Arn>/*]": "CodePipeline chooses the keys of its artifacts",
        "S1": "it holds code and templates for a while and no secret; CloudTrail logs who deploys",
        "CB4": "artifacts are encrypted by S3; they hold no secret, and a key would cost more than the builds",
    }
    for project in projects:
        group = f"log-group:/aws/codebuild/<{_logical_id(stack, project)}>"
        resource = f"arn:<AWS::Partition>:logs:{stack.region}:{stack.account}:{group}:*"
        reasons[f"IAM5[Resource::{resource}]"] = "CodeBuild chooses the names of the streams of its own log group"
    Validations.of(stack).acknowledge(
        *(Acknowledgment(id=f"{PACK}-{rule}", reason=reason) for rule, reason in reasons.items())
    )


def _logical_id(stack: Stack, construct: IConstruct) -> str:
    child = construct.node.default_child
    if child is None:  # cannot be: this tells the type checker
        raise TypeError(type(construct))
    return stack.resolve(stack.get_logical_id(child))  # type: ignore[arg-type, no-any-return]
