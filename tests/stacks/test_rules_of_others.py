"""What others make of the templates: cfn-lint, and cdk-nag's AwsSolutions."""

import json
import re
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Environment, Stack, Validations
from aws_cdk.aws_s3 import CfnBucket
from aws_cdk.cloudformation_include import CfnInclude
from cdk_nag import AwsSolutionsChecks

from mailproof.stacks.app import build_app
from mailproof.stacks.new_app import new_app
from tests.stacks.assembly import Assembly, SynthesisedStack

# Errors and warnings of every rule; what cfn-lint calls informational is a matter of taste, such as Fn::Sub for
# Fn::Join, which the CDK writes. Nothing else is left out: cfn-lint 1.58 knows Fn::GetStackOutput.

OUTPUTS_OF_ONE_STACK = r"arn:<AWS::Partition>:cloudformation:[a-z0-9-]+:\d+:stack/mailproof-[a-z0-9-]+/\*"
ACKNOWLEDGED = {
    rf"AwsSolutions-IAM5\[Resource::{OUTPUTS_OF_ONE_STACK}\]": (
        "the role by which another account reads outputs is the CDK's; a stack's ARN ends in an id that only the "
        "deployment knows, and the wildcard stands for that id of this one stack"
    ),
    r"AwsSolutions-(APIG[1-9]|COG4)": (
        "an MTA-STS policy is a fixed text of a few lines, which every server that sends mail is to get: there is "
        "no caller to know, no input to judge and nothing behind it to protect"
    ),
}
"""Findings of cdk-nag, as a pattern, with the reason why they stand."""


Lint = Callable[[str, str], list[Any]]


@pytest.fixture(scope="module")
def lint() -> Lint:
    """What cfn-lint says of a template in a region; it and its rules take longer to load than to apply."""
    from cfnlint import api, core  # type: ignore[import-untyped]  # noqa: PLC0415 -- takes 0.8 s

    rules = core.get_rules([], [], [])
    return lambda text, region: list(api.lint(text, rules=rules, regions=[region]))


def _every(*assemblies: Assembly) -> list[SynthesisedStack]:
    return [stack for assembly in assemblies for stack in assembly.values()]


def test_cfn_lint_has_nothing_to_say(
    lint: Lint, shipped_assembly: Assembly, assembly: Assembly, examples: dict[str, Assembly]
) -> None:
    """No error and no warning, for the region that each template is deployed to."""
    found = [
        f"{stack.path}: {match}"
        for stack in _every(shipped_assembly, assembly, *examples.values())
        for match in lint(stack.text, stack.region)
    ]
    assert found == []


def test_cfn_lint_has_nothing_to_say_of_the_example_app(lint: Lint, project: Path) -> None:
    """The example app, whose stack the wheel is tested with."""
    app, example = new_app(), runpy.run_path(str(project / "examples/own_stack/app.py"))
    stack = example["NewsletterStack"](app, env=Environment(account="111122223333", region="eu-west-1"))
    template = app.synth().get_stack_artifact(stack.artifact_id).template
    assert lint(json.dumps(template), "eu-west-1") == []


def test_cfn_lint_would_say_something(lint: Lint, assembly: Assembly) -> None:
    """The rules are at work: a property that is none, and a region without SES identities, are found."""
    text = assembly["prod/ses-us-east-1"].text
    misspelt = lint(text.replace('"MailFromAttributes"', '"MailFrom"'), "us-east-1")
    elsewhere = lint(text, "ap-east-1")
    assert {match.rule.id for match in misspelt} == {"E3002"}
    assert "E3006" in {match.rule.id for match in elsewhere}


def _without_stack_outputs(value: Any) -> Any:
    """Put a text for what another stack supplies: CfnInclude does not know Fn::GetStackOutput yet."""
    if isinstance(value, list):
        return [_without_stack_outputs(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "Fn::GetStackOutput" in value:
        return "output"
    return {key: _without_stack_outputs(item) for key, item in value.items()}


def _nag(app: App) -> list[str]:
    """Return the findings of AwsSolutions."""
    return sorted(str(violation.rule_name) for violation in AwsSolutionsChecks(app).validate_scope(app).violations)


def test_cdk_nag_has_nothing_to_say(
    shipped_assembly: Assembly, assembly: Assembly, examples: dict[str, Assembly], tmp_path: Path
) -> None:
    """
    Every finding is acknowledged, and every acknowledgement needed.

    Templates are read back, so that each resource is of its own type: to cdk-nag, what we and the CDK add as plain
    data does not exist.
    """
    app = App()
    for number, stack in enumerate(_every(shipped_assembly, assembly, *examples.values())):
        file = tmp_path / f"{number}.json"
        file.write_text(json.dumps(_without_stack_outputs(stack.template)))
        CfnInclude(Stack(app, f"stack-{number}"), "Template", template_file=str(file))
    found = _nag(app)
    assert [finding for finding in found if not any(re.fullmatch(known, finding) for known in ACKNOWLEDGED)] == []
    assert all(any(re.fullmatch(known, finding) for finding in found) for known in ACKNOWLEDGED)


def test_cdk_nag_would_say_something() -> None:
    """The rules are at work: an open bucket is found."""
    app = App()
    CfnBucket(Stack(app, "stack"), "Bucket")
    assert "AwsSolutions-S1" in _nag(app)


def test_the_app_passes_with_cdk_nag_plugged_in(project: Path, tmp_path: Path) -> None:
    """Who adds the plug-in to the app sees it synthesise, without a finding in the report."""
    app = new_app(outdir=str(tmp_path), context={"environments": str(project / "environments")})
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    build_app(app).synth()
    report = json.loads((tmp_path / "validation-report.json").read_text())
    assert report["pluginReports"] == []
