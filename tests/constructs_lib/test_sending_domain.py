"""One domain that sends from one region."""

import json
import re
from collections.abc import Callable
from typing import Any

import jsii
import pytest
from aws_cdk import (
    Aspects,
    CfnOutput,
    CfnParameter,
    Environment,
    IAspect,
    NestedStack,
    RemovalPolicy,
    Stack,
    Stage,
    Tags,
)
from aws_cdk.aws_route53 import HostedZone, PublicHostedZone
from aws_cdk.aws_ses import CfnEmailIdentity
from constructs import Construct, IConstruct

from mailproof.constructs_lib import DomainRecords, HostedZoneReference, SendingDomain
from mailproof.model import record_kind
from mailproof.model.domain import OnMxFailure
from mailproof.model.errors import InvalidValue
from mailproof.model.names import fully_qualified
from mailproof.model.own_key import OwnKey
from mailproof.model.record_kind import MAIL_FROM_MX, MAIL_FROM_SPF
from tests.constructs_lib.synthesis import (
    ACCOUNT,
    REGION,
    ZONE,
    new_app,
    new_stack,
    properties,
    record_sets,
    record_zone,
    resources,
    run_example,
    template,
)
from tests.model.keys import LONG_PUBLIC_KEY, PUBLIC_KEY, SECRET, VERSION

NAME = "news.example.com"
IDENTITY = "AWS::SES::EmailIdentity"
RECORD_SET = "AWS::Route53::RecordSet"
GROUP = "AWS::Route53::RecordSetGroup"
IDENTITY_ID = "IdentityNewsExampleComF452FD9D"
GROUP_ID = "RecordsNewsExampleCom12CB35FB"


def _dotted(attribute: str) -> dict[str, Any]:
    return {"Fn::Join": ["", [{"Fn::GetAtt": [IDENTITY_ID, attribute]}, "."]]}


DKIM: list[dict[str, Any]] = [
    {
        "Name": _dotted(f"DkimDNSTokenName{number}"),
        "Type": "CNAME",
        "TTL": "1800",
        "ResourceRecords": [_dotted(f"DkimDNSTokenValue{number}")],
    }
    for number in (1, 2, 3)
]


def _mail_from(name: str, region: str = "eu-west-1") -> list[dict[str, Any]]:
    return [
        {
            "Name": f"{name}.",
            "Type": "MX",
            "TTL": "1800",
            "ResourceRecords": [f"10 feedback-smtp.{region}.amazonses.com."],
        },
        {"Name": f"{name}.", "Type": "TXT", "TTL": "1800", "ResourceRecords": ['"v=spf1 include:amazonses.com ~all"']},
    ]


def test_all_defaults(stack: Stack) -> None:
    """One identity and the records that this region needs, each its own record set, and nothing else."""
    SendingDomain(stack, "News", domain_name=NAME, zone=ZONE)
    policies = {"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"}
    identity = {
        "EmailIdentity": NAME,
        "MailFromAttributes": {
            "MailFromDomain": "bounce.eu-west-1.news.example.com",
            "BehaviorOnMxFailure": "USE_DEFAULT_VALUE",
        },
    }
    records = [*DKIM, *_mail_from("bounce.eu-west-1.news.example.com")]
    singles = [{"HostedZoneId": "Z0EXAMPLE", **record} for record in records]
    assert list(resources(stack).values()) == [
        {"Type": IDENTITY, "Properties": identity, **policies},
        *({"Type": RECORD_SET, "Properties": single, **policies} for single in singles),
    ]


def test_records_in_a_group(stack: Stack) -> None:
    """Who asks for it has one resource with the same records."""
    SendingDomain(stack, "News", domain_name=NAME, zone=ZONE, record_sets="grouped")
    assert set(resources(stack)) == {IDENTITY_ID, GROUP_ID}
    records = [*DKIM, *_mail_from("bounce.eu-west-1.news.example.com")]
    assert properties(stack, GROUP) == {"HostedZoneId": "Z0EXAMPLE", "RecordSets": records}


def test_all_values(stack: Stack) -> None:
    """Every argument reaches the template."""
    SendingDomain(
        stack,
        "News",
        domain_name=NAME,
        zone=ZONE,
        mail_from="mail",
        mail_from_records=False,
        on_mx_failure=OnMxFailure.REJECT_MESSAGE,
        dkim_key_length=2048,
        removal_policy=RemovalPolicy.DESTROY,
    )
    assert properties(stack, IDENTITY) == {
        "EmailIdentity": NAME,
        "DkimSigningAttributes": {"NextSigningKeyLength": "RSA_2048_BIT"},
        "MailFromAttributes": {"MailFromDomain": "mail.news.example.com", "BehaviorOnMxFailure": "REJECT_MESSAGE"},
    }
    assert record_sets(stack) == DKIM
    assert {resource["DeletionPolicy"] for resource in resources(stack).values()} == {"Delete"}


@pytest.mark.parametrize(
    "absent", ["DkimSigningAttributes", "ConfigurationSetAttributes", "FeedbackAttributes", "DkimAttributes", "Tags"]
)
def test_leaves_to_ses_what_nobody_asked_for(stack: Stack, absent: str) -> None:
    """A key length, say, that is written down can be changed but once a day."""
    SendingDomain(stack, "News", domain_name=NAME, zone=ZONE)
    assert absent not in properties(stack, IDENTITY)


def test_no_mail_from(stack: Stack) -> None:
    """Without a MAIL FROM domain there is neither its attribute nor its records."""
    SendingDomain(stack, "News", domain_name=NAME, zone=ZONE, mail_from=None)
    assert properties(stack, IDENTITY) == {"EmailIdentity": NAME}
    assert record_sets(stack) == DKIM


@pytest.mark.parametrize(
    ("mail_from", "expected"),
    [
        pytest.param("mail", "mail.news.example.com", id="relative"),
        pytest.param("mail.news.example.com", "mail.news.example.com", id="complete"),
        pytest.param("mail.news.example.com.", "mail.news.example.com", id="absolute"),
        pytest.param("Mail.NEWS.example.com", "mail.news.example.com", id="case"),
        pytest.param("{region}.mail", "eu-west-1.mail.news.example.com", id="regional"),
        pytest.param("mail-{region}.news.example.com.", "mail-eu-west-1.news.example.com", id="regional, absolute"),
        pytest.param("größe", "xn--gre-6ka8i.news.example.com", id="internationalised"),
    ],
)
def test_mail_from_names(stack: Stack, mail_from: str, expected: str) -> None:
    """SES gets the complete name without a dot, Route 53 the same with one."""
    SendingDomain(stack, "News", domain_name=NAME, zone=ZONE, mail_from=mail_from)
    assert expected == properties(stack, IDENTITY)["MailFromAttributes"]["MailFromDomain"]
    assert _mail_from(expected) == record_sets(stack)[3:]


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        pytest.param("us-east-1", "10 feedback-smtp.us-east-1.amazonses.com.", id="us-east-1"),
        pytest.param("eu-central-2", "10 feedback-smtp.eu-central-2.amazonses.com.", id="own DKIM host"),
        pytest.param("us-gov-west-1", "10 feedback-smtp.us-gov-west-1.amazonses.com.", id="gov"),
    ],
)
def test_the_mx_is_of_the_stack_s_region(region: str, expected: str) -> None:
    """Bounces go to SES in the region that sent."""
    stack = new_stack(region=region)
    SendingDomain(stack, "News", domain_name=NAME, zone=ZONE)
    assert [expected] == record_sets(stack)[3]["ResourceRecords"]


def test_a_shared_mail_from_name_has_one_owner() -> None:
    """Two regions use one MAIL FROM name; its records are made by one of them alone."""
    app = new_app()
    home, other = (new_stack(app, region, region) for region in ("us-east-1", "eu-west-1"))
    SendingDomain(home, "News", domain_name=NAME, zone=ZONE, mail_from="mail")
    SendingDomain(other, "News", domain_name=NAME, zone=ZONE, mail_from="mail", mail_from_records=False)
    assert _mail_from("mail.news.example.com", "us-east-1") == record_sets(home)[3:]
    assert record_sets(other) == DKIM
    names = {properties(stack, IDENTITY)["MailFromAttributes"]["MailFromDomain"] for stack in (home, other)}
    assert names == {"mail.news.example.com"}


@pytest.mark.parametrize("name", ["News.Example.COM", "news.example.com.", "NEWS.example.com."])
def test_a_domain_is_held_in_one_spelling(stack: Stack, name: str) -> None:
    """SES gets neither a trailing dot nor capitals, and ids do not depend on them."""
    SendingDomain(stack, "News", domain_name=name, zone=ZONE)
    assert next(iter(resources(stack))) == IDENTITY_ID
    assert properties(stack, IDENTITY)["EmailIdentity"] == NAME
    assert record_sets(stack) == [*DKIM, *_mail_from("bounce.eu-west-1.news.example.com")]


def test_an_internationalised_domain(stack: Stack) -> None:
    """Every name is made of A-labels."""
    zone = HostedZoneReference("Z1", "bücher.example")
    SendingDomain(stack, "Books", domain_name="bücher.example", zone=zone)
    assert properties(stack, IDENTITY)["EmailIdentity"] == "xn--bcher-kva.example"
    assert _mail_from("bounce.eu-west-1.xn--bcher-kva.example") == record_sets(stack)[3:]
    assert json.dumps(resources(stack)).isascii()


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda _: HostedZoneReference("/hostedzone/Z0EXAMPLE", "Example.COM."), id="reference"),
        pytest.param(
            lambda stack: HostedZone.from_hosted_zone_attributes(
                stack, "Zone", hosted_zone_id="/hostedzone/Z0EXAMPLE", zone_name="Example.com."
            ),
            id="imported",
        ),
    ],
)
def test_a_zone_in_any_spelling(stack: Stack, make: Callable[[Stack], Any]) -> None:
    """A subdomain's records land in the parent's zone, their names whole."""
    SendingDomain(stack, "News", domain_name=NAME, zone=make(stack))
    assert record_zone(stack) == "Z0EXAMPLE"
    assert record_sets(stack) == [*DKIM, *_mail_from("bounce.eu-west-1.news.example.com")]


def test_a_zone_of_the_same_stack(stack: Stack) -> None:
    """Records refer to it, and nothing but the zone, the identity and its records is made."""
    zone = PublicHostedZone(stack, "Zone", zone_name="example.com.")
    SendingDomain(stack, "News", domain_name=NAME, zone=zone)
    assert record_zone(stack) == {"Ref": next(iter(resources(stack, "AWS::Route53::HostedZone")))}
    assert len(resources(stack)) == 7


def test_a_zone_of_another_region_s_stack() -> None:
    """It needs no Lambda function, no custom resource and no role, and is deployed first."""
    app = new_app()
    zones = new_stack(app, "zones", "us-east-1")
    stack = new_stack(app)
    SendingDomain(stack, "News", domain_name=NAME, zone=PublicHostedZone(zones, "Zone", zone_name="example.com"))
    assert [resource["Type"] for resource in resources(stack).values()] == [IDENTITY, *[RECORD_SET] * 5]
    assert [zone["Type"] for zone in resources(zones).values()] == ["AWS::Route53::HostedZone"]
    output = record_zone(stack)["Fn::GetStackOutput"]
    assert (output["StackName"], output["Region"]) == ("zones", "us-east-1")
    assert stack.dependencies == [zones]


def test_a_zone_id_that_is_a_parameter(stack: Stack) -> None:
    """Only the zone's name has to be known."""
    zone = HostedZoneReference(CfnParameter(stack, "Id").value_as_string, "example.com")
    SendingDomain(stack, "News", domain_name=NAME, zone=zone)
    assert record_zone(stack) == {"Ref": "Id"}


def test_a_domain_without_a_zone_publishes_nothing(stack: Stack) -> None:
    """Somebody else serves it: there is the identity alone."""
    SendingDomain(stack, "News", domain_name=NAME)
    assert list(resources(stack)) == [IDENTITY_ID]


@pytest.mark.parametrize("zone", [ZONE, None], ids=["with zone", "without zone"])
def test_records_are_given_back(stack: Stack, zone: HostedZoneReference | None) -> None:
    """What to publish is known either way, and gets its dot by a join where it is a token."""
    domain = SendingDomain(stack, "News", domain_name=NAME, zone=zone)
    assert [record.kind for record in domain.records] == [
        *[record_kind.DKIM] * 3,
        MAIL_FROM_MX,
        MAIL_FROM_SPF,
    ]
    names = [stack.resolve(fully_qualified(record.name)) for record in domain.records]
    assert names == [record["Name"] for record in [*DKIM, *_mail_from("bounce.eu-west-1.news.example.com")]]
    assert [stack.resolve(fully_qualified(record.values[0])) for record in domain.records[:3]] == [
        record["ResourceRecords"][0] for record in DKIM
    ]


def test_records_without_mail_from_are_those_of_dkim(stack: Stack) -> None:
    """Records that another construct holds are not named twice."""
    domain = SendingDomain(stack, "News", domain_name=NAME, mail_from="mail", mail_from_records=False)
    assert {record.kind for record in domain.records} == {record_kind.DKIM}


def test_records_can_be_outputs(stack: Stack) -> None:
    """A person at another DNS provider reads them off the stack."""
    for number, record in enumerate(SendingDomain(stack, "News", domain_name=NAME).records[:3]):
        CfnOutput(stack, f"Record{number}", value=str(fully_qualified(record.name)))
    outputs = template(stack)["Outputs"].values()
    assert [dkim["Name"] for dkim in DKIM] == [output["Value"] for output in outputs]


def test_the_identity_is_given_back(stack: Stack) -> None:
    """What the caller needs of the CDK's own type is at hand."""
    identity = SendingDomain(stack, "News", domain_name=NAME).identity
    assert isinstance(identity, CfnEmailIdentity)
    assert identity.email_identity == NAME
    assert stack.resolve(identity.ref) == {"Ref": IDENTITY_ID}


def test_two_domains_in_one_stack_are_those_of_two_stacks() -> None:
    """A neighbour changes nothing."""
    together, *apart = (new_stack() for _ in range(3))
    for name, alone in zip((NAME, "example.com"), apart, strict=True):
        for stack in (together, alone):
            SendingDomain(stack, name, domain_name=name, zone=ZONE)
    assert resources(together) == resources(apart[0]) | resources(apart[1])


def test_a_construct_can_be_renamed_and_moved() -> None:
    """No logical id hangs on a construct's id or place."""
    first, second, third = (new_stack() for _ in range(3))
    SendingDomain(first, "News", domain_name=NAME, zone=ZONE)
    SendingDomain(second, "Renamed", domain_name=NAME, zone=ZONE)
    SendingDomain(Construct(Construct(third, "Deep"), "Down"), "News", domain_name=NAME, zone=ZONE)
    assert resources(first) == resources(second) == resources(third)


def test_a_nested_stack_has_its_parent_s_region(stack: Stack) -> None:
    """The region is known there as well."""
    nested = NestedStack(stack, "Nested")
    SendingDomain(nested, "News", domain_name=NAME, zone=ZONE)
    assert [resource["Type"] for resource in resources(stack).values()] == ["AWS::CloudFormation::Stack"]
    assert nested.resolve(nested.region) == REGION


def test_tags_reach_the_identity(stack: Stack) -> None:
    """Tags of the construct, as of anything above it, land on the identity, sorted by key."""
    domain = SendingDomain(stack, "News", domain_name=NAME, zone=ZONE)
    Tags.of(stack).add("team", "mail")
    Tags.of(domain).add("brand", "news")
    assert properties(stack, IDENTITY)["Tags"] == [{"Key": "brand", "Value": "news"}, {"Key": "team", "Value": "mail"}]


@jsii.implements(IAspect)
class _ForwardNoFeedback:
    """Switches off the forwarding of feedback by mail, everywhere."""

    def visit(self, node: IConstruct) -> None:
        if isinstance(node, CfnEmailIdentity):
            node.feedback_attributes = CfnEmailIdentity.FeedbackAttributesProperty(email_forwarding_enabled=False)


def test_aspects_reach_the_identity(stack: Stack) -> None:
    """An Aspect of the app finds the identity by its type and can change it."""
    SendingDomain(stack, "News", domain_name=NAME, zone=ZONE)
    Aspects.of(stack).add(_ForwardNoFeedback())
    assert properties(stack, IDENTITY)["FeedbackAttributes"] == {"EmailForwardingEnabled": False}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param({"domain_name": "co.uk"}, "is a public suffix", id="public suffix"),
        pytest.param({"domain_name": "a b.example"}, "is not a host name", id="no name"),
        pytest.param({"domain_name": "192.0.2.1"}, "ends in a number", id="address"),
        pytest.param({"domain_name": "example.org"}, "zone does not contain the domain 'example.org'", id="zone"),
        pytest.param({"domain_name": "notexample.com"}, "zone does not contain the domain", id="label boundary"),
        pytest.param({"mail_from": "news.example.com"}, "is not strictly below 'news.example.com'", id="same"),
        pytest.param({"mail_from": "mail.example.org."}, "is not strictly below", id="elsewhere"),
        pytest.param({"mail_from": "{zone}"}, "has a placeholder that is not known", id="placeholder"),
        pytest.param({"mail_from": "_mail"}, "has an underscore", id="underscore"),
        pytest.param({"dkim_key_length": 4096}, "is not a key length of Easy DKIM, got 4096; choose", id="key length"),
        pytest.param(
            {"on_mx_failure": "reject"}, "is not an answer to a failing MX, got 'reject'; choose", id="answer"
        ),
        pytest.param({"record_sets": "group"}, "is not a form of record sets, got 'group'; choose", id="record sets"),
        pytest.param({"removal_policy": RemovalPolicy.SNAPSHOT}, "is not a removal policy", id="removal policy"),
    ],
)
def test_fails_for_what_cannot_be(stack: Stack, arguments: dict[str, Any], message: str) -> None:
    """Each mistake is refused in a sentence that says what to write."""
    with pytest.raises(InvalidValue, match=message):
        SendingDomain(stack, "News", **{"domain_name": NAME, "zone": ZONE, **arguments})


@pytest.mark.parametrize("argument", ["domain_name", "mail_from"])
def test_fails_for_a_token_where_a_literal_is_needed(stack: Stack, argument: str) -> None:
    """A name known at deployment only cannot be completed or compared."""
    arguments: dict[str, Any] = {"domain_name": NAME, "zone": ZONE}
    arguments[argument] = CfnParameter(stack, "Parameter").value_as_string
    with pytest.raises(InvalidValue, match=r"name is known at deployment only, .*; write it as a literal"):
        SendingDomain(stack, "News", **arguments)


def test_fails_without_a_region() -> None:
    """The MX names the region."""
    with pytest.raises(InvalidValue, match=r"region of the stack is known at deployment only.*; give the stack an env"):
        SendingDomain(new_stack(region=None), "News", domain_name=NAME)


def test_fails_in_a_region_without_ses() -> None:
    """CloudFormation knows no identity there."""
    with pytest.raises(InvalidValue, match=r"is not a region with an SES identity type .*, got 'ap-east-1'"):
        SendingDomain(new_stack(region="ap-east-1"), "News", domain_name=NAME)


def test_fails_for_a_zone_of_another_account(stack: Stack) -> None:
    """The records would be refused at deployment."""
    app = Stage.of(stack)
    zones = Stack(app, "zones", env=Environment(account="999988887777", region="eu-west-1"))
    zone = PublicHostedZone(zones, "Zone", zone_name="example.com")
    with pytest.raises(InvalidValue, match=f"another account than the stack's {ACCOUNT}"):
        SendingDomain(stack, "News", domain_name=NAME, zone=zone)


def test_the_example_works() -> None:
    """The example of the documentation runs as it stands, and makes an identity and five records in either region."""
    app = run_example(SendingDomain)["app"]
    found = {
        stack.stack_name: [resource["Type"] for resource in stack.template["Resources"].values()]
        for stack in app.synth().stacks
    }
    assert found == {f"mail-{region}": [IDENTITY, *[RECORD_SET] * 5] for region in ("us-east-1", "eu-west-1")}


def test_an_own_key_signs_in_each_region() -> None:
    """By a reference to its version in the secret of the region; the record is made once, by the other construct."""
    app = new_app()
    key = OwnKey("s1", PUBLIC_KEY, SECRET, VERSION)
    found = []
    for region in ("us-east-1", "eu-west-1"):
        stack = new_stack(app, region, region)
        domain = SendingDomain(stack, "News", domain_name="news.example.com", zone=ZONE, own_key=key)
        assert {record.kind for record in domain.records} == {MAIL_FROM_MX, MAIL_FROM_SPF}
        found.append((stack, region))
    DomainRecords(found[0][0], "Dns", domain_name="news.example.com", zone=ZONE, own_keys=[key])
    for stack, region in found:
        attributes = properties(stack, "AWS::SES::EmailIdentity")["DkimSigningAttributes"]
        assert attributes["DomainSigningSelector"] == "s1"
        assert f":secretsmanager:{region}:" in attributes["DomainSigningPrivateKey"]
        assert attributes["DomainSigningPrivateKey"].endswith(f":SecretString:private_key::{VERSION}}}}}")
    names = [record["Name"] for stack, _ in found for record in record_sets(stack)]
    assert [name for name in names if "_domainkey" in name] == ["s1._domainkey.news.example.com."]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"dkim_key_length": 2048}, "has the length of keys that SES makes"),
        ({"own_key": OwnKey("s1", PUBLIC_KEY)}, "is not the ARN of a secret"),
        ({"own_key": OwnKey("s1", PUBLIC_KEY, SECRET, "latest")}, "is not the version id of a secret"),
        ({"own_key": OwnKey("s1", LONG_PUBLIC_KEY, SECRET, VERSION)}, "has a key of over 2048 bits"),
        ({"own_key": OwnKey("s1", PUBLIC_KEY, SECRET.replace("1111", "2222"), VERSION)}, "is in another account"),
        ({"own_key": "s1"}, "is not an OwnKey"),
    ],
)
def test_fails_on_a_key_that_ses_cannot_take(stack: Stack, values: dict[str, Any], words: str) -> None:
    """As for environment files."""
    own = {"own_key": OwnKey("s1", PUBLIC_KEY, SECRET, VERSION)}
    with pytest.raises(InvalidValue, match=re.escape(words)):
        SendingDomain(stack, "News", domain_name="news.example.com", zone=ZONE, **(own | values))
