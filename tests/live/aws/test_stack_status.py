"""What is said of a stack's status, and what is to be done."""

import botocore.loaders
import pytest

from mailproof.live.aws.stack_status import GOOD, IN_FORCE, judge_state
from mailproof.template.cloud_assembly import SynthesisedStack

STACK = SynthesisedStack("prod/dns", "mailproof-prod-dns", "111111111111", "us-east-1")
PLACE = "--region us-east-1 --stack-name mailproof-prod-dns"
MODEL = botocore.loaders.Loader().load_service_model("cloudformation", "service-2")
STATUSES = MODEL["shapes"]["StackStatus"]["enum"]


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_has_advice_of_its_own(status: str) -> None:
    """All that CloudFormation knows; only a status that it does not know yet is left to its events."""
    verdict = judge_state(status, STACK)
    assert verdict.is_wrong == (status not in IN_FORCE)
    assert bool(verdict.words) == (status not in GOOD)
    assert "look at its events in CloudFormation" not in verdict.words
    assert "{" not in verdict.words


@pytest.mark.parametrize(
    ("status", "part"),
    [
        ("CREATE_FAILED", "first cdk rollback prod/dns"),
        ("ROLLBACK_FAILED", f"&& aws cloudformation delete-stack {PLACE}"),
        ("UPDATE_ROLLBACK_FAILED", "then cdk rollback prod/dns (--orphan LOGICAL_ID"),
        (
            "DELETE_FAILED",
            f"to keep that, name it: aws cloudformation delete-stack {PLACE} --retain-resources",
        ),
        ("DELETE_IN_PROGRESS", "is being deleted"),
        ("REVIEW_IN_PROGRESS", "a change set that was never executed"),
        ("IMPORT_ROLLBACK_FAILED", "an import failed and could not be rolled back"),
        ("IMPORT_ROLLBACK_COMPLETE", "an import failed and was rolled back"),
        ("UPDATE_ROLLBACK_IN_PROGRESS", "a change failed and is being rolled back"),
        ("NEW_STATUS", "look at its events in CloudFormation"),
    ],
)
def test_advice_names_the_next_step(status: str, part: str) -> None:
    """With the command, where there is one."""
    assert part in judge_state(status, STACK).words
