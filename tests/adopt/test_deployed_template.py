"""Templates in force, in whatever form somebody has deployed them."""

from mailproof.adopt.deployed_template import fetch_deployed
from mailproof.rollout.template_text import parse_template
from tests.adopt.place import AdoptWorld

YAML = """
Resources:
  Record:
    Type: AWS::Route53::RecordSet
    Properties:
      Name: !Join ["", [!GetAtt Identity.DkimDNSTokenName1, "."]]
      HostedZoneId: !Ref Zone
      TTL: '300'
"""


def test_short_forms_become_long_ones() -> None:
    """A template written by hand is read like one of the CDK."""
    properties = parse_template(YAML)["Resources"]["Record"]["Properties"]
    assert properties == {
        "Name": {"Fn::Join": ["", [{"Fn::GetAtt": "Identity.DkimDNSTokenName1"}, "."]]},
        "HostedZoneId": {"Ref": "Zone"},
        "TTL": "300",
    }


def test_json_is_read_as_it_is() -> None:
    """JSON stays JSON."""
    assert parse_template('{"Resources": {}}') == {"Resources": {}}


def test_a_stack_that_does_not_exist_has_neither_state_nor_template(world: AdoptWorld) -> None:
    """It is no failure to ask for it."""
    stack = world.stacks()["prod/ses-us-east-1"]
    deployed = fetch_deployed(world.clients(), stack)
    assert (getattr(deployed, "state", ""), getattr(deployed, "template", "")) == (None, None)


def test_a_stack_has_state_and_template(world: AdoptWorld) -> None:
    """Both are read."""
    world.deploy_stack("prod/ses-us-east-1")
    stack = world.stacks()["prod/ses-us-east-1"]
    deployed = fetch_deployed(world.clients(), stack)
    assert getattr(deployed, "state", "") == "CREATE_COMPLETE"
    assert getattr(deployed, "template", {})["Resources"] == stack.template["Resources"]
