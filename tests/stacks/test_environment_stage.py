"""All stacks of an environment: who owns what, where it is deployed, and in which order."""

import json
from typing import Any

import pytest
from aws_cdk import App, CfnOutput

from mailproof.model.stack_id import StackId, StackKind
from mailproof.stacks.environment_stage import EnvironmentStage
from mailproof.stacks.new_app import new_app
from mailproof.stacks.region_stack import RegionStack
from tests.stacks.assembly import Assembly, read_environment, synthesise
from tests.stacks.fleets import everything
from tests.stacks.published import expected, identities, published_records, records_of

OWNERS: dict[str, list[str]] = {
    # Records that serve all regions, in zones of the environment's account.
    "prod/dns": [
        "TXT _dmarc.example.com",
        "MX bounce.news.example.com",
        "TXT bounce.news.example.com",
        "TXT partner.example._report._dmarc.example.com",
    ],
    # The same in zones of another account; a report authorisation lies in the zone of whoever takes the reports.
    "prod/dns-999988887777": [
        "TXT _dmarc.example.org",
        "MX bounce.example.org",
        "TXT bounce.example.org",
        "TXT example.com._report._dmarc.example.org",
    ],
    "prod/dns-brand": ["TXT _dmarc.shop.example.com"],
    # Identities with their regional records; none of a zone of another account, none of an external zone.
    "prod/ses-us-east-1": [
        "MX bounce.us-east-1.example.com",
        "TXT bounce.us-east-1.example.com",
        "CNAME DKIM of example.com",
        "CNAME DKIM of news.example.com",
    ],
    "prod/ses-eu-west-1": [
        "MX bounce.eu-west-1.example.com",
        "TXT bounce.eu-west-1.example.com",
        "CNAME DKIM of example.com",
        "CNAME DKIM of news.example.com",
    ],
    "prod/ses-eu-west-1-brand": [
        "MX bounce.eu-west-1.shop.example.com",
        "TXT bounce.eu-west-1.shop.example.com",
        "CNAME DKIM of shop.example.com",
    ],
    # Records of one region in zones of another account.
    "prod/dns-999988887777-us-east-1": ["CNAME DKIM of example.org"],
    "prod/dns-999988887777-eu-west-1": [
        "MX bounce.eu-west-1.eu.example.org",
        "TXT bounce.eu-west-1.eu.example.org",
        "CNAME DKIM of eu.example.org",
        "CNAME DKIM of example.org",
    ],
    "prod/dns-888877776666-us-east-1": ["CNAME DKIM of example.net"],
    "prod/dns-888877776666-eu-west-1": ["CNAME DKIM of example.net"],
}


def _shown(path: str, assembly: Assembly) -> list[str]:
    """Show the records of a stack, the three of DKIM as one."""
    shown = set()
    for record in records_of(assembly[path], assembly):
        dkim, of, domain = record.name.partition(".of.")
        shown.add(f"CNAME DKIM of {domain.rpartition('.in.')[0]}" if of else f"{record.type} {record.name}")
        assert record.name != domain or not dkim
    return sorted(shown, key=lambda text: (text.startswith("CNAME"), text.split()[1:], text))


def test_every_stack_is_there(assembly: Assembly) -> None:
    """One stack an owner, none that would be empty."""
    assert set(OWNERS) == set(assembly)
    assert all(stack.resources() for stack in assembly.values())


@pytest.mark.parametrize("path", OWNERS)
def test_every_record_has_its_owner(path: str, assembly: Assembly) -> None:
    """Each stack holds exactly the records that the table of owners gives it."""
    assert OWNERS[path] == _shown(path, assembly)


def test_every_record_is_published_once(assembly: Assembly) -> None:
    """Over all stacks, what is published is what the domains need: nothing more, nothing less, nothing twice."""
    assert expected([everything()]) == published_records(assembly)


def test_nothing_is_published_at_a_domain_s_own_name(assembly: Assembly) -> None:
    """The name of a domain and of a zone belong to whoever put records there."""
    domains = {domain.name for domain in everything().domains} | set(everything().zones)
    assert domains.isdisjoint(record.name for record in published_records(assembly))


def test_nothing_is_published_in_an_external_zone(assembly: Assembly) -> None:
    """Another DNS provider serves it: there is the identity alone."""
    assert "partner.example" in {identity.domain for identity in identities(assembly)}
    names = {record.name for record in published_records(assembly) if record.name.endswith("partner.example")}
    assert names == set()


def test_every_identity_is_in_its_region_and_account(assembly: Assembly) -> None:
    """One identity a domain and region, all in the environment's account, with the MAIL FROM name of that region."""
    environment = everything()
    assert [
        (environment.account, region, domain.name, domain.mail_from.name(region) if domain.mail_from else None)
        for domain, region in sorted(environment.identities(), key=lambda pair: (pair[1], pair[0].name))
    ] == [tuple(identity) for identity in identities(assembly)]


@pytest.mark.parametrize(
    ("path", "name", "account", "region"),
    [
        ("prod/dns", "mailproof-prod-dns", "111122223333", "us-east-1"),
        ("prod/dns-999988887777", "mailproof-prod-dns-999988887777", "999988887777", "us-east-1"),
        ("prod/ses-eu-west-1", "mailproof-prod-ses-eu-west-1", "111122223333", "eu-west-1"),
        ("prod/ses-eu-west-1-brand", "mailproof-prod-ses-eu-west-1-brand", "111122223333", "eu-west-1"),
        (
            "prod/dns-888877776666-eu-west-1",
            "mailproof-prod-dns-888877776666-eu-west-1",
            "888877776666",
            "eu-west-1",
        ),
    ],
)
def test_a_stack_has_a_name_and_a_place(path: str, name: str, account: str, region: str, assembly: Assembly) -> None:
    """Name, account and region are explicit, and readable."""
    stack = assembly[path]
    assert (name, account, region) == (stack.name, stack.account, stack.region)
    assert account in stack.execution_role
    assert region in stack.execution_role


def test_no_template_hangs_on_where_it_is_deployed(assembly: Assembly) -> None:
    """Account and region are literals; the partition alone is left to CloudFormation."""
    for stack in assembly.values():
        for unknown in ("AWS::Region", "AWS::AccountId", "Fn::ImportValue", "Fn::GetAZs", "DUMMY", "Token["):
            assert unknown not in stack.text


@pytest.mark.parametrize(
    ("path", "after"),
    [
        ("prod/dns", set()),
        ("prod/dns-999988887777", set()),
        ("prod/ses-us-east-1", {"prod/dns", "prod/dns-999988887777"}),
        ("prod/ses-eu-west-1", {"prod/dns", "prod/dns-999988887777"}),
        ("prod/ses-eu-west-1-brand", {"prod/dns-brand"}),
        ("prod/dns-999988887777-us-east-1", {"prod/ses-us-east-1"}),
        ("prod/dns-999988887777-eu-west-1", {"prod/ses-eu-west-1"}),
        ("prod/dns-888877776666-eu-west-1", {"prod/ses-eu-west-1"}),
    ],
)
def test_stacks_are_deployed_in_order(path: str, after: set[str], assembly: Assembly) -> None:
    """Shared records before identities, identities before the records that read their tokens; nothing else waits."""
    assert after == assembly[path].after


def _stack_outputs(value: Any) -> list[dict[str, Any]]:
    """Find every reference to an output of another stack."""
    if isinstance(value, list):
        return [found for item in value for found in _stack_outputs(item)]
    if not isinstance(value, dict):
        return []
    own = [value["Fn::GetStackOutput"]] if "Fn::GetStackOutput" in value else []
    return own + [found for item in value.values() for found in _stack_outputs(item)]


def test_every_output_that_is_read_exists(assembly: Assembly) -> None:
    """What a stack reads is an output of a stack of that name and region, deployed before it; and all are read."""
    by_name = {stack.name: stack for stack in assembly.values()}
    read = set()
    for stack in assembly.values():
        for reference in _stack_outputs(stack.template):
            producer = by_name[reference["StackName"]]
            assert reference["Region"] == producer.region
            assert reference["OutputName"] in producer.outputs()
            assert producer.path in stack.after
            read.add((producer.path, reference["OutputName"]))
    assert read == {(stack.path, name) for stack in assembly.values() for name in stack.outputs()}
    assert len(read) == 6 * len(["example.org", "example.org", "eu.example.org", "example.net", "example.net"])


@pytest.mark.parametrize(
    ("path", "readers"),
    [
        ("prod/ses-us-east-1", ["prod/dns-888877776666-us-east-1", "prod/dns-999988887777-us-east-1"]),
        ("prod/ses-eu-west-1", ["prod/dns-888877776666-eu-west-1", "prod/dns-999988887777-eu-west-1"]),
    ],
)
def test_outputs_can_be_read_by_whom_they_are_for(path: str, readers: list[str], assembly: Assembly) -> None:
    """The role that the CDK adds trusts exactly the readers' execution roles, and shows them this stack alone."""
    stack = assembly[path]
    ((role_id, role),) = stack.resources("AWS::IAM::Role").items()
    ((_, policy),) = stack.resources("AWS::IAM::Policy").items()
    arns = [{"Fn::Sub": assembly[reader].execution_role} for reader in readers]
    trust = {"Effect": "Allow", "Principal": {"AWS": arns}, "Action": ["sts:AssumeRole"]}
    assert [trust] == role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert "ManagedPolicyArns" not in role["Properties"]
    stack_arn = f":cloudformation:{stack.region}:{stack.account}:stack/{stack.name}/*"
    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
    assert statement == {
        "Effect": "Allow",
        "Action": "cloudformation:DescribeStacks",
        "Resource": {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, stack_arn]]},
    }
    assert policy["Properties"]["Roles"] == [{"Ref": role_id}]
    role_arn = f":iam::{stack.account}:role/{role['Properties']['RoleName']}"
    for reader in readers:
        for reference in _stack_outputs(assembly[reader].template):
            assert reference["RoleArn"] == {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, role_arn]]}


def test_role_names_differ_and_fit() -> None:
    """IAM is global and a role's name has 64 characters, however long the names that it is made from."""
    text = """
account: "111122223333"
regions: [us-east-1, ap-southeast-1, ap-southeast-2]
zones: {example.org: {id: Z0ORG, account: "999988887777"}}
domains: [{name: example.org, stack: a-long-name-of-a-group-of-domai}]
"""
    assembly = synthesise(*(read_environment(text, f"an-environment-of-a-long-name-{n}") for n in "ab"))
    roles = [role for stack in assembly.values() for role in stack.resources("AWS::IAM::Role").values()]
    names = [role["Properties"]["RoleName"] for role in roles]
    assert len(set(names)) == 6
    assert all(len(name) <= 64 for name in names)


def test_no_resource_but_these(assembly: Assembly) -> None:
    """No Lambda function, no custom resource, no parameter; a role only where another account reads outputs."""
    allowed = {"AWS::SES::EmailIdentity", "AWS::Route53::RecordSet", "AWS::Route53::RecordSetGroup"}
    for stack in assembly.values():
        types = {resource["Type"] for resource in stack.resources().values()}
        added = {"AWS::IAM::Role", "AWS::IAM::Policy"} if stack.outputs() else set()
        assert types <= allowed | added
        assert set(stack.template) <= {"Description", "Resources", "Outputs"}


def test_an_environment_in_one_account_has_no_role(assembly: Assembly) -> None:
    """Without a zone of another account there is neither an output nor a role."""
    stack = assembly["prod/ses-eu-west-1-brand"]
    assert stack.outputs() == {}
    assert stack.resources("AWS::IAM::Role", "AWS::IAM::Policy") == {}


def test_environments_do_not_meet(assembly: Assembly) -> None:
    """Beside another environment, every stack of the first is as it is alone."""
    other = read_environment(
        """
account: "444455556666"
regions: [us-east-1]
zones: {example.info: {id: Z0INFO}}
domains: [{name: example.info}]
""",
        "test",
    )
    together = synthesise(everything(), other)
    assert assembly == {path: stack for path, stack in together.items() if path.startswith("prod/")}
    assert set(together) - set(assembly) == {"test/ses-us-east-1"}


def test_the_command_line_s_context_moves_nothing(assembly: Assembly) -> None:
    """Paths, versions and asset metadata, which the command line switches on, add metadata alone."""
    context = {"aws:cdk:enable-path-metadata": True, "aws:cdk:enable-asset-metadata": True}
    for path, stack in synthesise(everything(), **context).items():
        plain = {
            name: {key: value for key, value in resource.items() if key != "Metadata"}
            for name, resource in stack.resources().items()
        }
        assert assembly[path].resources() == plain
        assert assembly[path].outputs() == stack.outputs()


def test_stacks_are_found_by_what_they_are() -> None:
    """The Stage hands out its stacks by their id, each before those that wait for it."""
    stage = EnvironmentStage(App(analytics_reporting=False), everything())
    assert {stack_id.path for stack_id in stage.stacks} == set(OWNERS)
    assert all(stack_id.stack_name == stack.stack_name for stack_id, stack in stage.stacks.items())


def test_a_user_s_own_references_are_weak() -> None:
    """What a user's code hands from one region to another needs no Lambda function and no custom resource either."""
    app = new_app()
    stage = EnvironmentStage(app, everything())
    here, there = (stage.stacks[StackId("prod", StackKind.REGION, region)] for region in ("us-east-1", "eu-west-1"))
    assert isinstance(there, RegionStack)
    CfnOutput(here, "Mine", value=there.identity("example.com").attr_dkim_dns_token_name1)
    templates = [stack.template for stack in app.synth().get_nested_assembly("assembly-prod").stacks]
    assert not [template for template in templates if "Custom::" in json.dumps(template)]
    (output,) = [template["Outputs"]["Mine"] for template in templates if "Mine" in template.get("Outputs", {})]
    assert output["Value"]["Fn::GetStackOutput"]["StackName"] == there.stack_name
