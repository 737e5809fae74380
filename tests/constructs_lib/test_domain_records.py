"""The records of a domain that exist once."""

import re
from typing import Any

import pytest
from aws_cdk import CfnParameter, RemovalPolicy, Stack
from aws_cdk.aws_route53 import PublicHostedZone

from mailproof.constructs_lib import DomainRecords, HostedZoneReference, SendingDomain
from mailproof.model.dmarc import Dmarc, DmarcPolicy
from mailproof.model.errors import InvalidValue
from mailproof.model.own_key import OwnKey
from mailproof.model.record_kind import DMARC, MAIL_FROM_MX, MAIL_FROM_SPF
from tests.constructs_lib.synthesis import ZONE, new_stack, record_sets, record_zone, resources, run_example
from tests.model.keys import PUBLIC_KEY

NAME = "news.example.com"
DMARC_ID = "DmarcDmarcNewsExampleCom27C01A10"
GROUP_ID = "SharedRecordsNewsExampleComDA90F9F6"
DMARC_SET = {
    "Name": "_dmarc.news.example.com.",
    "Type": "TXT",
    "TTL": "1800",
    "ResourceRecords": ['"v=DMARC1; p=none"'],
}
MAIL_FROM_SETS = [
    {
        "Name": "bounce.news.example.com.",
        "Type": "MX",
        "TTL": "1800",
        "ResourceRecords": ["10 feedback-smtp.us-east-1.amazonses.com."],
    },
    {
        "Name": "bounce.news.example.com.",
        "Type": "TXT",
        "TTL": "1800",
        "ResourceRecords": ['"v=spf1 include:amazonses.com ~all"'],
    },
]


def _dmarc(**values: Any) -> Dmarc:
    """Return a DMARC policy from values that no type checker has seen."""
    return Dmarc(**values)


def test_dmarc_alone(stack: Stack) -> None:
    """One record, kept when it leaves the stack; nothing at the domain's own name."""
    DomainRecords(stack, "Dns", domain_name=NAME, zone=ZONE, dmarc=Dmarc())
    assert resources(stack) == {
        DMARC_ID: {
            "Type": "AWS::Route53::RecordSet",
            "Properties": {"HostedZoneId": "Z0EXAMPLE", **DMARC_SET},
            "DeletionPolicy": "RetainExceptOnCreate",
            "UpdateReplacePolicy": "Retain",
        }
    }


def test_records_in_a_group(stack: Stack) -> None:
    """Who asks for it has one resource for all."""
    shared: dict[str, Any] = {"shared_mail_from": "bounce", "home_region": "us-east-1"}
    DomainRecords(stack, "Dns", domain_name=NAME, zone=ZONE, dmarc=Dmarc(), record_sets="grouped", **shared)
    group = resources(stack)[GROUP_ID]["Properties"]
    assert group == {"HostedZoneId": "Z0EXAMPLE", "RecordSets": [*MAIL_FROM_SETS, DMARC_SET]}
    assert len(resources(stack)) == 1


@pytest.mark.parametrize("name", ["bounce", "bounce.news.example.com", "Bounce.News.Example.com."])
def test_a_shared_mail_from_name_alone(stack: Stack, name: str) -> None:
    """Exactly one MX, at the home region, and SPF, however the name is written."""
    DomainRecords(stack, "Dns", domain_name=NAME, zone=ZONE, shared_mail_from=name, home_region="us-east-1")
    assert record_sets(stack) == MAIL_FROM_SETS


def test_all_values(stack: Stack) -> None:
    """Every argument reaches the template."""
    DomainRecords(
        stack,
        "Dns",
        domain_name="News.Example.com.",
        zone=HostedZoneReference("/hostedzone/Z0EXAMPLE", "Example.com."),
        dmarc=Dmarc(
            DmarcPolicy.QUARANTINE,
            subdomain_policy=DmarcPolicy.REJECT,
            nonexistent_subdomain_policy=DmarcPolicy.REJECT,
            reports=("Dmarc@Example.COM", "d!x@news.example.com"),
            failure_reports=("f@bücher.example",),
            testing=True,
        ),
        shared_mail_from="bounce",
        home_region="us-east-1",
        removal_policy=RemovalPolicy.DESTROY,
    )
    found = resources(stack)
    text = (
        '"v=DMARC1; p=quarantine; sp=reject; np=reject; rua=mailto:Dmarc@example.com,mailto:d%21x@news.example.com; '
        'ruf=mailto:f@xn--bcher-kva.example; t=y"'
    )
    expected = [*MAIL_FROM_SETS, DMARC_SET | {"ResourceRecords": [text]}]
    assert [{"HostedZoneId": "Z0EXAMPLE", **record} for record in expected] == [
        resource["Properties"] for resource in found.values()
    ]
    assert {resource["Type"] for resource in found.values()} == {"AWS::Route53::RecordSet"}
    assert {resource["DeletionPolicy"] for resource in found.values()} == {"Delete"}


def test_policies_may_be_words(stack: Stack) -> None:
    """As the environment file has them."""
    dmarc = _dmarc(policy="reject", subdomain_policy="none", nonexistent_subdomain_policy="quarantine")
    DomainRecords(stack, "Dns", domain_name=NAME, zone=ZONE, dmarc=dmarc)
    assert record_sets(stack)[0]["ResourceRecords"] == ['"v=DMARC1; p=reject; sp=none; np=quarantine"']


def test_a_long_text_is_split(stack: Stack) -> None:
    """Strings of at most 255 bytes, each quoted once, which together say what was asked for."""
    addresses = tuple(f"reports-of-domain-{number}@example.com" for number in range(9))
    DomainRecords(stack, "Dns", domain_name=NAME, zone=ZONE, dmarc=Dmarc(reports=addresses))
    (value,) = record_sets(stack)[0]["ResourceRecords"]
    strings = re.findall(r'"([^"]*)"', value)
    assert " ".join(f'"{string}"' for string in strings) == value
    assert [len(string) for string in strings] == [255, 117]
    assert "v=DMARC1; p=none; rua=" + ",".join(f"mailto:{address}" for address in addresses) == "".join(strings)


def test_records_are_given_back(stack: Stack) -> None:
    """Names come without a dot."""
    records = DomainRecords(
        stack, "Dns", domain_name=NAME, zone=ZONE, dmarc=Dmarc(), shared_mail_from="bounce", home_region="us-east-1"
    ).records
    assert [(record.kind, record.name) for record in records] == [
        (MAIL_FROM_MX, "bounce.news.example.com"),
        (MAIL_FROM_SPF, "bounce.news.example.com"),
        (DMARC, "_dmarc.news.example.com"),
    ]


def test_a_report_authorisation_is_none_of_its_business(stack: Stack) -> None:
    """A host elsewhere agrees to take reports in its own zone, which this construct does not know."""
    DomainRecords(stack, "Dns", domain_name=NAME, zone=ZONE, dmarc=Dmarc(reports=("d@reports.example",)))
    assert [record["Name"] for record in record_sets(stack)] == ["_dmarc.news.example.com."]


def test_a_stack_needs_no_region() -> None:
    """Route 53 is global."""
    stack = new_stack(region=None)
    DomainRecords(stack, "Dns", domain_name=NAME, zone=ZONE, dmarc=Dmarc())
    assert record_sets(stack) == [DMARC_SET]


def test_a_zone_of_the_same_stack(stack: Stack) -> None:
    """Records refer to it."""
    zone = PublicHostedZone(stack, "Zone", zone_name="example.com")
    DomainRecords(stack, "Dns", domain_name=NAME, zone=zone, dmarc=Dmarc())
    (zone_id,) = resources(stack, "AWS::Route53::HostedZone")
    assert record_zone(stack) == {"Ref": zone_id}


def test_it_lives_beside_the_identity(stack: Stack) -> None:
    """An app of one region puts both constructs of a domain into one stack."""
    SendingDomain(stack, "Domain", domain_name=NAME, zone=ZONE)
    DomainRecords(stack, "Dns", domain_name=NAME, zone=ZONE, dmarc=Dmarc())
    assert len(resources(stack)) == 7
    assert DMARC_ID in resources(stack)


def test_two_domains_in_one_stack(stack: Stack) -> None:
    """A neighbour changes nothing."""
    for name in ("example.com", NAME):
        DomainRecords(stack, name, domain_name=name, zone=ZONE, dmarc=Dmarc())
    assert len(resources(stack)) == 2
    assert resources(stack)[DMARC_ID]["Properties"] == {"HostedZoneId": "Z0EXAMPLE", **DMARC_SET}


def test_a_construct_can_be_renamed() -> None:
    """No logical id hangs on a construct's id."""
    first, second = new_stack(), new_stack()
    for stack, name in ((first, "Dns"), (second, "Renamed")):
        DomainRecords(stack, name, domain_name=NAME, zone=ZONE, dmarc=Dmarc())
    assert resources(first) == resources(second)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param({"dmarc": None}, "there is no record to make, got 'news.example.com'; give dmarc", id="nothing"),
        pytest.param({"domain_name": "com"}, "is a public suffix", id="public suffix"),
        pytest.param({"domain_name": "example.org"}, "zone does not contain the domain 'example.org'", id="zone"),
        pytest.param({"shared_mail_from": "bounce"}, "has no home region, got 'bounce'; give home_region", id="home"),
        pytest.param(
            {"shared_mail_from": "bounce.{region}", "home_region": "us-east-1"},
            "shared MAIL FROM name has a region, got 'bounce.{region}'; SendingDomain makes its records",
            id="regional",
        ),
        pytest.param(
            {"shared_mail_from": "bounce.example.com.", "home_region": "us-east-1"},
            "is not strictly below 'news.example.com'",
            id="not below",
        ),
        pytest.param({"home_region": "eu-wset-1"}, "is not a region .*; did you mean 'eu-west-1'", id="region"),
        pytest.param({"home_region": ""}, "is not a region with an SES identity type", id="no region"),
        pytest.param({"zone": None}, "has no hosted zone, got 'news.example.com'; give the one", id="no zone"),
        pytest.param(
            {"dmarc": _dmarc(policy="rejct")}, "is not a DMARC policy, got 'rejct'; choose none or", id="policy"
        ),
        pytest.param({"dmarc": _dmarc(policy=None)}, "is not a DMARC policy, got None", id="no policy"),
        pytest.param({"dmarc": _dmarc(nonexistent_subdomain_policy="x")}, "is not a DMARC policy, got 'x'", id="np"),
        pytest.param({"dmarc": "reject"}, "is not a Dmarc, got 'reject'; write Dmarc", id="no Dmarc"),
        pytest.param(
            {"dmarc": Dmarc(reports=tuple(f"reports-{number}@example.com" for number in range(150)))},
            "^makes a record of 4[0-9]{3} characters, and Route 53 accepts at most 4000; give fewer addresses$",
            id="long",
        ),
        pytest.param({"dmarc": Dmarc(reports=("mailto:d@example.com",))}, "is not an address for reports", id="mailto"),
        pytest.param({"dmarc": Dmarc(failure_reports=("example.com",))}, "is not an address for", id="no address"),
        pytest.param({"record_sets": "single"}, "is not a form of record sets, got 'single'", id="record sets"),
        pytest.param({"removal_policy": RemovalPolicy.SNAPSHOT}, "is not a removal policy", id="removal policy"),
    ],
)
def test_fails_for_what_cannot_be(stack: Stack, arguments: dict[str, Any], message: str) -> None:
    """Each mistake is refused in a sentence that says what to write."""
    with pytest.raises(InvalidValue, match=message):
        DomainRecords(stack, "Dns", **{"domain_name": NAME, "zone": ZONE, "dmarc": Dmarc(), **arguments})


@pytest.mark.parametrize("argument", ["domain_name", "shared_mail_from", "home_region"])
def test_fails_for_a_token_where_a_literal_is_needed(stack: Stack, argument: str) -> None:
    """A name known at deployment only cannot be completed or compared."""
    arguments: dict[str, Any] = {"domain_name": NAME, "shared_mail_from": "bounce", "home_region": "us-east-1"}
    arguments[argument] = CfnParameter(stack, "Parameter").value_as_string
    with pytest.raises(InvalidValue, match="is known at deployment only"):
        DomainRecords(stack, "Dns", zone=ZONE, **arguments)


def test_the_example_works() -> None:
    """The example of the documentation runs as it stands."""
    names = run_example(DomainRecords)
    assert [record["Name"] for record in record_sets(names["stack"])] == ["_dmarc.example.com."]


def test_a_shared_policy_and_own_keys(stack: Stack) -> None:
    """The alias stands in the place of a record, and every key has one; one that is revoked says so."""
    keys = [OwnKey("New", PUBLIC_KEY), OwnKey("old", PUBLIC_KEY, is_revoked=True)]
    DomainRecords(stack, "Dns", domain_name=NAME, zone=ZONE, dmarc_alias="_DMARC.Example.com.", own_keys=keys)
    found = {record["Name"]: (record["Type"], "".join(record["ResourceRecords"])) for record in record_sets(stack)}
    assert found["_dmarc.news.example.com."] == ("CNAME", "_dmarc.example.com.")
    assert found["old._domainkey.news.example.com."] == ("TXT", '"v=DKIM1; k=rsa; p="')
    assert PUBLIC_KEY[:100] in found["new._domainkey.news.example.com."][1]
    assert len(found) == 3


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"dmarc": Dmarc(), "dmarc_alias": "_dmarc.example.com"}, "keep one of dmarc and dmarc_alias"),
        ({"dmarc_alias": "_dmarc.news.example.com"}, "is the name itself"),
        ({"dmarc_alias": "a..b"}, "has an empty label, got 'a..b'"),
        ({"own_keys": ["s1"]}, "is not an OwnKey, got 's1'; write OwnKey(selector=…"),
        ({"own_keys": [OwnKey("a.b", PUBLIC_KEY)]}, "is not a selector that SES takes"),
        ({"own_keys": [OwnKey("s1", "MIIB")]}, "is not a public RSA key"),
        ({"own_keys": [OwnKey("s1", PUBLIC_KEY)] * 2}, "has a selector twice, got 's1'"),
    ],
)
def test_fails_on_what_is_no_alias_or_key(stack: Stack, values: dict[str, Any], words: str) -> None:
    """Before anything is made."""
    with pytest.raises(InvalidValue, match=re.escape(words)):
        DomainRecords(stack, "Dns", domain_name=NAME, zone=ZONE, **values)
