"""What names and values of a template become."""

from typing import Any

import pytest

from mailproof.adopt.intrinsics import Resolver
from mailproof.rollout.assembly import SynthesisedStack

TEMPLATE = {
    "Resources": {
        "Identity": {"Type": "AWS::SES::EmailIdentity", "Properties": {"EmailIdentity": "Example.com"}},
        "Queue": {"Type": "AWS::SQS::Queue"},
    },
    "Outputs": {"Name2": {"Value": {"Fn::GetAtt": ["Identity", "DkimDNSTokenName2"]}}},
}
PAIRS = tuple((f"t{n}._domainkey.example.com", f"t{n}.dkim.amazonses.com") for n in (1, 2, 3))
PRODUCER = SynthesisedStack("prod/ses", "producer", "1", "eu-west-1", (), frozenset(), TEMPLATE)


def _tokens(region: str, domain: str) -> tuple[tuple[str, str], ...]:
    return PAIRS if (region, domain) == ("eu-west-1", "example.com") else ()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a.example.", "a.example."),
        ({"Fn::GetAtt": ["Identity", "DkimDNSTokenName1"]}, PAIRS[0][0]),
        ({"Fn::GetAtt": "Identity.DkimDNSTokenValue3"}, PAIRS[2][1]),
        ({"Fn::Join": ["", [{"Fn::GetAtt": ["Identity", "DkimDNSTokenValue2"]}, "."]]}, f"{PAIRS[1][1]}."),
        ({"Fn::Join": ["", ["feedback-smtp.", {"Ref": "AWS::Region"}]]}, "feedback-smtp.eu-west-1"),
        ({"Fn::GetStackOutput": {"StackName": "producer", "OutputName": "Name2"}}, PAIRS[1][0]),
        ({"Fn::GetStackOutput": {"StackName": "other", "OutputName": "Name2"}}, None),
        ({"Fn::GetStackOutput": {"StackName": "producer", "OutputName": "None"}}, None),
        ({"Fn::Join": ["", [{"Ref": "Parameter"}, "."]]}, None),
        ({"Fn::GetAtt": ["Queue", "Arn"]}, None),
        (None, None),
    ],
)
def test_values_become_what_cloudformation_makes_of_them(value: Any, expected: str | None) -> None:
    """What cannot be known is None, never a half."""
    assert Resolver([PRODUCER], _tokens).resolve(value, TEMPLATE, "eu-west-1") == expected


def test_an_identity_that_does_not_exist_has_no_names() -> None:
    """Its tokens are known once it is made."""
    value = {"Fn::GetAtt": ["Identity", "DkimDNSTokenName1"]}
    assert Resolver([PRODUCER], _tokens).resolve(value, TEMPLATE, "us-east-1") is None
