"""CloudFormation resources as plain data."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailproof.model.dmarc import Dmarc, DmarcPolicy
from mailproof.model.dns_record import DnsRecord, RecordType
from mailproof.model.domain import MailFrom, OnMxFailure, SendingDomain, Zone
from mailproof.model.record_kind import DKIM, DMARC
from mailproof.model.records import expected_records
from mailproof.model.resources import build_identity, build_record_sets, dkim_attributes, identity_id
from mailproof.model.signing import EasyDkim

ZONE = Zone("example.com", "Z0EXAMPLE")
DOMAIN = SendingDomain("news.example.com", ZONE, ("eu-west-1",))
BOUNCE = MailFrom("bounce.{region}.news.example.com")
PAIRS = (("t1._domainkey.news.example.com", "t1.dkim.amazonses.com"),)


def _text(value: str) -> DnsRecord:
    return DnsRecord(DMARC, ZONE, "_dmarc.news.example.com", RecordType.TXT, (value,))


def _record_set(record: DnsRecord) -> dict[str, Any]:
    (group,) = build_record_sets(DOMAIN, [record]).values()
    found: dict[str, Any] = group["Properties"]["RecordSets"][0]
    return found


def test_an_identity_by_default() -> None:
    """Easy DKIM needs no property: key length, MAIL FROM and a configuration set are left to SES."""
    expected = {"Type": "AWS::SES::EmailIdentity", "Properties": {"EmailIdentity": "news.example.com"}}
    assert {identity_id("news.example.com"): expected} == build_identity(DOMAIN, "eu-west-1")


def test_an_identity_with_everything() -> None:
    """Key length and MAIL FROM take the form that CloudFormation has for them."""
    mail_from = replace(BOUNCE, on_mx_failure=OnMxFailure.REJECT_MESSAGE)
    (identity,) = build_identity(replace(DOMAIN, mail_from=mail_from, signing=EasyDkim(1024)), "eu-west-1").values()
    expected = {
        "EmailIdentity": "news.example.com",
        "DkimSigningAttributes": {"NextSigningKeyLength": "RSA_1024_BIT"},
        "MailFromAttributes": {
            "MailFromDomain": "bounce.eu-west-1.news.example.com",
            "BehaviorOnMxFailure": "REJECT_MESSAGE",
        },
    }
    assert expected == identity["Properties"]


def test_dkim_comes_from_the_identity() -> None:
    """Names and targets are attributes, in pairs: a host built from a table is wrong in eleven regions."""
    identity = identity_id("news.example.com")
    expected = tuple(
        (
            {"Fn::GetAtt": [identity, f"DkimDNSTokenName{number}"]},
            {"Fn::GetAtt": [identity, f"DkimDNSTokenValue{number}"]},
        )
        for number in (1, 2, 3)
    )
    assert expected == dkim_attributes("news.example.com")


def test_a_group_holds_all_records_of_a_zone() -> None:
    """One group a domain, records in the order given, every host name with exactly one dot at its end."""
    records = expected_records(replace(DOMAIN, mail_from=BOUNCE), "eu-west-1", PAIRS)
    (group,) = build_record_sets(DOMAIN, records).values()
    expected = {
        "HostedZoneId": "Z0EXAMPLE",
        "RecordSets": [
            {
                "Name": "t1._domainkey.news.example.com.",
                "Type": "CNAME",
                "TTL": "1800",
                "ResourceRecords": ["t1.dkim.amazonses.com."],
            },
            {
                "Name": "bounce.eu-west-1.news.example.com.",
                "Type": "MX",
                "TTL": "1800",
                "ResourceRecords": ["10 feedback-smtp.eu-west-1.amazonses.com."],
            },
            {
                "Name": "bounce.eu-west-1.news.example.com.",
                "Type": "TXT",
                "TTL": "1800",
                "ResourceRecords": ['"v=spf1 include:amazonses.com ~all"'],
            },
        ],
    }
    assert group == {"Type": "AWS::Route53::RecordSetGroup", "Properties": expected}


def test_an_attribute_gets_its_dot_by_a_join() -> None:
    """What is known at deployment only is dotted there, never completed with the zone's name."""
    name, target = dkim_attributes("news.example.com")[0]
    found = _record_set(DnsRecord(DKIM, ZONE, name, RecordType.CNAME, (target,)))
    assert found["Name"] == {"Fn::Join": ["", [name, "."]]}
    assert found["ResourceRecords"] == [{"Fn::Join": ["", [target, "."]]}]


def test_records_in_another_zone_make_a_group_of_their_own() -> None:
    """A report authorisation lies in the zone of whoever takes the reports, and its group's id names that zone."""
    reports = Zone("reports.example", "Z0REPORTS")
    domain = replace(DOMAIN, dmarc=Dmarc(reports=("d@reports.example",)), report_zones=(("reports.example", reports),))
    groups = build_record_sets(domain, expected_records(domain, "eu-west-1", ()), "SharedRecords")
    found = {name: group["Properties"] for name, group in groups.items()}
    assert [zone["HostedZoneId"] for zone in found.values()] == ["Z0EXAMPLE", "Z0REPORTS"]
    assert [record["Name"] for zone in found.values() for record in zone["RecordSets"]] == [
        "_dmarc.news.example.com.",
        "news.example.com._report._dmarc.reports.example.",
    ]
    assert len(found) == 2
    assert any("ReportsExample" in name for name in found)


def test_individual_records_have_ids_of_their_own() -> None:
    """Each id names the record, those of DKIM by their number, since their names are known at deployment only."""
    domain = replace(DOMAIN, mail_from=BOUNCE, individual_records=True, dmarc=Dmarc(DmarcPolicy.REJECT))
    records = expected_records(domain, "eu-west-1", dkim_attributes(domain.name))
    resources = build_record_sets(domain, records)
    assert {resource["Type"] for resource in resources.values()} == {"AWS::Route53::RecordSet"}
    assert {resource["Properties"]["HostedZoneId"] for resource in resources.values()} == {"Z0EXAMPLE"}
    assert [name[:-8] for name in resources] == [
        "Dkim1NewsExampleCom",
        "Dkim2NewsExampleCom",
        "Dkim3NewsExampleCom",
        "MailFromMxBounceEuWest1NewsExampleCom",
        "MailFromSpfBounceEuWest1NewsExampleCom",
        "DmarcDmarcNewsExampleCom",
    ]


def test_individual_records_say_what_groups_say() -> None:
    """Both forms publish the same records."""
    domain = replace(DOMAIN, mail_from=BOUNCE)
    records = expected_records(domain, "eu-west-1", dkim_attributes(domain.name))
    (group,) = build_record_sets(domain, records).values()
    individual = build_record_sets(replace(domain, individual_records=True), records).values()
    assert group["Properties"]["RecordSets"] == [
        {key: value for key, value in resource["Properties"].items() if key != "HostedZoneId"}
        for resource in individual
    ]


def test_no_records_make_no_group() -> None:
    """CloudFormation refuses an empty group."""
    assert build_record_sets(DOMAIN, []) == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("v=DMARC1", '"v=DMARC1"', id="plain"),
        pytest.param('say "hi"', r'"say \"hi\""', id="quotes within"),
        pytest.param("a\\b", r'"a\\b"', id="backslash"),
        pytest.param("ü", r'"\303\274"', id="not ascii"),
        pytest.param("a" * 255, f'"{"a" * 255}"', id="255 bytes"),
        pytest.param("a" * 256, f'"{"a" * 255}" "a"', id="256 bytes"),
        pytest.param("ü" * 128, '"' + r"\303\274" * 127 + r'\303" "\274"', id="256 bytes, 128 characters"),
    ],
)
def test_a_text_is_quoted_once(text: str, expected: str) -> None:
    """A text record is split at 255 bytes and quoted once, and its name alone gets a dot."""
    assert _record_set(_text(text))["ResourceRecords"] == [expected]


@given(st.integers(0, 999))
def test_a_neighbour_changes_nothing(number: int) -> None:
    """What a domain's resources say depends on no other domain."""
    other = replace(DOMAIN, name=f"n{number}.example.com")
    alone = build_identity(DOMAIN, "eu-west-1") | build_record_sets(DOMAIN, [_text("v=DMARC1")])
    beside = build_identity(other, "eu-west-1") | build_record_sets(other, [_text("v=DMARC1")]) | alone
    assert alone.items() <= beside.items()
    assert len(beside) == 2 * len(alone)
