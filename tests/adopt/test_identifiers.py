"""By what CloudFormation tells the resources that it imports."""

from typing import Any

import pytest

from mailproof.live.answer import AwsAnswer, Unanswered
from mailproof.live.aws.clients import Clients, Target
from mailproof.live.aws.identifiers import fetch_identifiers
from mailproof.model.resource_types import IDENTITY, RECORD_SET

PLACE = Target("111111111111", "us-east-1")


class _Answers(Clients):
    """Answers GetTemplateSummary."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer

    def ask(self, service: str, target: Target, call: Any) -> AwsAnswer[Any]:
        """Let the caller ask this very object."""
        assert (service, target) == ("cloudformation", PLACE)
        return self._answer if isinstance(self._answer, Unanswered) else call(self)

    def get_template_summary(self, TemplateBody: str) -> Any:  # noqa: N803 -- as boto3 has it
        """Answer."""
        assert IDENTITY in TemplateBody
        return self._answer


def _summary(resource_type: str, *identifiers: str) -> dict[str, Any]:
    return {"ResourceType": resource_type, "LogicalResourceIds": ["X"], "ResourceIdentifiers": list(identifiers)}


@pytest.mark.parametrize(
    ("summaries", "expected"),
    [
        ([], {IDENTITY: ("EmailIdentity",), RECORD_SET: ("HostedZoneId", "Name", "Type")}),
        ([_summary(IDENTITY, "EmailIdentity")], {IDENTITY: ("EmailIdentity",)}),
        (
            [_summary(RECORD_SET, "Name,HostedZoneId,Type,SetIdentifier")],
            {RECORD_SET: ("Name", "HostedZoneId", "Type", "SetIdentifier")},
        ),
    ],
    ids=["says nothing", "no records", "all four"],
)
def test_what_cloudformation_says_counts(summaries: list[Any], expected: dict[str, tuple[str, ...]]) -> None:
    """A type that it leaves out cannot be imported there; where it says nothing, the schemas do."""
    assert fetch_identifiers(_Answers({"ResourceIdentifierSummaries": summaries}), PLACE) == expected


def test_no_answer_is_no_list() -> None:
    """Could not ask is not "cannot be imported"."""
    assert fetch_identifiers(_Answers(Unanswered("AccessDenied")), PLACE) == Unanswered("AccessDenied")
