"""The AWS pipeline: what it is, and how little its roles may do."""

import json
import os
import subprocess
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import Validations
from aws_cdk import aws_iam as iam
from cdk_nag import AwsSolutionsChecks

from mailproof.model.errors import EnvironmentFileError
from mailproof.model.pipeline import PipelineSettings, read_pipeline
from mailproof.stacks.pipeline import PipelineStack
from tests.rollout.engines import pipeline_template
from tests.rollout.world import PIPELINE, new_app


@pytest.fixture(scope="module")
def template(assembly: Path) -> dict[str, Any]:
    """The template of the pipeline."""
    return pipeline_template(assembly)


def of_type(template: dict[str, Any], type_name: str) -> dict[str, dict[str, Any]]:
    """Return the resources of a type by logical id."""
    return {name: found for name, found in template["Resources"].items() if found["Type"] == type_name}


def _pipeline(template: dict[str, Any]) -> dict[str, Any]:
    [pipeline] = of_type(template, "AWS::CodePipeline::Pipeline").values()
    properties: dict[str, Any] = pipeline["Properties"]
    return properties


def assumable(template: dict[str, Any], project: str) -> list[str]:
    """Return the roles that a project may assume."""
    found: list[str] = []
    for name, policy in of_type(template, "AWS::IAM::Policy").items():
        if name.startswith(project):
            for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
                if statement["Action"] == "sts:AssumeRole":
                    resources = statement["Resource"]
                    found += resources if isinstance(resources, list) else [resources]
    return found


def bootstrap(account: str, *regions: str) -> list[str]:
    """Return the roles by which the CDK deploys."""
    return [
        f"arn:aws:iam::{account}:role/cdk-hnb659fds-{kind}-role-{account}-{region}"
        for region in regions
        for kind in ("deploy", "file-publishing")
    ]


def test_the_pipeline_queues_and_follows_one_branch(template: dict[str, Any]) -> None:
    """V2, QUEUED, starting anew when it has changed itself."""
    properties = _pipeline(template)
    assert (properties["PipelineType"], properties["ExecutionMode"]) == ("V2", "QUEUED")
    assert properties["RestartExecutionOnUpdate"] is True
    assert [stage["Name"] for stage in properties["Stages"]] == [
        "Source",
        "Synthesise",
        "UpdatePipeline",
        "dev-1",
        "prod-1",
        "prod-2",
    ]
    source = properties["Stages"][0]["Actions"][0]["Configuration"]
    assert (source["FullRepositoryId"], source["BranchName"]) == ("example/mail", "trunk")


def test_there_is_no_key_and_no_lambda_function(template: dict[str, Any]) -> None:
    """Only the pipeline, its bucket, its builds and their roles."""
    assert {found["Type"] for found in template["Resources"].values()} == {
        "AWS::CodePipeline::Pipeline",
        "AWS::CodeBuild::Project",
        "AWS::S3::Bucket",
        "AWS::S3::BucketPolicy",
        "AWS::IAM::Role",
        "AWS::IAM::Policy",
    }


def test_a_deployment_reaches_its_own_environment_only(template: dict[str, Any]) -> None:
    """The bootstrap roles of every account and region of its stacks, and the role that reads; nothing of others."""
    assert assumable(template, "devDeployment") == [
        *bootstrap("111111111111", "us-east-1"),
        "arn:aws:iam::111111111111:role/mailproof-read",
    ]
    assert sorted(assumable(template, "prodDeployment")) == sorted(
        [
            *bootstrap("222222222222", "us-east-1", "eu-west-1", "eu-central-2"),
            *bootstrap("333333333333", "us-east-1", "eu-west-1"),
            "arn:aws:iam::222222222222:role/mailproof-read",
        ]
    )


def test_a_gate_only_reads(template: dict[str, Any]) -> None:
    """It may assume one role, in its environment's account; synthesis none."""
    assert assumable(template, "prodGate") == ["arn:aws:iam::222222222222:role/mailproof-read"]
    assert assumable(template, "Synthesis") == []
    assert assumable(template, "SelfUpdate") == bootstrap("444444444444", "eu-west-1")


@pytest.mark.parametrize("service", ["codeconnections", "codestar-connections"])
def test_the_connection_may_be_used_by_the_name_in_its_arn(folder: Path, tmp_path: Path, service: str) -> None:
    """AWS knows the action under both names, each for ARNs of its own; the role of the source has that one."""
    pipeline = tmp_path / "pipeline.yaml"
    pipeline.write_text(PIPELINE.replace("codeconnections", service), encoding="utf-8")
    new_app(folder, tmp_path / "cdk.out", pipeline=str(pipeline)).synth()
    template = pipeline_template(tmp_path / "cdk.out")
    arn = f"arn:aws:{service}:eu-west-1:444444444444:connection/01234567-89ab-cdef-0123-456789abcdef"
    granted = [
        (name, statement["Action"], statement["Resource"])
        for name, policy in of_type(template, "AWS::IAM::Policy").items()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if "UseConnection" in str(statement["Action"])
    ]
    [(holder, action, resource)] = granted
    assert (action, resource) == (f"{service}:UseConnection", arn)
    [source] = _pipeline(template)["Stages"][0]["Actions"]
    assert source["Configuration"]["ConnectionArn"] == arn
    [role] = of_type(template, "AWS::IAM::Policy")[holder]["Properties"]["Roles"]
    assert source["RoleArn"] == {"Fn::GetAtt": [role["Ref"], "Arn"]}


def test_builds_install_what_is_pinned(template: dict[str, Any]) -> None:
    """Wheels with known hashes and no script of a Node package; npx fetches nothing."""
    lines = [
        line
        for project in of_type(template, "AWS::CodeBuild::Project").values()
        for phase in json.loads(project["Properties"]["Source"]["BuildSpec"])["phases"].values()
        for line in phase["commands"]
    ]
    installs = {line for line in lines if " install " in line}
    assert installs == {
        "python -m pip install --quiet --require-hashes --only-binary :all: --requirement requirements-app.txt",
        "python -m pip install --quiet --require-hashes --only-binary :all: --requirement requirements-command.txt",
        "python -m pip install --quiet --no-deps --no-build-isolation .",
    }
    assert {line for line in lines if line.startswith("npm")} == {"npm ci --ignore-scripts --no-audit --no-fund"}
    assert all(line.startswith("npx --no -- cdk ") for line in lines if "npx" in line)


def test_the_bucket_keeps_versions_for_a_while(template: dict[str, Any]) -> None:
    """Checkov's CKV_AWS_21 is mended, and CKV_AWS_18 is answered where Checkov looks."""
    [bucket] = of_type(template, "AWS::S3::Bucket").values()
    assert bucket["Properties"]["VersioningConfiguration"] == {"Status": "Enabled"}
    [rule] = bucket["Properties"]["LifecycleConfiguration"]["Rules"]
    assert (rule["ExpirationInDays"], rule["NoncurrentVersionExpiration"]) == (90, {"NoncurrentDays": 1})
    assert [skip["id"] for skip in bucket["Metadata"]["checkov"]["skip"]] == ["CKV_AWS_18"]


def test_no_wildcard_but_keys_and_log_streams(template: dict[str, Any]) -> None:
    """No statement is for every resource; a star stands behind the bucket or a project's own log group."""
    for policy in of_type(template, "AWS::IAM::Policy").values():
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
            resources = statement["Resource"]
            for resource in resources if isinstance(resources, list) else [resources]:
                text = json.dumps(resource)
                assert resource != "*"
                assert "*" not in text or "Artifacts" in text or "/aws/codebuild/" in text


def test_builds_read_the_files_that_the_app_reads(template: dict[str, Any], folder: Path) -> None:
    """The context key `environments` of cdk.json counts for the commands too."""
    for name, project in of_type(template, "AWS::CodeBuild::Project").items():
        if name.startswith("prod"):
            variables = {
                found["Name"]: found["Value"] for found in project["Properties"]["Environment"]["EnvironmentVariables"]
            }
            assert variables["ENVIRONMENTS"] == str(folder)
            assert (
                '--environments "$ENVIRONMENTS"'
                in json.loads(project["Properties"]["Source"]["BuildSpec"])["phases"]["build"]["commands"][-1]
            )


def test_builds_have_time_for_what_they_wait_for(template: dict[str, Any]) -> None:
    """A gate ends by its own timeout, with a message, before CodeBuild ends it."""
    projects = of_type(template, "AWS::CodeBuild::Project")
    minutes = {name[:-8]: found["Properties"]["TimeoutInMinutes"] for name, found in projects.items()}
    assert (minutes["devGate"], minutes["prodGate"]) == (5 + 15, 30 + 15)
    assert (minutes["devDeployment"], minutes["prodDeployment"]) == (2 * 20 + 15, 2 * 20 + 15)


def test_a_build_writes_a_profile_that_renews_its_credentials(template: dict[str, Any], tmp_path: Path) -> None:
    """The lines before the command, run by a shell, write the role that reads, taken on from the project's own."""
    project = next(p for name, p in of_type(template, "AWS::CodeBuild::Project").items() if name.startswith("prodGate"))
    *lines, command = json.loads(project["Properties"]["Source"]["BuildSpec"])["phases"]["build"]["commands"]
    role = "arn:aws:iam::222222222222:role/mailproof-read"
    script = "\n".join([*lines, 'cat "$AWS_CONFIG_FILE"'])
    done = subprocess.run(
        ["sh", "-c", script],
        env={**os.environ, "READ_ROLE": role},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    config = ConfigParser()
    config.read_string(done.stdout)
    assert dict(config["profile mailproof-read"]) == {"role_arn": role, "credential_source": "EcsContainer"}
    assert "--profile mailproof-read" in command


def _nag(folder: Path, tmp_path: Path, *, widen: bool, account: str = "444444444444") -> Path:
    pipeline = tmp_path / "pipeline.yaml"
    pipeline.write_text(PIPELINE.replace("444444444444", account), encoding="utf-8")
    app = new_app(folder, tmp_path / "cdk.out", pipeline=str(pipeline))
    stack = app.node.find_child("MailproofPipeline")
    assert isinstance(stack, PipelineStack)
    if widen:
        everything = iam.PolicyStatement(actions=["sts:AssumeRole"], resources=["*"])
        stack.pipeline.add_to_role_policy(everything)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    app.synth()
    return tmp_path / "cdk.out"


def test_aws_solutions_find_nothing_more(folder: Path, tmp_path: Path) -> None:
    """Every finding that stays is acknowledged by its exact id, with the reason; no other account's stack is named."""
    made = _nag(folder, tmp_path, widen=False)
    assert "SetStackPolicy" not in json.dumps(pipeline_template(made))


def test_a_deployment_may_protect_the_stacks_of_its_environment(folder: Path, tmp_path: Path) -> None:
    """Those in the account of the pipeline, by its own credentials: no role of the bootstrap may set a policy."""
    template = pipeline_template(_nag(folder, tmp_path, widen=False, account="222222222222"))
    granted = {
        name: statement
        for name, policy in of_type(template, "AWS::IAM::Policy").items()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if "cloudformation:SetStackPolicy" in statement["Action"]
    }
    [(holder, statement)] = granted.items()
    assert holder.startswith("prodDeployment")
    actions = ["DescribeStacks", "GetStackPolicy", "SetStackPolicy"]
    assert statement["Action"] == [f"cloudformation:{action}" for action in actions]
    stacks = [("dns", "us-east-1"), *((f"ses-{r}", r) for r in ("us-east-1", "eu-west-1", "eu-central-2"))]
    arn = "arn:aws:cloudformation:{1}:222222222222:stack/mailproof-prod-{0}/*"
    assert sorted(statement["Resource"]) == sorted(arn.format(*stack) for stack in stacks)


def test_aws_solutions_find_a_role_that_was_widened(folder: Path, tmp_path: Path) -> None:
    """One wildcard more is a finding."""
    with pytest.raises(RuntimeError, match=r"AwsSolutions-IAM5\[Resource::\*\]"):
        _nag(folder, tmp_path, widen=True)


def test_without_its_file_there_is_no_pipeline(folder: Path, tmp_path: Path) -> None:
    """The app holds the environments alone."""
    app = new_app(folder, tmp_path)
    assert [child.node.id for child in app.node.children if child.node.id[0].isupper()] == []


def test_the_pipeline_of_one_environment_still_rolls_all_out(folder: Path, tmp_path: Path) -> None:
    """Synthesising one environment must not take the others' stages away."""
    pipeline = tmp_path / "pipeline.yaml"
    pipeline.write_text(PIPELINE, encoding="utf-8")
    app = new_app(folder, tmp_path / "cdk.out", pipeline=str(pipeline), environment="dev")
    app.synth()
    [found] = of_type(pipeline_template(tmp_path / "cdk.out"), "AWS::CodePipeline::Pipeline").values()
    assert [stage["Name"] for stage in found["Properties"]["Stages"]][3:] == ["dev-1", "prod-1", "prod-2"]


def test_a_pipeline_file_is_read() -> None:
    """The branch may be left out."""
    assert read_pipeline("pipeline.yaml", PIPELINE).branch == "trunk"
    settings = read_pipeline("pipeline.yaml", PIPELINE.replace("branch: trunk\n", ""))
    assert settings == PipelineSettings.model_validate(settings.model_dump())
    assert settings.branch == "main"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "repository: example/mail",
            "repository: mail",
            "4: repository: is not a repository, got 'mail'; write owner/name",
        ),
        ("branch", "brunch", "5: brunch: is not a key here; did you mean 'branch'?"),
        ('"444444444444"', "1", "1: account: is not an AWS account id of 12 digits, got 1; write it in quotes"),
        (
            "connection: arn:aws:codeconnections:",
            "connection: arn:aws:sns:",
            (
                "3: connection: is not the ARN of a connection, got 'arn:aws:sns:eu-west-1:444444444444:connection/"
                "01234567-89ab-cdef-0123-456789abcdef'; copy it from Developer Tools, Settings, Connections"
            ),
        ),
        ("trunk", "a b", "5: branch: is not a branch, got 'a b'; write its name"),
        (
            "region: eu-west-1",
            "region: eu-wset-1",
            (
                "2: region: is not a region with an SES identity type in CloudFormation, got 'eu-wset-1'; "
                "did you mean 'eu-west-1'?"
            ),
        ),
        (
            "account: ",
            "unknown: ",
            "1: unknown: is not a key here; known are account, region, connection, repository, branch",
        ),
        (PIPELINE, "- 1", "is not a pipeline file; the documentation page 'Rollout' shows one"),
    ],
)
def test_fails_on_a_wrong_pipeline_file(old: str, new: str, expected: str) -> None:
    """Each problem names its line, its key and what to do."""
    with pytest.raises(EnvironmentFileError) as caught:
        read_pipeline("pipeline.yaml", PIPELINE.replace(old, new))
    assert (
        str(caught.value).replace("pipeline.yaml: ", "pipeline.yaml:").splitlines()[-1] == f"pipeline.yaml:{expected}"
    )


def test_fails_on_a_pipeline_file_that_is_not_there(folder: Path, tmp_path: Path) -> None:
    """The app says which file."""
    with pytest.raises(EnvironmentFileError, match=r"absent\.yaml: cannot be read"):
        new_app(folder, tmp_path, pipeline=str(tmp_path / "absent.yaml"))
