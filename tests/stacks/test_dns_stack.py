"""Records that do not lie beside an identity."""

import json

import pytest

from tests.stacks.assembly import Assembly, read_environment, synthesise
from tests.stacks.published import IDENTITY, Published, records_of

SHARED = ["prod/dns", "prod/dns-brand", "prod/dns-999988887777"]
REGIONAL = [f"prod/dns-{a}-{r}" for a in ("888877776666", "999988887777") for r in ("eu-west-1", "us-east-1")]


@pytest.mark.parametrize("path", SHARED)
def test_records_that_serve_all_regions_hold_no_token(path: str, assembly: Assembly) -> None:
    """They can be deployed before any identity: every value is a literal."""
    stack = assembly[path]
    assert "Fn::" not in json.dumps(stack.template)
    assert stack.outputs() == {}


@pytest.mark.parametrize("path", [*SHARED, *REGIONAL])
def test_there_is_no_identity(path: str, assembly: Assembly) -> None:
    """Identities live in the stacks of their regions alone."""
    assert assembly[path].resources(IDENTITY) == {}


@pytest.mark.parametrize("path", REGIONAL)
def test_records_of_a_region_read_its_tokens(path: str, assembly: Assembly) -> None:
    """Each name and target of DKIM is an output of the region's stack, with its dot."""
    stack = assembly[path]
    records = [record["Properties"] for record in stack.resources().values()]
    texts = [
        text for record in records if record["Type"] == "CNAME" for text in (record["Name"], *record["ResourceRecords"])
    ]
    assert len(texts) >= 6
    for text in texts:
        separator, (reference, dot) = text["Fn::Join"]
        assert (separator, dot) == ("", ".")
        assert reference["Fn::GetStackOutput"]["StackName"] == f"mailproof-prod-ses-{stack.region}"


def test_a_shared_mail_from_name_points_home(assembly: Assembly) -> None:
    """There is exactly one MX, at the first region of the domain."""
    found = [record for record in records_of(assembly["prod/dns"], assembly) if record.type == "MX"]
    name, host = "bounce.news.example.com", "10 feedback-smtp.us-east-1.amazonses.com"
    assert found == [Published("111122223333", "Z0COM", name, "MX", host, "1800")]


def test_a_report_authorisation_lies_with_whoever_takes_the_reports(assembly: Assembly) -> None:
    """It is in the zone of the address, in that zone's account; none for an address of the domain's own."""
    found = [
        record for stack in assembly.values() for record in records_of(stack, assembly) if "_report" in record.name
    ]
    assert found == [
        Published("111122223333", "Z0COM", "partner.example._report._dmarc.example.com", "TXT", "v=DMARC1", "1800"),
        Published("999988887777", "Z0ORG", "example.com._report._dmarc.example.org", "TXT", "v=DMARC1", "1800"),
    ]


def test_a_zone_elsewhere_may_hold_shared_records_alone() -> None:
    """A stack of a region in the zone's account is there only if it would hold something."""
    content = """
account: "111122223333"
regions: [us-east-1]
zones: {example.com: {id: Z0COM}, example.org: {id: Z0ORG, account: "999988887777"}}
domains: [{name: example.com, dmarc: {policy: none, reports: [d@example.org]}}]
"""
    assembly = synthesise(read_environment(content))
    assert set(assembly) == {"prod/dns", "prod/dns-999988887777", "prod/ses-us-east-1"}


def test_dns_region_says_where_shared_records_live() -> None:
    """The stack of shared records stays where it is when another region becomes the home region."""
    content = """
account: "111122223333"
regions: [us-east-1]
dns_region: eu-west-1
zones: {example.com: {id: Z0COM}}
domains: [{name: example.com, mail_from: bounce}]
"""
    stack = synthesise(read_environment(content))["prod/dns"]
    assert stack.region == "eu-west-1"
    assert "feedback-smtp.us-east-1." in stack.text


def test_individual_shared_records() -> None:
    """They have ids of their own, by name."""
    content = """
account: "111122223333"
regions: [us-east-1]
record_sets: individual
zones: {example.com: {id: Z0COM}}
domains: [{name: example.com, mail_from: bounce, dmarc: {policy: none}}]
"""
    assembly = synthesise(read_environment(content))
    names = sorted(name[:-8] for name in assembly["prod/dns"].resources("AWS::Route53::RecordSet"))
    assert names == ["DmarcDmarcExampleCom", "MailFromMxBounceExampleCom", "MailFromSpfBounceExampleCom"]
    assert {record.name for record in records_of(assembly["prod/dns"], assembly)} == {
        "_dmarc.example.com",
        "bounce.example.com",
    }
