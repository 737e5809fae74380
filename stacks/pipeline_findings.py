"""Findings of AwsSolutions and Checkov in the pipeline, each acknowledged with its reason."""

from collections.abc import Iterable

from aws_cdk import Acknowledgment, CfnResource, Stack, Validations
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_s3 as s3
from constructs import IConstruct

PACK = "AwsSolutions::AwsSolutions"
NO_ACCESS_LOG = "it holds code and templates for a while and no secret; CloudTrail logs who deploys"
ARTIFACT_ACTIONS = {
    "s3:GetObject*": "objects of the artifact bucket are read, in any version; the statement names that bucket alone",
    "s3:GetBucket*": "settings of the artifact bucket are read; the statement names that bucket alone",
    "s3:List*": "the artifact bucket is listed; the statement names that bucket alone",
    "s3:DeleteObject*": "artifacts of the artifact bucket are replaced; the statement names that bucket alone",
    "s3:Abort*": "uploads to the artifact bucket are given up; the statement names that bucket alone",
}


def acknowledge_findings(
    stack: Stack, bucket: s3.Bucket, projects: Iterable[codebuild.PipelineProject], protected_stacks: Iterable[str]
) -> None:
    """
    Acknowledge each finding by its exact id, so that one more wildcard is a finding again.

    Args:
        stack: The pipeline's stack.
        bucket: Holds the artifacts.
        projects: All of them.
        protected_stacks: ARNs of the stacks whose policies they set.
    """
    reasons = {f"IAM5[Action::{action}]": reason for action, reason in ARTIFACT_ACTIONS.items()}
    reasons |= {
        f"IAM5[Resource::<{logical_id(stack, bucket)}.Arn>/*]": "CodePipeline chooses the keys of its artifacts",
        "S1": NO_ACCESS_LOG,
        "CB4": "artifacts are encrypted by S3; they hold no secret, and a key would cost more than the builds",
    }
    for project in projects:
        group = f"log-group:/aws/codebuild/<{logical_id(stack, project)}>"
        resource = f"arn:<AWS::Partition>:logs:{stack.region}:{stack.account}:{group}:*"
        reasons[f"IAM5[Resource::{resource}]"] = "CodeBuild chooses the names of the streams of its own log group"
    for arn in protected_stacks:
        reasons[f"IAM5[Resource::{arn}]"] = "CloudFormation chooses the id behind the name of a stack"
    Validations.of(stack).acknowledge(
        *(Acknowledgment(id=f"{PACK}-{rule}", reason=reason) for rule, reason in reasons.items())
    )


def acknowledge_no_access_log(bucket: s3.Bucket) -> None:
    """Tell Checkov what AwsSolutions is told of S1."""
    tell_checkov(bucket, "CKV_AWS_18", NO_ACCESS_LOG)


def tell_checkov(construct: IConstruct, rule: str, reason: str) -> None:
    """Acknowledge a finding of Checkov, which reads the metadata of the resource."""
    _resource(construct).add_metadata("checkov", {"skip": [{"id": rule, "comment": reason}]})


def logical_id(stack: Stack, construct: IConstruct) -> str:
    """Return the logical id of the resource of a construct."""
    return stack.resolve(stack.get_logical_id(_resource(construct)))  # type: ignore[no-any-return]


def _resource(construct: IConstruct) -> CfnResource:
    child = construct.node.default_child
    if not isinstance(child, CfnResource):  # cannot be: this tells the type checker
        raise TypeError(type(construct))
    return child
