"""Sending domains: MAIL FROM names completed, placeholders kept, the home region."""

import re

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from mailproof.model.domain import MailFrom, OnMxFailure, SendingDomain, Zone, parse_mail_from
from mailproof.model.errors import InvalidValue
from mailproof.model.names import is_within, parse_host_name
from mailproof.model.regions import REGIONS

ZONE = Zone("example.com", "Z1")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("bounce", "bounce.example.com", id="relative"),
        pytest.param("a.b", "a.b.example.com", id="relative with dots"),
        pytest.param("Bounce.Example.COM", "bounce.example.com", id="complete"),
        pytest.param("bounce.example.com.", "bounce.example.com", id="absolute"),
        pytest.param("notexample.com", "notexample.com.example.com", id="not below on a label boundary: relative"),
        pytest.param("bücher", "xn--bcher-kva.example.com", id="U-label"),
        pytest.param("bounce.{region}", "bounce.{region}.example.com", id="a label a region"),
        pytest.param("{region}", "{region}.example.com", id="the region alone"),
        pytest.param("MAIL-{region}-X", "mail-{region}-x.example.com", id="within a label"),
        pytest.param("{region}.{region}", "{region}.{region}.example.com", id="twice"),
        pytest.param("bounce.{region}.example.com.", "bounce.{region}.example.com", id="absolute with a region"),
        pytest.param("{region}.example.com", "{region}.example.com", id="complete with a region"),
        pytest.param("bücher.{region}", "xn--bcher-kva.{region}.example.com", id="beside a U-label"),
        pytest.param("bounce。{region}", "bounce.{region}.example.com", id="ideographic dot"),
        pytest.param(
            "ap-northeast-1.{region}", "ap-northeast-1.{region}.example.com", id="beside a region written out"
        ),
        pytest.param("rrrrrrrrrrrrrrr.{region}", "rrrrrrrrrrrrrrr.{region}.example.com", id="beside a run of letters"),
        pytest.param(f"{'a' * 49}{{region}}", f"{'a' * 49}{{region}}.example.com", id="label full in one region"),
    ],
)
def test_parse_mail_from_completes_the_name(text: str, expected: str) -> None:
    """A dot at the end or the domain makes a name complete; every other is relative to the domain."""
    assert expected == parse_mail_from(text, "example.com")


BELOW = "choose a name such as 'bounce.example.com'"
BARE = "write the bare name, such as 'example.com'"
ONLY = "'{region}' is the only one"
SIGNS = "use letters, digits and hyphens, no hyphen first or last, an underscore only first"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "example.com", f"is not strictly below 'example.com', got 'example.com'; {BELOW}", id="the domain"
        ),
        pytest.param(
            "Example.COM.",
            f"is not strictly below 'example.com', got 'Example.COM.'; {BELOW}",
            id="the domain, absolute",
        ),
        pytest.param(
            "bounce.example.org.",
            f"is not strictly below 'example.com', got 'bounce.example.org.'; {BELOW}",
            id="absolute elsewhere",
        ),
        pytest.param("bounce.", f"is not strictly below 'example.com', got 'bounce.'; {BELOW}", id="top level"),
        pytest.param(
            "notexample.com.",
            f"is not strictly below 'example.com', got 'notexample.com.'; {BELOW}",
            id="absolute, not on a label boundary",
        ),
        pytest.param("{Region}", f"has a placeholder that is not known, got '{{Region}}'; {ONLY}", id="upper case"),
        pytest.param("b.{domain}", f"has a placeholder that is not known, got 'b.{{domain}}'; {ONLY}", id="another"),
        pytest.param("{region", f"has a placeholder that is not known, got '{{region'; {ONLY}", id="not closed"),
        pytest.param(
            "{{region}}", f"has a placeholder that is not known, got '{{{{region}}}}'; {ONLY}", id="doubled braces"
        ),
        pytest.param(
            "ü-{region}",
            "has '{region}' in a label that is not plain ASCII, got 'ü-{region}'; give it a label of its own",
            id="within a U-label",
        ),
        pytest.param(
            "_dmarc",
            "has an underscore, which no domain of an address has, got '_dmarc'; choose a name without one",
            id="underscore",
        ),
        pytest.param("", f"is not a host name, got ''; {BARE}", id="empty"),
        pytest.param("b..c", "has an empty label, got 'b..c'; remove the extra dot", id="two dots"),
        pytest.param(
            "-{region}",
            f"has the label '-ap-northeast-1', which a mail name cannot have, got '-{{region}}'; {SIGNS}",
            id="hyphen first",
        ),
        pytest.param(
            f"{'a' * 50}{{region}}",
            f"has a label of over 63 bytes, got '{'a' * 50}{{region}}'; shorten it",
            id="label too long for the longest region",
        ),
        pytest.param(
            "xn--{region}",
            "has the label 'xn--ap-northeast-1', "
            "which is not an internationalised label, got 'xn--{region}'; write its letters",
            id="no punycode",
        ),
    ],
)
def test_fails_on_what_is_no_mail_from_name(text: str, expected: str) -> None:
    """What cannot be a MAIL FROM domain is refused as it was written."""
    with pytest.raises(InvalidValue) as caught:
        parse_mail_from(text, "example.com")
    assert expected == str(caught.value)


def test_fails_on_a_name_too_long_when_completed() -> None:
    """The limit of a name holds for the longest region, with the domain behind."""
    domain = ".".join(["a" * 49] * 4) + f".{'b' * 28}.abc"
    assert f"{{region}}.{domain}" == parse_mail_from("{region}", domain)
    with pytest.raises(InvalidValue) as caught:
        parse_mail_from("bounce.{region}", domain)
    assert str(caught.value) == "is longer than 253 bytes, got 'bounce.{region}'; shorten it"


pieces = st.text(alphabet="ar-_.ü。R1", max_size=20)
templates = st.lists(pieces | st.sampled_from(["{region}", "example.com", ".example.com."]), max_size=5).map("".join)


@given(templates, st.sampled_from(["example.com", "news.example.com", "rrrrrrrrrrrrrr.com", "ap-northeast-1.com"]))
@example("x.{region}.com", "ap-northeast-1.com")
@example("{region}.com.", "ap-northeast-1.com")
def test_any_mail_from_is_a_name_below_the_domain_in_every_region_or_refused(text: str, domain: str) -> None:
    """What is accepted is a host name strictly below the domain in each region, the same but for the region."""
    try:
        template = parse_mail_from(text, domain)
    except InvalidValue:
        return
    mail_from = MailFrom(template)
    assert ("{region}" in text) is mail_from.is_regional
    assert text.count("{region}") == template.count("{region}")
    for region in REGIONS:
        name = mail_from.name(region)
        assert name == parse_host_name(name)
        assert name != domain
        assert is_within(name, domain)
    assert template == parse_mail_from(template, domain)
    assert template == parse_mail_from(f"{template}.", domain)


@given(st.from_regex(r"[a-z]([a-z0-9]{0,10}\.){0,2}[a-z]{1,8}", fullmatch=True))
def test_relative_complete_and_absolute_are_one_name(name: str) -> None:
    """The three ways to write a MAIL FROM name meet."""
    assume(re.fullmatch(r"[^.]+(\.[^.]+)*", name))
    complete = f"{name}.example.com"
    assert complete == parse_mail_from(name, "example.com")
    assert complete == parse_mail_from(complete, "example.com")
    assert complete == parse_mail_from(f"{complete}.", "example.com")


def test_a_mail_from_without_the_placeholder_is_shared() -> None:
    """Without `{region}` every region has the same name."""
    mail_from = MailFrom("bounce.example.com")
    assert not mail_from.is_regional
    assert "bounce.example.com" == mail_from.name("eu-west-1") == mail_from.name("us-east-1")
    assert mail_from.on_mx_failure == OnMxFailure.USE_DEFAULT_VALUE


def test_a_zone_without_an_id_is_external() -> None:
    """A zone of another DNS provider has no hosted zone id."""
    assert Zone("partner.example").is_external
    assert not ZONE.is_external


def test_the_first_region_is_the_home_region() -> None:
    """The order of the file decides at which region shared records point."""
    assert SendingDomain("example.com", ZONE, ("us-east-1", "eu-west-1")).home_region == "us-east-1"
