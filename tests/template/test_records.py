"""Record sets of templates that other tools have written."""

from typing import Any

import pytest

from mailproof.model.resource_types import RECORD_SET_GROUP
from mailproof.template.intrinsics import IntrinsicEvaluator, Scope
from mailproof.template.records import template_records

CHOICE = {"Fn::If": ["IsProd", {"Name": "a.example.", "Type": "TXT"}, {"Ref": "AWS::NoValue"}]}


@pytest.mark.parametrize("members", [CHOICE, [CHOICE]], ids=["all", "one"])
def test_members_by_a_function_may_have_any_name_and_type(members: Any) -> None:
    """They are told with what is known, their zone, and never left out."""
    group = {"Type": RECORD_SET_GROUP, "Properties": {"HostedZoneId": "Z1", "RecordSets": members}}
    scope = Scope({"Resources": {"Group": group}}, "us-east-1", {})
    [found] = template_records(scope, IntrinsicEvaluator((), "1", lambda *_: ()))
    assert (found.zone_id, found.name, found.type, found.is_grouped) == ("Z1", "", "", True)
