"""What docs/rollout.md shows works as it stands."""

import re
from pathlib import Path
from typing import Any

from mailproof.change.limits import DEFAULT_MAX_REMOVALS
from mailproof.model.pipeline import read_pipeline
from mailproof.model.rollout import Rollout
from mailproof.reference.permissions import ANY, EXECUTION
from mailproof.template.losses import Fate, Loss, refuse_losses
from tests.model.reading import GOOD, read

PAGE = (Path(__file__).parents[2] / "docs" / "rollout.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(?:yaml|text)\n(.*?)```", PAGE, re.DOTALL)


def test_the_example_of_an_environment_is_right() -> None:
    """It asks for an approval and otherwise shows the defaults."""
    assert read(GOOD + BLOCKS[0]).rollout == Rollout(after="staging", approval=True)


def test_the_example_of_the_guard_is_what_it_says() -> None:
    """Word by word."""
    stack, name = "prod/ses-eu-west-1", "IdentityExampleCom19CB0CFC"
    loss = Loss(stack, name, Fate.DELETED, ("identity 'example.com'",))
    assert refuse_losses([loss], (), DEFAULT_MAX_REMOVALS) == [BLOCKS[1].strip()]
    assert f"`--max-removals` resources ({DEFAULT_MAX_REMOVALS})" in PAGE


def test_the_example_of_a_pipeline_file_is_right() -> None:
    """With an id for the connection."""
    text = BLOCKS[2].replace("…", "01234567-89ab-cdef-0123-456789abcdef")
    assert read_pipeline("pipeline.yaml", text).branch == "main"


def _handler_actions(resource_type: str) -> set[str]:
    """Return what CloudFormation's handlers of a resource type call, but for listing all of an account."""
    from cfnlint.schema import manager  # type: ignore[import-untyped]  # noqa: PLC0415 -- takes 0.8 s

    handlers: dict[str, Any] = manager.PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", resource_type).schema[
        "handlers"
    ]
    return {action for name, handler in handlers.items() if name != "list" for action in handler["permissions"]}


def test_the_execution_policy_is_what_the_stacks_need() -> None:
    """Each action that CloudFormation takes for an identity or record, and for its reading of the bootstrap version."""
    granted = {action: grant.resources for grant in EXECUTION for action in grant.actions}
    needed = _handler_actions("AWS::SES::EmailIdentity") | _handler_actions("AWS::Route53::RecordSet")
    unused = {"route53:ListHostedZones"}  # finds a zone by its name; the stacks give its id
    assert granted.keys() == needed - unused | {"ssm:GetParameters"}
    assert not any("*" in action for action in granted)
    assert ANY not in granted.values()


def test_the_trust_of_roles_names_subject_and_audience() -> None:
    """Each row of the table has both; the deploying role trusts the environment that has the reviewers."""
    rows = [line.split(" | ") for line in PAGE.splitlines() if line.startswith("| `mailproof-")]
    assert [row[2] for row in rows] == ["`sts.amazonaws.com`"] * 3
    assert rows[0][1] == "`repo:OWNER/REPO:environment:prod-approval`"
