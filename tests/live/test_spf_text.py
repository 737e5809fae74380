"""SPF records, term by term (RFC 7208 section 12)."""

import pytest

from mailproof.live.spf_text import AddressRange, parse_spf
from mailproof.model.txt import is_spf


@pytest.mark.parametrize(
    "text",
    [
        "v=spf1",
        "v=spf1 include:amazonses.com ~all",
        "V=SPF1  Include:AmazonSES.com.  ?ALL ",
        "v=spf1 a a/24 a:host.example/24//64 a//64 mx mx/32 ptr ptr:host.example -all",
        "v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 ip6:::1 exists:%{ir}.%{v}._spf.%{d2} ~all",
        "v=spf1 redirect=_spf.%{d} exp=why.example unknown=x%_y",
        "v=spf1 exists:%{l1r-}.user.example exists:a%%%_%-.example",
        "v=spf1 include=amazonses.com ip4=192.0.2.1 all= include:amazonses.com ~all",
    ],
)
def test_valid_records_parse(text: str) -> None:
    """Every form of the grammar is taken."""
    assert is_spf(text)
    assert parse_spf(text).invalid_term is None


@pytest.mark.parametrize(
    ("terms", "wrong"),
    [
        ("inclde:amazonses.com", "inclde:amazonses.com"),
        ("include:", "include:"),
        ("include:amazonses.com~all", "include:amazonses.com~all"),
        ("include:amazonses.com, ~all", "include:amazonses.com,"),
        ("-include=amazonses.com", "-include=amazonses.com"),
        (r"include:amazonses\xc3\xa9.com", r"include:amazonses\xc3\xa9.com"),
        ("include:amazonses.com\u200b", "include:amazonses.com\u200b"),
        ("ip4:192.0.2.256", "ip4:192.0.2.256"),
        ("ip4:192.0.2.0/33", "ip4:192.0.2.0/33"),
        ("ip4:192.0.2.0/08", "ip4:192.0.2.0/08"),
        ("ip6:192.0.2.1", "ip6:192.0.2.1"),
        ("ip6:fe80::1%eth0", "ip6:fe80::1%eth0"),
        ("a:/24", "a:/24"),
        ("a:localhost", "a:localhost"),
        ("mx/33", "mx/33"),
        ("all:x", "all:x"),
        ("ptr/24", "ptr/24"),
        ("exists", "exists"),
        ("exists:%{z}.example", "exists:%{z}.example"),
        ("exists:%{c}.example", "exists:%{c}.example"),
        ("exists:%{d0}.example", "exists:%{d0}.example"),
        ("-redirect=a.example", "-redirect=a.example"),
        ("redirect=a.example redirect=b.example", "redirect=b.example"),
        ("-all ~", "~"),
        ("v=spf2", None),
        ("unknown=%", "unknown=%"),
    ],
)
def test_wrong_terms_are_named(terms: str, wrong: str | None) -> None:
    """A term that does not parse is named, wherever it stands; an unknown modifier is none."""
    assert parse_spf(f"v=spf1 {terms}").invalid_term == wrong


@pytest.mark.parametrize("end", ["!", "", ".", "%{d}x"])
@pytest.mark.parametrize("sign", ["a", "1", "-", ".", "a.", "%_"])
def test_a_term_as_long_as_dns_allows_is_read(sign: str, end: str) -> None:
    """Whoever publishes an included record chooses its length: 65,535 bytes at most."""
    parse_spf(f"v=spf1 a:x.{sign * 30000}{end}")


@pytest.mark.parametrize("text", ["v=spf10", "v=spf1;include:a.example", " v=spf1 -all", "spf1", "v=spf1include:a.b"])
def test_other_texts_are_no_spf(text: str) -> None:
    """The version is followed by a blank or by nothing (section 4.5)."""
    assert not is_spf(text)


def test_terms_behind_all_and_a_redirect_beside_it_are_not_tested() -> None:
    """Sections 5.1 and 6.1: `all` ends the evaluation and switches a redirect off."""
    assert [term.text for term in parse_spf("v=spf1 redirect=a.example mx all a").tested_terms] == ["mx", "all"]


def test_a_redirect_is_tested_last() -> None:
    """Section 6.1: a redirect counts after all mechanisms, wherever it stands."""
    assert [term.name for term in parse_spf("v=spf1 redirect=a.example mx").tested_terms] == ["mx", "redirect"]


def test_networks_are_read_as_ranges() -> None:
    """Bits of the host count for nothing."""
    (v4, v6) = parse_spf("v=spf1 ip4:192.0.2.9/24 ip6:2001:db8::/127").terms
    assert v4.addresses == AddressRange(4, 0xC0000200, 0xC00002FF)
    assert str(v4.addresses) == "192.0.2.0/24"
    assert str(v6.addresses) == "2001:db8::/127"


def test_prefixes_are_read_by_family() -> None:
    """What is not written is the whole address."""
    (both, neither) = parse_spf("v=spf1 a:host.example/24//64 mx").terms
    assert dict(both.prefixes) == {4: 24, 6: 64}
    assert dict(neither.prefixes) == {4: 32, 6: 128}
