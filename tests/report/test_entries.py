"""Tests of records as the DNS host of their zone wants them."""

from dataclasses import replace

import pytest

from mailproof.check.finding import CheckedZone
from mailproof.report.dns_hosts import Entry, enter, host_of
from mailproof.report.entries import Entries
from tests.report.samples import finding, report

ALIAS = ("CNAME", "t1._domainkey.news.example.com", "t1.dkim.amazonses.com.")
MX = ("MX", "bounce.example.com", "10 feedback-smtp.eu-west-1.amazonses.com.")
TEXT = ("TXT", "_dmarc.example.com", '"v=DMARC1; p=none" "; rua=mailto:a@example.com"')
JOINED = "v=DMARC1; p=none; rua=mailto:a@example.com"
SERVERS = {
    "Cloudflare": "amy.ns.cloudflare.com",
    "GoDaddy": "ns41.domaincontrol.com",
    "Namecheap": "dns1.registrar-servers.com",
    "Google Cloud DNS": "ns-cloud-a1.googledomains.com",
    "Azure DNS": "ns1-03.azure-dns.com",
    "IONOS": "ns1045.ui-dns.de",
    "Route 53": "ns-11.awsdns-01.com",
    "the DNS host": "ns1.example.net",
}


def _entry(host: str, record: tuple[str, str, str], zone: str = "example.com") -> Entry:
    kind, name, data = record
    return enter(host_of([SERVERS[host]]), zone, name, kind, data, f"{name}. 1800 IN {kind} {data}")


@pytest.mark.parametrize("host", SERVERS)
def test_a_host_is_known_by_its_servers(host: str) -> None:
    """Servers of two hosts are those of none that is known."""
    assert host_of([SERVERS[host]] * 2).label == host
    assert host_of([SERVERS[host], "ns1.elsewhere.example"]).label == "the DNS host"


@pytest.mark.parametrize(
    ("host", "target", "preference", "mx", "text"),
    [
        ("Cloudflare", ALIAS[2][:-1], "10", MX[2][3:-1], JOINED),
        ("Google Cloud DNS", ALIAS[2], "", MX[2], TEXT[2]),
        ("Route 53", ALIAS[2][:-1], "", MX[2][:-1], TEXT[2]),
        ("the DNS host", ALIAS[2][:-1], "10", MX[2][3:-1], JOINED),
    ],
)
def test_a_record_is_written_as_its_host_wants_it(host: str, target: str, preference: str, mx: str, text: str) -> None:
    """Dot, quotation marks and preference are told by the host; the name is without the zone, below it or not."""
    alias, mail, policy = (_entry(host, record) for record in (ALIAS, MX, TEXT))
    assert (alias.name, alias.value) == ("t1._domainkey.news", target)
    assert (mail.name, mail.preference, mail.value) == ("bounce", preference, mx)
    assert (policy.name, policy.value) == ("_dmarc", text)


def test_a_proxy_is_named_where_it_matters() -> None:
    """Of a CNAME at a host that has one."""
    assert "proxy off" in _entry("Cloudflare", ALIAS).note
    assert not _entry("Cloudflare", TEXT).note
    assert not _entry("Route 53", ALIAS).note


def test_the_zone_itself_is_an_at_sign_and_without_a_zone_the_name_is_whole() -> None:
    """Where it is not known what the host appends, the dot says that the name is complete."""
    assert _entry("GoDaddy", ALIAS, zone=ALIAS[1]).name == "@"
    assert _entry("GoDaddy", ALIAS, zone="").name == f"{ALIAS[1]}."


def test_the_records_of_a_fix_are_found_each_once() -> None:
    """By the longest zone of its environment that holds them; a place for what nobody knows is none."""
    lines = [f"`{name}. 1800 IN {kind} {data}`" for kind, name, data in (ALIAS, TEXT, ALIAS)]
    told = finding(fix=f'Publish {" and ".join(lines)}, and `k1._domainkey.example.com. 1800 IN TXT "p=PUBLIC_KEY"`.')
    zones = [
        CheckedZone(environment="prod", zone="example.com", servers=(SERVERS["Cloudflare"],)),
        CheckedZone(environment="prod", zone="news.example.com", servers=(SERVERS["IONOS"],)),
        CheckedZone(environment="stage", zone="_dmarc.example.com", servers=(SERVERS["IONOS"],)),
    ]
    found = Entries(replace(report(), zones=zones)).of(told)
    assert [(entry.host, entry.name) for entry in found] == [("IONOS", "t1._domainkey"), ("Cloudflare", "_dmarc")]
