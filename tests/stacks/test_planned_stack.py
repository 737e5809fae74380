"""What every stack of an environment has."""

import pytest

from tests.stacks.assembly import Assembly, read_environment, synthesise
from tests.stacks.fleets import EVERYTHING, fleet
from tests.stacks.published import IDENTITY

TEMPLATE_LIMIT_BYTES = 1_000_000  # CloudFormation, from S3
RECORDS = ("AWS::Route53::RecordSet", "AWS::Route53::RecordSetGroup")


@pytest.fixture(scope="module")
def destroyed() -> Assembly:
    """The same environment, of which nothing is to stay."""
    return synthesise(read_environment(f"{EVERYTHING}\nremoval_policy: destroy\n"))


def test_what_is_retained_is_protected(assembly: Assembly) -> None:
    """By default identities and records outlive their stack, and no stack can be deleted by mistake."""
    for stack in assembly.values():
        assert stack.is_protected
        policies = {
            (r["DeletionPolicy"], r["UpdateReplacePolicy"]) for r in stack.resources(IDENTITY, *RECORDS).values()
        }
        assert policies == {("RetainExceptOnCreate", "Retain")}


def test_what_is_destroyed_is_not_protected(destroyed: Assembly) -> None:
    """An environment to throw away leaves nothing behind."""
    for stack in destroyed.values():
        assert not stack.is_protected
        policies = {
            (r["DeletionPolicy"], r["UpdateReplacePolicy"]) for r in stack.resources(IDENTITY, *RECORDS).values()
        }
        assert policies == {("Delete", "Delete")}


def test_the_role_goes_with_its_stack(assembly: Assembly) -> None:
    """It has a fixed name: kept, it would be in the way of the next deployment."""
    roles = assembly["prod/ses-eu-west-1"].resources("AWS::IAM::Role", "AWS::IAM::Policy").values()
    assert len(roles) == 2
    assert all("DeletionPolicy" not in resource for resource in roles)


def test_tags_reach_every_stack_and_identity(assembly: Assembly) -> None:
    """CloudFormation hands a stack's tags to whatever takes them; an identity has them in its template as well."""
    expected = {"cost-centre": "42", "team": "mail"}
    for stack in assembly.values():
        assert expected == stack.tags
        for identity in stack.resources(IDENTITY).values():
            assert [{"Key": key, "Value": value} for key, value in expected.items()] == identity["Properties"]["Tags"]


def test_records_have_no_tags(assembly: Assembly) -> None:
    """Route 53 refuses them."""
    for stack in assembly.values():
        assert all("Tags" not in record["Properties"] for record in stack.resources(*RECORDS).values())


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("prod/dns", "DNS records of the sending domains of prod"),
        ("prod/dns-999988887777-eu-west-1", "DNS records of the sending domains of prod"),
        ("prod/ses-eu-west-1", "Sending domains of prod in eu-west-1"),
    ],
)
def test_a_stack_says_what_it_is_for(path: str, expected: str, assembly: Assembly) -> None:
    """The description is what people see in CloudFormation."""
    assert expected == assembly[path].template["Description"]


def test_resources_are_in_order(assembly: Assembly) -> None:
    """The text of a template does not hang on the order of the file."""
    for stack in assembly.values():
        ours = list(stack.resources(IDENTITY, *RECORDS))
        assert sorted(ours) == ours


def test_templates_fit(assembly: Assembly) -> None:
    """CloudFormation takes 1,000,000 bytes, 500 resources and 200 outputs."""
    for stack in assembly.values():
        assert len(stack.text.encode()) <= TEMPLATE_LIMIT_BYTES
        assert len(stack.resources()) <= 500
        assert len(stack.outputs()) <= 200


def test_a_full_stack_fits() -> None:
    """240 domains of one region in groups are 480 resources of a third of the bytes that CloudFormation takes."""
    stack = synthesise(fleet(240, record_sets="grouped"))["prod/ses-eu-west-1"]
    assert len(stack.resources(IDENTITY)) == 240
    assert len(stack.resources()) == 480
    assert len(stack.text.encode()) < TEMPLATE_LIMIT_BYTES / 2


def test_a_full_stack_of_long_names_fits() -> None:
    """So do 240 domains with names as long as Easy DKIM leaves room for, with some tags."""
    longest = ".".join(["a" * 63, "b" * 63, "c" * 58])
    domains = [{"name": f"d{number:03}.{longest}.example.com"} for number in range(240)]
    tags = {f"tag-{number}": "x" * 20 for number in range(5)}
    content = {"domains": domains, "tags": tags, "defaults": {"mail_from": "b.{region}"}, "record_sets": "grouped"}
    stack = synthesise(fleet(0, **content))["prod/ses-eu-west-1"]
    assert len(stack.resources()) == 480
    assert len(stack.text.encode()) <= TEMPLATE_LIMIT_BYTES


def test_a_full_stack_with_a_zone_elsewhere_fits() -> None:
    """33 domains hand 198 outputs to the zone's account."""
    zones = {"example.com": {"id": "Z0COM", "account": "999988887777"}}
    assembly = synthesise(fleet(33, zones=zones))
    assert len(assembly["prod/ses-eu-west-1"].outputs()) == 198
    assert len(assembly["prod/dns-999988887777-eu-west-1"].resources()) == 165
    assert all(len(stack.text.encode()) <= TEMPLATE_LIMIT_BYTES for stack in assembly.values())


def test_single_record_sets_fill_a_stack_earlier() -> None:
    """80 domains of six resources each are 480."""
    stack = synthesise(fleet(80))["prod/ses-eu-west-1"]
    assert len(stack.resources("AWS::Route53::RecordSet")) == 400
    assert len(stack.resources()) == 480
