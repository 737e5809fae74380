"""Which records a domain needs: the table of what a correct build emits, record by record."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailproof.model.dmarc import Dmarc, DmarcPolicy
from mailproof.model.dns_record import DnsRecord, RecordType
from mailproof.model.domain import MailFrom, SendingDomain, Zone
from mailproof.model.names import is_within
from mailproof.model.record_kind import DMARC, DMARC_REPORTS, MAIL_FROM_MX, MAIL_FROM_SPF
from mailproof.model.records import domain_wide_records, expected_records, regional_records
from mailproof.model.resources import build_identity

ZONE = Zone("example.com", "Z1")
REPORTS_ZONE = Zone("example.org", "Z2", "999988887777")
REGIONS = ("us-east-1", "eu-west-1")
DKIM = [(f"{token}._domainkey.news.example.com", f"{token}.dkim.amazonses.com") for token in ("aaa", "bbb", "ccc")]
SPF = "v=spf1 include:amazonses.com ~all"

Row = tuple[str, str, str, str, str | None]


def rows(records: list[DnsRecord]) -> list[Row]:
    """Show records as a table: purpose, name, type, value, region."""
    return [(r.kind.logical_id_prefix, str(r.name), r.type.value, str(r.values[0]), r.region) for r in records]


def domain(mail_from: MailFrom | None = None, dmarc: Dmarc | None = None) -> SendingDomain:
    """Make a subdomain in the zone of its parent."""
    return SendingDomain("news.example.com", ZONE, REGIONS, mail_from=mail_from, dmarc=dmarc)


def dkim_rows(region: str) -> list[Row]:
    """Say what the three records of Easy DKIM look like."""
    return [("Dkim", name, "CNAME", target, region) for name, target in DKIM]


@pytest.mark.parametrize("region", REGIONS)
def test_a_domain_alone_needs_three_cnames_a_region(region: str) -> None:
    """Without MAIL FROM and DMARC there is DKIM alone, names and targets as SES gives them."""
    assert dkim_rows(region) == rows(expected_records(domain(), region, DKIM))


@pytest.mark.parametrize("region", REGIONS)
def test_a_regional_mail_from_needs_mx_and_spf_in_each_region(region: str) -> None:
    """A MAIL FROM name of its own per region has one MX, at that region, and one SPF record."""
    name = f"bounce.{region}.news.example.com"
    assert [
        *dkim_rows(region),
        ("MailFromMx", name, "MX", f"feedback-smtp.{region}.amazonses.com", region),
        ("MailFromSpf", name, "TXT", SPF, region),
    ] == rows(expected_records(domain(MailFrom("bounce.{region}.news.example.com")), region, DKIM))


@pytest.mark.parametrize("region", REGIONS)
def test_a_shared_mail_from_points_at_the_home_region_from_every_region(region: str) -> None:
    """Regions that share a MAIL FROM name share one MX, at the home region, which belongs to none of them."""
    assert [
        *dkim_rows(region),
        ("MailFromMx", "bounce.news.example.com", "MX", "feedback-smtp.us-east-1.amazonses.com", None),
        ("MailFromSpf", "bounce.news.example.com", "TXT", SPF, None),
    ] == rows(expected_records(domain(MailFrom("bounce.news.example.com")), region, DKIM))


@pytest.mark.parametrize("region", REGIONS)
def test_dmarc_is_one_record_whatever_the_region(region: str) -> None:
    """DMARC stands at `_dmarc` below the domain and belongs to no region."""
    assert [
        *dkim_rows(region),
        ("Dmarc", "_dmarc.news.example.com", "TXT", "v=DMARC1; p=reject", None),
    ] == rows(expected_records(domain(dmarc=Dmarc(DmarcPolicy.REJECT)), region, DKIM))


def test_a_report_host_of_another_organisation_agrees_in_its_own_zone() -> None:
    """The authorisation record stands in the zone of the host that takes the reports."""
    sender = SendingDomain(
        "news.example.com",
        ZONE,
        REGIONS,
        dmarc=Dmarc(reports=("dmarc@example.org",)),
        report_zones=(("example.org", REPORTS_ZONE),),
    )
    record = expected_records(sender, "us-east-1", ())[-1]
    assert (
        DnsRecord(
            DMARC_REPORTS,
            REPORTS_ZONE,
            "news.example.com._report._dmarc.example.org",
            RecordType.TXT,
            ("v=DMARC1",),
        )
        == record
    )


def test_unknown_dkim_leaves_the_other_records() -> None:
    """Where tokens are not known yet, all other records are listed all the same."""
    records = expected_records(domain(MailFrom("bounce.news.example.com"), Dmarc()), "eu-west-1", ())
    assert [record.kind for record in records] == [MAIL_FROM_MX, MAIL_FROM_SPF, DMARC]


def test_tokens_go_through_untouched() -> None:
    """Names and targets that CloudFormation will know are handed on as they are."""
    name, target = {"Fn::GetAtt": ["I", "DkimDNSTokenName1"]}, {"Fn::GetAtt": ["I", "DkimDNSTokenValue1"]}
    (record,) = expected_records(domain(), "eu-west-1", [(name, target)])
    assert (name, target) == (record.name, record.values[0])


def test_records_have_the_ttl_of_the_cdk() -> None:
    """Time to live is 1,800 seconds unless somebody says otherwise."""
    assert {1800} == {record.ttl_s for record in expected_records(domain(dmarc=Dmarc()), "eu-west-1", DKIM)}


mail_froms = st.sampled_from(
    [
        None,
        MailFrom("bounce.news.example.com"),
        MailFrom("bounce.{region}.news.example.com"),
        MailFrom("{region}.news.example.com"),
    ]
)
domains = st.builds(
    SendingDomain,
    name=st.just("news.example.com"),
    zone=st.sampled_from(
        [ZONE, Zone("news.example.com", "Z3"), Zone("example.com"), Zone("example.com", "Z1", "9" * 12)]
    ),
    regions=st.lists(st.sampled_from(["us-east-1", "eu-west-1", "ap-south-1"]), min_size=1, unique=True).map(tuple),
    mail_from=mail_froms,
    dmarc=st.sampled_from([None, Dmarc()]),
    report_zones=st.sampled_from([(), (("example.org", REPORTS_ZONE),)]),
)


@given(domains)
def test_no_record_stands_at_an_apex_or_carries_a_dot(sender: SendingDomain) -> None:
    """Every name lies strictly below the domain, or below the host that takes reports, and is held without a dot."""
    for region in sender.regions:
        for record in expected_records(sender, region, DKIM):
            name, value = str(record.name), str(record.values[0])
            assert not name.endswith(".")
            assert not value.endswith(".")
            assert name not in {sender.name, sender.zone.name, record.zone.name}
            assert is_within(name, record.zone.name)
            assert is_within(name, "example.org" if record.kind is DMARC_REPORTS else sender.name)


@given(domains)
def test_one_mx_a_mail_from_name_and_one_owner_a_record_set(sender: SendingDomain) -> None:
    """Over all regions no two different records have one zone, name and type."""
    seen: dict[tuple[str, str, str], DnsRecord] = {}
    for region in sender.regions:
        tokens = [(f"{region}-{number}._domainkey.{sender.name}", "target") for number in range(3)]
        for record in expected_records(sender, region, tokens):
            key = (record.zone.name, str(record.name), record.type.value)
            assert record == seen.setdefault(key, record)


@given(domains)
def test_domain_wide_records_are_those_that_every_region_lists(sender: SendingDomain) -> None:
    """What belongs to no region is the same seen from each."""
    for region in sender.regions:
        shared = [record for record in expected_records(sender, region, DKIM) if record.region is None]
        assert domain_wide_records(sender) == shared
        assert all(record.region in {None, region} for record in expected_records(sender, region, DKIM))


@pytest.mark.parametrize("region", REGIONS)
def test_further_mail_from_names_have_records_of_their_own(region: str) -> None:
    """Each by its own form: one that regions share belongs to none of them, one with the region to its region."""
    found = MailFrom("bounce.news.example.com", also=("next.{region}.news.example.com",))
    mail = [row for row in rows(expected_records(domain(found), region, ())) if row[0].startswith("MailFrom")]
    assert mail == [
        ("MailFromMx", "bounce.news.example.com", "MX", "feedback-smtp.us-east-1.amazonses.com", None),
        ("MailFromMx", f"next.{region}.news.example.com", "MX", f"feedback-smtp.{region}.amazonses.com", region),
        ("MailFromSpf", "bounce.news.example.com", "TXT", SPF, None),
        ("MailFromSpf", f"next.{region}.news.example.com", "TXT", SPF, region),
    ]
    shared = [row for row in rows(domain_wide_records(domain(found))) if row[0].startswith("MailFrom")]
    assert [row[1] for row in shared] == ["bounce.news.example.com"] * 2
    regional = [row[1] for row in rows(regional_records(domain(found), region, ()))]
    assert regional == [f"next.{region}.news.example.com"] * 2


def test_further_mail_from_names_are_not_the_identitys() -> None:
    """SES is told one name, and its identity does not change with the others."""
    alone, beside = (MailFrom("b.{region}.news.example.com", also=also) for also in ((), ("c.news.example.com",)))
    assert build_identity(domain(alone), REGIONS[0]) == build_identity(domain(beside), REGIONS[0])
