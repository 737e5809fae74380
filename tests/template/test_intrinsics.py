"""What names and values of a template become."""

from typing import Any

import pytest

from mailproof.template.cloud_assembly import SynthesisedStack
from mailproof.template.intrinsics import IntrinsicEvaluator, Scope, Unresolved, pseudo_parameters

NOWHERE, UNKNOWN = Unresolved.NOWHERE, Unresolved.UNKNOWN
TEMPLATE = {
    "Resources": {
        "Identity": {"Type": "AWS::SES::EmailIdentity", "Properties": {"EmailIdentity": "Example.com"}},
        "Gone": {"Type": "AWS::SES::EmailIdentity", "Properties": {"EmailIdentity": "gone.example"}},
        "Unanswered": {"Type": "AWS::SES::EmailIdentity", "Properties": {"EmailIdentity": "silent.example"}},
        "Nameless": {"Type": "AWS::SES::EmailIdentity", "Properties": {"EmailIdentity": {"Ref": "Other"}}},
        "Queue": {"Type": "AWS::SQS::Queue"},
    },
    "Outputs": {"Name2": {"Value": {"Fn::GetAtt": ["Identity", "DkimDNSTokenName2"]}}},
}
PAIRS = tuple((f"t{n}._domainkey.example.com", f"t{n}.dkim.amazonses.com") for n in (1, 2, 3))
PRODUCER = SynthesisedStack("prod/ses", "producer", "1", "eu-west-1", template=TEMPLATE)


def _tokens(region: str, domain: str) -> tuple[tuple[str, str], ...] | None:
    return {"example.com": PAIRS, "gone.example": ()}.get(domain) if region == "eu-west-1" else ()


def _output(name: str, stack: str = "producer", account: str = "1") -> dict[str, Any]:
    role = {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, f":iam::{account}:role/r"]]}
    return {"Fn::GetStackOutput": {"StackName": stack, "OutputName": name, "RoleArn": role}}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a.example.", "a.example."),
        ({"Fn::GetAtt": ["Identity", "DkimDNSTokenName1"]}, PAIRS[0][0]),
        ({"Fn::GetAtt": "Identity.DkimDNSTokenValue3"}, PAIRS[2][1]),
        ({"Fn::Join": ["", [{"Fn::GetAtt": ["Identity", "DkimDNSTokenValue2"]}, "."]]}, f"{PAIRS[1][1]}."),
        ({"Fn::Join": ["", ["feedback-smtp.", {"Ref": "AWS::Region"}]]}, "feedback-smtp.eu-west-1"),
        ({"Ref": "Identity"}, "Example.com"),
        ({"Fn::Sub": "${Identity.DkimDNSTokenName1}.${!x}${Zone}"}, f"{PAIRS[0][0]}.${{x}}z.example"),
        ({"Fn::Sub": ["${Host}.${Zone}", {"Host": {"Ref": "AWS::StackName"}}]}, "consumer.z.example"),
        ({"Fn::Sub": "${Other}.${Zone}"}, UNKNOWN),
        ({"Fn::Join": ["", {"Ref": "Zone"}]}, UNKNOWN),
        ({"Fn::GetAtt": ["Gone", "DkimDNSTokenName1"]}, NOWHERE),
        ({"Fn::Join": ["", [{"Ref": "Other"}, {"Fn::GetAtt": ["Gone", "DkimDNSTokenName1"]}]]}, NOWHERE),
        ({"Fn::GetAtt": ["Unanswered", "DkimDNSTokenName1"]}, UNKNOWN),
        ({"Fn::GetAtt": ["Nameless", "DkimDNSTokenName1"]}, UNKNOWN),
        (_output("Name2"), PAIRS[1][0]),
        (_output("DkimDNSTokenName2", "other"), UNKNOWN),
        (_output("DkimDNSTokenName2", "other", "2"), NOWHERE),
        (_output("Name2", "other", "2"), UNKNOWN),
        (_output("None"), UNKNOWN),
        (_output("PublishIdentityMovedDkimDNSTokenName2"), PAIRS[1][0]),
        (_output("PublishIdentityMovedDkimDNSTokenName2", "other"), PAIRS[1][0]),
        ({"Fn::Join": ["", [{"Ref": "Other"}, "."]]}, UNKNOWN),
        ({"Fn::GetAtt": ["Queue", "Arn"]}, UNKNOWN),
        (None, UNKNOWN),
    ],
)
def test_values_become_what_cloudformation_makes_of_them(value: Any, expected: str | Unresolved) -> None:
    """What cannot be known is told, never a half; a token of an identity that is not there is nowhere."""
    refs = pseudo_parameters("consumer", "1", "eu-west-1") | {"Zone": "z.example"}
    evaluator = IntrinsicEvaluator([PRODUCER], "1", _tokens, {"IdentityMoved": "example.com"})
    assert evaluator.resolve(value, Scope(TEMPLATE, "eu-west-1", refs)) == expected
