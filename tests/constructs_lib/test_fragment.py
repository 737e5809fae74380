"""Resources given as plain data, put into a stack."""

import tempfile
from pathlib import Path

import pytest
from aws_cdk import CfnParameter, RemovalPolicy, Stack, Tags
from aws_cdk.aws_ses import CfnEmailIdentity
from constructs import Construct

from mailproof.constructs_lib.fragment import include_resources, included_identity
from mailproof.model.errors import InvalidValue
from mailproof.model.resource_types import IDENTITY, RECORD_SET
from mailproof.model.resources import Resources, identity_id
from tests.constructs_lib.synthesis import new_stack, resources

DOMAIN = "example.com"
IDENTITY_ID = identity_id(DOMAIN)
FRAGMENT: Resources = {
    IDENTITY_ID: {"Type": IDENTITY, "Properties": {"EmailIdentity": DOMAIN}},
    "Record": {
        "Type": RECORD_SET,
        "Properties": {
            "HostedZoneId": "Z0EXAMPLE",
            "Name": {"Fn::Join": ["", [{"Fn::GetAtt": [IDENTITY_ID, "DkimDNSTokenName1"]}, "."]]},
            "Type": "CNAME",
            "TTL": "1800",
            "ResourceRecords": ["target.example."],
        },
    },
}


@pytest.mark.parametrize("typed_records", [True, False], ids=["typed", "plain"])
def test_resources_are_as_given(stack: Stack, *, typed_records: bool) -> None:
    """Logical ids, properties and intrinsics reach the template as they are, with the policies added."""
    include_resources(stack, FRAGMENT, removal_policy=RemovalPolicy.RETAIN, typed_records=typed_records)
    policies = {"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"}
    assert {name: {**resource, **policies} for name, resource in FRAGMENT.items()} == resources(stack)


@pytest.mark.parametrize("typed_records", [True, False], ids=["typed", "plain"])
def test_only_records_may_be_plain(stack: Stack, *, typed_records: bool) -> None:
    """An identity is always of its type, so that tags and Aspects find it."""
    included = include_resources(stack, FRAGMENT, removal_policy=RemovalPolicy.RETAIN, typed_records=typed_records)
    assert isinstance(included.get_resource(IDENTITY_ID), CfnEmailIdentity)
    assert (included.node.try_find_child("Record") is None) != typed_records


def test_plain_records_stay_in_order(stack: Stack) -> None:
    """Records before and after what becomes a construct are written where they stand."""
    record = FRAGMENT["Record"]
    fragment: Resources = {"A": record, IDENTITY_ID: FRAGMENT[IDENTITY_ID], "B": record, "C": record}
    include_resources(stack, fragment, removal_policy=RemovalPolicy.RETAIN, typed_records=False)
    assert list(fragment) == list(resources(stack))


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        pytest.param(RemovalPolicy.RETAIN, ("RetainExceptOnCreate", "Retain"), id="retain"),
        pytest.param(RemovalPolicy.DESTROY, ("Delete", "Delete"), id="destroy"),
    ],
)
def test_every_resource_has_both_policies(stack: Stack, policy: RemovalPolicy, expected: tuple[str, str]) -> None:
    """What is replaced meets the same end as what is removed, and a failed deployment leaves nothing in its own way."""
    include_resources(stack, FRAGMENT, removal_policy=policy)
    found = {(resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) for resource in resources(stack).values()}
    assert {expected} == found


@pytest.mark.parametrize("policy", [RemovalPolicy.SNAPSHOT, RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE])
def test_fails_for_another_removal_policy(stack: Stack, policy: RemovalPolicy) -> None:
    """Neither identities nor records can be snapshot."""
    with pytest.raises(InvalidValue, match=r"removal policy .*; choose RemovalPolicy\.RETAIN or RemovalPolicy\.DEST"):
        include_resources(stack, FRAGMENT, removal_policy=policy)


def test_ids_do_not_hang_on_the_scope() -> None:
    """A fragment in a construct below the stack has the same logical ids as one in the stack."""
    flat, deep = new_stack(), new_stack()
    include_resources(flat, FRAGMENT, removal_policy=RemovalPolicy.RETAIN)
    include_resources(Construct(Construct(deep, "A"), "B"), FRAGMENT, removal_policy=RemovalPolicy.RETAIN)
    assert resources(flat) == resources(deep)


def test_two_fragments_live_in_one_stack(stack: Stack) -> None:
    """Constructs of several domains share a stack."""
    include_resources(Construct(stack, "A"), FRAGMENT, removal_policy=RemovalPolicy.RETAIN)
    other: Resources = {"Other": {"Type": IDENTITY, "Properties": {"EmailIdentity": "other.example"}}}
    include_resources(Construct(stack, "B"), other, removal_policy=RemovalPolicy.DESTROY)
    assert [*FRAGMENT, "Other"] == list(resources(stack))


def test_fails_for_one_resource_twice(stack: Stack) -> None:
    """One domain twice in one stack does not synthesise: the second identity would fail at deployment."""
    for scope in ("A", "B"):
        include_resources(Construct(stack, scope), FRAGMENT, removal_policy=RemovalPolicy.RETAIN)
    with pytest.raises(RuntimeError, match=f"already contains '{IDENTITY_ID}'"):
        resources(stack)


@pytest.mark.parametrize("typed_records", [True, False], ids=["typed", "plain"])
def test_strings_may_hold_tokens(stack: Stack, *, typed_records: bool) -> None:
    """A CDK token within a string becomes its intrinsic."""
    zone = CfnParameter(stack, "Zone").value_as_string
    properties = {"HostedZoneId": zone, "Name": f"{zone}.", "Type": "TXT"}
    fragment: Resources = {"Record": {"Type": RECORD_SET, "Properties": properties}}
    include_resources(stack, fragment, removal_policy=RemovalPolicy.RETAIN, typed_records=typed_records)
    expected = {"HostedZoneId": {"Ref": "Zone"}, "Name": {"Fn::Join": ["", [{"Ref": "Zone"}, "."]]}, "Type": "TXT"}
    assert expected == resources(stack)["Record"]["Properties"]


def test_tags_reach_the_identity(stack: Stack) -> None:
    """The identity takes tags of its scope; records have none."""
    include_resources(stack, FRAGMENT, removal_policy=RemovalPolicy.RETAIN, typed_records=False)
    Tags.of(stack).add("cost-centre", "mail")
    found = resources(stack)
    assert found[IDENTITY_ID]["Properties"]["Tags"] == [{"Key": "cost-centre", "Value": "mail"}]
    assert "Tags" not in found["Record"]["Properties"]


def test_the_identity_is_found_by_its_domain(stack: Stack) -> None:
    """The typed resource comes back, with attributes that others can use."""
    included = include_resources(stack, FRAGMENT, removal_policy=RemovalPolicy.RETAIN)
    identity = included_identity(included, DOMAIN)
    assert stack.resolve(identity.ref) == {"Ref": IDENTITY_ID}


def test_nothing_is_left_behind(stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file by which resources travel is gone afterwards."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    include_resources(stack, FRAGMENT, removal_policy=RemovalPolicy.RETAIN)
    assert list(tmp_path.iterdir()) == []
