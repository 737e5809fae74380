"""Templates in whatever form somebody has deployed them."""

from mailproof.template.text import parse_template

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
