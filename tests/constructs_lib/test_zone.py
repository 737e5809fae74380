"""A zone, however the caller has it."""

import re
from collections.abc import Callable

import pytest
from aws_cdk import App, CfnOutput, CfnParameter, Environment, Fn, Stack, Token
from aws_cdk.aws_route53 import HostedZone, IHostedZone, PublicHostedZone

from mailproof.constructs_lib import HostedZoneReference
from mailproof.constructs_lib.zone import parse_zone
from mailproof.model.domain import Zone, parse_zone_id
from mailproof.model.errors import InvalidValue
from tests.constructs_lib.synthesis import ACCOUNT, new_app, new_stack

DOMAIN = "news.example.com"


def imported(zone_id: str, zone_name: str) -> Callable[[Stack], IHostedZone]:
    """Return what imports a zone into a stack."""
    return lambda stack: HostedZone.from_hosted_zone_attributes(
        stack, "Zone", hosted_zone_id=zone_id, zone_name=zone_name
    )


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda _: HostedZoneReference("Z1", "example.com"), id="reference"),
        pytest.param(lambda _: HostedZoneReference("Z1", "example.com."), id="reference, dot"),
        pytest.param(lambda _: HostedZoneReference("Z1", "Example.COM"), id="reference, case"),
        pytest.param(lambda _: HostedZoneReference("/hostedzone/Z1", "example.com"), id="reference, prefix"),
        pytest.param(imported("Z1", "example.com"), id="imported"),
        pytest.param(imported("Z1", "example.com."), id="imported, dot"),
        pytest.param(imported("Z1", "EXAMPLE.com."), id="imported, case and dot"),
        pytest.param(imported("/hostedzone/Z1", "example.com"), id="imported, prefix"),
    ],
)
def test_a_zone_is_normalised(stack: Stack, make: Callable[[Stack], IHostedZone | HostedZoneReference]) -> None:
    """Dot, case and prefix do not matter, whichever way a zone comes."""
    assert Zone("example.com", "Z1") == parse_zone(stack, make(stack), DOMAIN)


@pytest.mark.parametrize("name", ["example.com", "example.com.", "Example.Com"], ids=["plain", "dot", "case"])
def test_an_owned_zone(stack: Stack, name: str) -> None:
    """The id of a zone in the same stack is a reference to it."""
    zone = parse_zone(stack, PublicHostedZone(stack, "Zone", zone_name=name), DOMAIN)
    assert zone.name == "example.com"
    assert "Ref" in stack.resolve(zone.id)


def test_an_internationalised_zone(stack: Stack) -> None:
    """A name as people write it is held as Route 53 has it."""
    zone = parse_zone(stack, HostedZoneReference("Z1", "bücher.example"), "xn--bcher-kva.example")
    assert zone == Zone("xn--bcher-kva.example", "Z1")


def test_no_zone(stack: Stack) -> None:
    """Without one, somebody else serves the domain."""
    assert parse_zone(stack, None, DOMAIN).is_external


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda stack: CfnParameter(stack, "Id").value_as_string, id="parameter"),
        pytest.param(lambda _: Fn.import_value("zone"), id="import"),
        pytest.param(lambda stack: f"Z{CfnParameter(stack, 'Id').value_as_string}", id="within a text"),
    ],
)
def test_the_id_may_be_a_token(stack: Stack, make: Callable[[Stack], str]) -> None:
    """Only the name has to be known: it is compared, and the id is not."""
    zone_id = make(stack)
    zone = parse_zone(stack, HostedZoneReference(zone_id, "example.com"), DOMAIN)
    assert Token.is_unresolved(zone.id)
    assert stack.resolve(zone.id) == stack.resolve(zone_id)


def test_fails_for_a_name_that_is_a_token(stack: Stack) -> None:
    """A name known at deployment only cannot be compared with the domain."""
    zone = HostedZoneReference("Z1", CfnParameter(stack, "Name").value_as_string)
    with pytest.raises(InvalidValue, match=r"zone name is known at deployment only, .*; give a HostedZoneReference"):
        parse_zone(stack, zone, DOMAIN)


def test_fails_without_a_name(stack: Stack) -> None:
    """A zone imported by its id alone has no name, which CDK says in an error of no use."""
    zone = HostedZone.from_hosted_zone_id(stack, "Zone", "Z1")
    with pytest.raises(InvalidValue, match=r"^zone has no name, got 'Z1'; give a HostedZoneReference"):
        parse_zone(stack, zone, DOMAIN)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("example.org", id="another"),
        pytest.param("ws.example.com", id="not on a label boundary"),
        pytest.param("a.news.example.com", id="below the domain"),
    ],
)
def test_fails_for_a_zone_that_does_not_hold_the_domain(stack: Stack, name: str) -> None:
    """Records of the domain would be refused, or land below the zone by mistake."""
    with pytest.raises(InvalidValue, match=f"zone does not contain the domain '{DOMAIN}', got '{name}'; give the zo"):
        parse_zone(stack, HostedZoneReference("Z1", name), DOMAIN)


def test_fails_for_a_name_that_is_none(stack: Stack) -> None:
    """A name that no zone can have is refused."""
    with pytest.raises(InvalidValue, match="is not a host name"):
        parse_zone(stack, HostedZoneReference("Z1", "https://example.com"), DOMAIN)


WRONG_IDS = ["", "/hostedzone/", "example", "Z1\n", "hostedzone/Z1", "z1", "arn:aws:route53:::hostedzone/Z1", "Z" * 33]


@pytest.mark.parametrize("zone_id", WRONG_IDS)
def test_fails_for_what_is_no_id(stack: Stack, zone_id: str) -> None:
    """A literal is read as the environment file reads it, whichever way the zone comes."""
    zones: list[IHostedZone | HostedZoneReference] = [
        HostedZoneReference(zone_id, "example.com"),
        imported(zone_id, "example.com")(stack),
    ]
    with pytest.raises(InvalidValue, match="is not a hosted zone id") as from_file:
        parse_zone_id(zone_id)
    for zone in zones:
        with pytest.raises(InvalidValue, match=f"^{re.escape(str(from_file.value))}$"):
            parse_zone(stack, zone, DOMAIN)


def test_a_zone_that_is_not_looked_up_yet(stack: Stack) -> None:
    """CDK stands in for its id until it has asked."""
    zone = HostedZone.from_lookup(stack, "Zone", domain_name="example.com")
    assert parse_zone(stack, zone, DOMAIN) == Zone("example.com", "DUMMY")


def _in_another_stack(app: App, account: str, region: str) -> IHostedZone:
    return PublicHostedZone(
        Stack(app, "zones", env=Environment(account=account, region=region)), "Zone", zone_name="example.com"
    )


@pytest.mark.parametrize("region", ["eu-west-1", "us-east-1"], ids=["same region", "other region"])
@pytest.mark.parametrize("by_id", [False, True], ids=["zone", "its id"])
def test_a_zone_of_another_stack_is_referred_to_weakly(region: str, *, by_id: bool) -> None:
    """Its id is an output of that stack: a strong reference over regions would add a Lambda function to both."""
    app = new_app()
    stack = new_stack(app)
    zone: IHostedZone | HostedZoneReference = _in_another_stack(app, ACCOUNT, region)
    if by_id:
        zone = HostedZoneReference(zone.hosted_zone_id, "example.com")
    CfnOutput(stack, "Zone", value=str(parse_zone(stack, zone, DOMAIN).id))
    templates = {artifact.stack_name: artifact.template for artifact in app.synth().stacks}
    assert "Fn::GetStackOutput" in templates["stack"]["Outputs"]["Zone"]["Value"]
    assert [zone["Type"] for zone in templates["zones"]["Resources"].values()] == ["AWS::Route53::HostedZone"]
    assert "Resources" not in templates["stack"]


def test_fails_for_a_zone_of_another_account() -> None:
    """No stack writes into a zone of another account."""
    app = new_app()
    zone = _in_another_stack(app, "999988887777", "eu-west-1")
    with pytest.raises(
        InvalidValue, match=r"another account than the stack's 111122223333, got '999988887777'; leave the zone out"
    ):
        parse_zone(new_stack(app), zone, DOMAIN)


def test_an_account_that_is_not_known_is_not_compared() -> None:
    """A stack for any account may use any zone."""
    app = new_app()
    zone = _in_another_stack(app, "999988887777", "eu-west-1")
    stack = Stack(app, "anywhere")
    assert parse_zone(stack, zone, DOMAIN).name == "example.com"
