"""The identities of one region."""

import pytest
import yaml
from aws_cdk import App, Aspects, CfnOutput, IAspect, RemovalPolicy, Tags
from aws_cdk.aws_ses import CfnEmailIdentity
from constructs import IConstruct
from jsii import implements

from mailproof.model.stack_id import StackId, StackKind
from mailproof.stacks.environment_stage import EnvironmentStage
from mailproof.stacks.new_app import new_app
from mailproof.stacks.region_stack import RegionStack
from tests.stacks.assembly import Assembly, read_environment, synthesise
from tests.stacks.fleets import everything, fleet
from tests.stacks.published import IDENTITY, identities, records_of


def _region_stack(region: str = "eu-west-1") -> RegionStack:
    stage = EnvironmentStage(new_app(), everything())
    stack = stage.stacks[StackId("prod", StackKind.REGION, region)]
    assert isinstance(stack, RegionStack)
    return stack


@pytest.mark.parametrize(
    ("path", "logical_id", "expected"),
    [
        pytest.param(
            "prod/ses-us-east-1",
            "IdentityExampleCom19CB0CFC",
            {
                "EmailIdentity": "example.com",
                "MailFromAttributes": {
                    "MailFromDomain": "bounce.us-east-1.example.com",
                    "BehaviorOnMxFailure": "USE_DEFAULT_VALUE",
                },
            },
            id="defaults",
        ),
        pytest.param(
            "prod/ses-eu-west-1",
            "IdentityNewsExampleComF452FD9D",
            {
                "EmailIdentity": "news.example.com",
                "DkimSigningAttributes": {"NextSigningKeyLength": "RSA_1024_BIT"},
                "MailFromAttributes": {
                    "MailFromDomain": "bounce.news.example.com",
                    "BehaviorOnMxFailure": "REJECT_MESSAGE",
                },
            },
            id="all values",
        ),
        pytest.param(
            "prod/ses-us-east-1", "IdentityExampleNet412A1AD1", {"EmailIdentity": "example.net"}, id="no MAIL FROM"
        ),
    ],
)
def test_an_identity_is_as_the_file_says(
    path: str, logical_id: str, expected: dict[str, object], assembly: Assembly
) -> None:
    """Its properties, besides tags, are those that the file asks for."""
    tags = [{"Key": "cost-centre", "Value": "42"}, {"Key": "team", "Value": "mail"}]
    assert {**expected, "Tags": tags} == assembly[path].resources()[logical_id]["Properties"]


def test_individual_records_are_a_domain_s_own_affair(assembly: Assembly) -> None:
    """A domain with records of its own lives beside domains with groups; both say the same."""
    stack = assembly["prod/ses-eu-west-1-brand"]
    assert len(stack.resources("AWS::Route53::RecordSet")) == 5
    assert stack.resources("AWS::Route53::RecordSetGroup") == {}
    grouped = synthesise(fleet(1, domains=[{"name": "shop.example.com"}]))["prod/ses-eu-west-1"]
    one = sorted(record[2:] for record in records_of(stack, assembly))
    assert one == sorted(record[2:] for record in records_of(grouped, {"": grouped}))


def test_domains_spread_over_stacks() -> None:
    """`stacks: 3` gives three stacks a region, each with a share of the domains, each domain in one."""
    assembly = synthesise(fleet(30, stacks=3))
    assert set(assembly) == {f"prod/ses-eu-west-1{share}" for share in ("", "-2", "-3")}
    assert len(identities(assembly)) == 30
    assert all(len(stack.resources(IDENTITY)) > 3 for stack in assembly.values())


def test_a_further_stack_moves_only_what_it_takes() -> None:
    """Domains that do not go to the new stack stay where they are, their templates untouched."""
    two, three = (synthesise(fleet(30, stacks=number)) for number in (2, 3))
    for path, stack in two.items():
        assert three[path].resources().items() <= stack.resources().items()


def test_a_named_stack_holds_its_domains_alone() -> None:
    """`stack:` takes a domain out of the shares."""
    content = """
account: "111122223333"
regions: [eu-west-1, us-east-1]
stacks: 2
zones: {example.com: {id: Z0COM}}
domains:
  - {name: a.example.com, stack: brand}
  - {name: b.example.com, stack: brand}
  - {name: c.example.com}
"""
    assembly = synthesise(read_environment(content))
    found = {path: len(stack.resources(IDENTITY)) for path, stack in assembly.items()}
    assert (found["prod/ses-eu-west-1-brand"], found["prod/ses-us-east-1-brand"]) == (2, 2)
    assert sum(found.values()) == 6


def test_an_identity_is_found_by_its_domain() -> None:
    """The typed resource comes back, for what a user's own code adds."""
    stack = _region_stack()
    identity = stack.identity("example.com")
    assert isinstance(identity, CfnEmailIdentity)
    CfnOutput(stack, "Mine", value=identity.ref)
    identity.apply_removal_policy(RemovalPolicy.DESTROY)
    assert stack.resolve(identity.ref) == {"Ref": "IdentityExampleCom19CB0CFC"}


@implements(IAspect)
class _Collector:
    """Notes the domain of every identity that it visits."""

    def __init__(self) -> None:
        self.domains: list[str] = []

    def visit(self, node: IConstruct) -> None:
        if isinstance(node, CfnEmailIdentity):
            self.domains.append(node.email_identity)


def test_aspects_and_tags_of_users_reach_every_identity() -> None:
    """What a user puts on a stack is seen by each of its identities."""
    stack = _region_stack()
    collector = _Collector()
    Aspects.of(stack).add(collector)
    Tags.of(stack).add("owner", "me")
    app = stack.node.root
    assert isinstance(app, App)
    template = app.synth().get_nested_assembly("assembly-prod").get_stack_artifact(stack.artifact_id).template
    found = [resource["Properties"] for resource in template["Resources"].values() if resource["Type"] == IDENTITY]
    assert sorted(collector.domains) == sorted(identity["EmailIdentity"] for identity in found)
    assert all({"Key": "owner", "Value": "me"} in identity["Tags"] for identity in found)


def test_an_internationalised_domain() -> None:
    """Names reach the template as A-labels."""
    content = {
        "account": "111122223333",
        "regions": ["eu-west-1"],
        "zones": {"bücher.example": {"id": "Z1"}},
        "domains": [{"name": "Bücher.Example."}],
    }
    stack = synthesise(read_environment(yaml.safe_dump(content, allow_unicode=True)))["prod/ses-eu-west-1"]
    assert [identity.domain for identity in identities({"": stack})] == ["xn--bcher-kva.example"]
    assert stack.text.isascii()
