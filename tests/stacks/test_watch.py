"""The stack that checks again and again: what it is, and how little it may do."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import Validations
from cdk_nag import AwsSolutionsChecks

from mailproof.model.errors import InvalidValue
from mailproof.model.resolve import EnvironmentReader
from mailproof.model.watch import WATCHED
from mailproof.stacks.app import build_app
from mailproof.stacks.new_app import new_app
from mailproof.watch.notice import count_lines
from tests.report.samples import finding, report

FILE = """\
account: "111122223333"
regions: [eu-west-1]
zones: {example.com: {id: Z1}}
watch: {schedule: rate(6 hours), keep_days: 30}
domains:
  - {name: example.com, dmarc: {policy: none}}
"""
TOPIC = "arn:aws:sns:eu-west-1:111122223333:alerts"


def _synthesise(folder: Path, text: str = FILE, environments: str = "environments") -> dict[str, Any]:
    for name in ("environments/prod.yaml", "requirements.txt", "node_modules/x/index.js", ".env", "notes/a.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text if name.endswith(".yaml") else "", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        app = build_app(new_app(outdir=str(folder / "cdk.out"), context={"environments": environments}))
        Validations.of(app).add_plugins(AwsSolutionsChecks(app))
        app.synth()
    found: dict[str, Any] = json.loads((folder / "cdk.out/MailproofWatch-prod.template.json").read_text("utf-8"))
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an app."""
    return tmp_path_factory.mktemp("app")


@pytest.fixture(scope="module")
def template(folder: Path) -> dict[str, Any]:
    """The template of its watch; AwsSolutions has found nothing that is not acknowledged."""
    return _synthesise(folder)


def of_type(template: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """Return the properties of the resources of a type."""
    return [found["Properties"] for found in template["Resources"].values() if found["Type"] == name]


def test_there_is_no_key_and_no_lambda_function(template: dict[str, Any]) -> None:
    """A project on a schedule, what it writes, and who is told."""
    assert {found["Type"] for found in template["Resources"].values()} == {
        "AWS::CloudWatch::Alarm",
        "AWS::CodeBuild::Project",
        "AWS::Events::Rule",
        "AWS::IAM::Policy",
        "AWS::IAM::Role",
        "AWS::Logs::LogGroup",
        "AWS::Logs::MetricFilter",
        "AWS::S3::Bucket",
        "AWS::S3::BucketPolicy",
        "AWS::SNS::Topic",
        "AWS::SNS::TopicPolicy",
    }
    [rule] = of_type(template, "AWS::Events::Rule")
    assert rule["ScheduleExpression"] == "rate(6 hours)"


def test_addresses_are_masked_where_the_file_asks(template: dict[str, Any], tmp_path: Path) -> None:
    """Else the template stays as it is deployed."""
    asked = _synthesise(tmp_path, FILE.replace("keep_days: 30", "keep_days: 30, mask: true"))
    given = {"Name": "MAILPROOF_MASK", "Type": "PLAINTEXT", "Value": "1"}
    [project], [as_before] = of_type(asked, "AWS::CodeBuild::Project"), of_type(template, "AWS::CodeBuild::Project")
    assert given in project["Environment"]["EnvironmentVariables"]
    assert given not in as_before["Environment"]["EnvironmentVariables"]


def test_a_run_may_read_and_tell_and_no_more(template: dict[str, Any]) -> None:
    """It assumes the one role that reads; what it writes itself is its bucket and its topic."""
    statements = [
        statement
        for policy in of_type(template, "AWS::IAM::Policy")
        for statement in policy["PolicyDocument"]["Statement"]
    ]
    by_action = {json.dumps(found["Action"]): found["Resource"] for found in statements}
    assert by_action['"sts:AssumeRole"'] == "arn:aws:iam::111122223333:role/mailproof-read"
    assert [resource for resource in by_action.values() if resource == "*"] == []
    writing = [action for action in by_action if re.search("Put|Delete|Create|Publish|Start", action)]
    assert set(writing) == {
        '"sns:Publish"',
        '"codebuild:StartBuild"',
        '["s3:GetObject", "s3:PutObject"]',
        '["logs:CreateLogStream", "logs:PutLogEvents"]',
        '["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]',
    }


def test_alarms_may_publish_to_the_topic(template: dict[str, Any]) -> None:
    """Of this account only; a policy of a topic's own takes away what AWS gives it by itself."""
    [policy] = of_type(template, "AWS::SNS::TopicPolicy")
    [allowed] = [each for each in policy["PolicyDocument"]["Statement"] if each["Effect"] == "Allow"]
    assert allowed["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert allowed["Condition"] == {"StringEquals": {"aws:SourceAccount": "111122223333"}}


def test_a_metric_and_an_alarm_per_severity(template: dict[str, Any]) -> None:
    """Each filter takes the line that a run prints; one alarm more tells that runs fail."""
    filters = of_type(template, "AWS::Logs::MetricFilter")
    patterns = {each["MetricTransformations"][0]["MetricName"]: each["FilterPattern"] for each in filters}
    lines = [line.split() for line in count_lines(report([], finding()))]
    assert [line[1:] for line in lines] == [["error", "1"], ["unknown", "0"], ["warning", "0"]]
    expected = {f"prod-{severity}": f'[mark="{mark}", severity="{severity}", count]' for mark, severity, _ in lines}
    assert patterns == expected
    assert len(of_type(template, "AWS::CloudWatch::Alarm")) == len(WATCHED) + 1


def test_a_run_takes_along_what_it_needs(template: dict[str, Any], folder: Path) -> None:
    """The environment files and what is installed; no secret that lies beside them."""
    [project] = of_type(template, "AWS::CodeBuild::Project")
    [asset] = (folder / "cdk.out").glob("asset.*")
    assert {path.relative_to(asset).as_posix() for path in asset.rglob("*") if path.is_file()} == {
        "environments/prod.yaml",
        "requirements.txt",
    }
    commands = json.loads(project["Source"]["BuildSpec"])["phases"]["build"]["commands"]
    assert commands[-1].startswith('mailproof watch run --environments "$ENVIRONMENTS" --environment "$ENVIRONMENT"')
    variables = {each["Name"]: each["Value"] for each in project["Environment"]["EnvironmentVariables"]}
    assert variables.keys() == {"BUCKET", "ENVIRONMENT", "ENVIRONMENTS", "READ_ROLE", "TOPIC"}


def test_cfn_lint_has_nothing_to_say(template: dict[str, Any]) -> None:
    """No error and no warning."""
    from cfnlint import api, core  # type: ignore[import-untyped]  # noqa: PLC0415 -- takes 0.8 s

    assert api.lint(json.dumps(template), rules=core.get_rules([], [], []), regions=["eu-west-1"]) == []


def test_the_topic_may_be_one_that_is_there(tmp_path: Path) -> None:
    """Then none is made."""
    template = _synthesise(tmp_path, FILE.replace("rate(6 hours)", f"rate(1 day), topic: '{TOPIC}'"))
    assert of_type(template, "AWS::SNS::Topic") == []
    assert template["Outputs"]["NewFindings"]["Value"] == TOPIC


def test_files_elsewhere_are_refused(tmp_path: Path) -> None:
    """A run would not find them."""
    with pytest.raises(InvalidValue, match="is not a folder below that of the app"):
        _synthesise(tmp_path, environments=str(tmp_path / "environments"))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("rate(6 hours)", "rate(1 days)", "watch.schedule: is not a schedule of EventBridge, got 'rate(1 days)'"),
        ("rate(6 hours)", "'0 6 * * *'", "watch.schedule: is not a schedule of EventBridge, got '0 6 * * *'"),
        ("keep_days: 30", "topic: alerts", "watch.topic: is not the ARN of an SNS topic, got 'alerts'"),
        ("keep_days: 30", f"topic: '{TOPIC.replace('eu-west', 'us-west')}'", "watch.topic: is in us-west-1"),
        ("keep_days: 30", "keep_days: 0", "watch.keep_days: "),
    ],
)
def test_what_cannot_be_is_refused(old: str, new: str, said: str) -> None:
    """With file, line and key."""
    [problem] = EnvironmentReader("environments/prod.yaml", FILE.replace(old, new)).problems
    assert str(problem).startswith(f"environments/prod.yaml:4: {said}")
