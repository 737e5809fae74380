"""Host names: what is accepted, how it is held, what is refused."""

import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailproof.model.errors import InvalidValue
from mailproof.model.names import (
    fully_qualified,
    host_name,
    is_within,
    longest_containing,
    parse_host_name,
    parse_internet_name,
    parse_sending_domain,
)

HELD = re.compile(r"(_?[a-z0-9]([a-z0-9-]*[a-z0-9])?)(\._?[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
BARE = "write the bare name, such as 'example.com'"
SIGNS = "use letters, digits and hyphens, no hyphen first or last, an underscore only first"
LONGEST = ".".join(["a" * 49] * 5) + ".abc"  # 253 bytes

labels = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True).filter(lambda label: label[2:4] != "--")
names = st.lists(labels, min_size=1, max_size=5).map(".".join)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("example.com", "example.com", id="as held"),
        pytest.param("Example.COM.", "example.com", id="case and dot"),
        pytest.param("bücher.example", "xn--bcher-kva.example", id="U-label"),
        pytest.param("BÜCHER.Example.", "xn--bcher-kva.example", id="upper-case U-label"),
        pytest.param("bu\u0308cher.example", "xn--bcher-kva.example", id="combining sign"),
        pytest.param("XN--BCHER-KVA.example", "xn--bcher-kva.example", id="upper-case A-label"),
        pytest.param("straße.example", "xn--strae-oqa.example", id="sharp s stays itself"),
        pytest.param("क्\u200dष.example", "xn--11b2ezcw70k.example", id="joiner where IDNA allows it"),
        pytest.param("пример.испытание", "xn--e1afmkfd.xn--80akhbyknj4f", id="every label"),
        pytest.param("例え。テスト", "xn--r8jz45g.xn--zckzah", id="ideographic dot"),
        pytest.param("\uff45xample.com", "example.com", id="full-width letters"),
        pytest.param("xn--ls8h.la", "xn--ls8h.la", id="A-label of an emoji, which registries have given out"),
        pytest.param("_x.example", "_x.example", id="underscore in front"),
        pytest.param("_dmarc.Example.com", "_dmarc.example.com", id="record name"),
        pytest.param("a-b--c.example", "a-b--c.example", id="hyphens elsewhere"),
        pytest.param(f"{'a' * 63}.example", f"{'a' * 63}.example", id="63-byte label"),
        pytest.param(LONGEST, LONGEST, id="253-byte name"),
        pytest.param(f"{LONGEST}.", LONGEST, id="253-byte name and dot"),
        pytest.param("localhost", "localhost", id="one label"),
    ],
)
def test_parse_host_name_holds_lower_case_a_labels_without_a_dot(text: str, expected: str) -> None:
    """A name is held in one way, however it was written."""
    assert expected == parse_host_name(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", f"is not a host name, got ''; {BARE}", id="empty"),
        pytest.param(".", f"is not a host name, got '.'; {BARE}", id="root"),
        pytest.param("@", f"is not a host name, got '@'; {BARE}", id="zone-file apex"),
        pytest.param("a b.example", f"is not a host name, got 'a b.example'; {BARE}", id="blank"),
        pytest.param("a\tb.example", f"is not a host name, got 'a\\tb.example'; {BARE}", id="tab"),
        pytest.param("a\nb.example", f"is not a host name, got 'a\\nb.example'; {BARE}", id="line break"),
        pytest.param("*.example.com", f"is not a host name, got '*.example.com'; {BARE}", id="wildcard"),
        pytest.param("https://example.com", f"is not a host name, got 'https://example.com'; {BARE}", id="URL"),
        pytest.param("me@example.com", f"is not a host name, got 'me@example.com'; {BARE}", id="address"),
        pytest.param("a\\.b.example", f"is not a host name, got 'a\\\\.b.example'; {BARE}", id="escape"),
        pytest.param("😀.example", f"is not a host name, got '😀.example'; {BARE}", id="emoji"),
        pytest.param("a\u200db.example", f"is not a host name, got 'a\\u200db.example'; {BARE}", id="stray joiner"),
        pytest.param("\u0301a.example", f"is not a host name, got '\u0301a.example'; {BARE}", id="combining first"),
        pytest.param("אa.example", f"is not a host name, got 'אa.example'; {BARE}", id="two directions"),
        pytest.param("xn--bücher.example", f"is not a host name, got 'xn--bücher.example'; {BARE}", id="half encoded"),
        pytest.param("\u00ad.example", f"is not a host name, got '\\xad.example'; {BARE}", id="invisible label"),
        pytest.param("a..b", "has an empty label, got 'a..b'; remove the extra dot", id="two dots"),
        pytest.param("a.b..", "has an empty label, got 'a.b..'; remove the extra dot", id="two dots at the end"),
        pytest.param(".a.b", "has an empty label, got '.a.b'; remove the extra dot", id="dot in front"),
        pytest.param(
            f"{'a' * 64}.com", f"has a label of over 63 bytes, got '{'a' * 64}.com'; shorten it", id="64-byte label"
        ),
        pytest.param(
            f"{'ü' * 60}.com", f"has a label of over 63 bytes, got '{'ü' * 60}.com'; shorten it", id="long when encoded"
        ),
        pytest.param(
            f"{LONGEST}d",
            "is longer than 253 bytes, "
            "got 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.aaaaaaa"
            "...aaa.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.abcd'; shorten it",
            id="254-byte name",
        ),
        pytest.param(
            "a_b.example",
            f"has the label 'a_b', which a mail name cannot have, got 'a_b.example'; {SIGNS}",
            id="inner _",
        ),
        pytest.param(
            "-a.example", f"has the label '-a', which a mail name cannot have, got '-a.example'; {SIGNS}", id="- first"
        ),
        pytest.param(
            "a-.example", f"has the label 'a-', which a mail name cannot have, got 'a-.example'; {SIGNS}", id="- last"
        ),
        pytest.param(
            "a\x00.example",
            f"has the label 'a\\\\000', which a mail name cannot have, got 'a\\x00.example'; {SIGNS}",
            id="NUL",
        ),
        pytest.param(
            "ab--c.example",
            "has hyphens as third and fourth character of 'ab--c', got 'ab--c.example'; only 'xn--' may have them",
            id="unknown ACE prefix",
        ),
        pytest.param(
            "xn--zzzzzz99999.example",
            "has the label 'xn--zzzzzz99999', "
            "which is not an internationalised label, got 'xn--zzzzzz99999.example'; write its letters",
            id="broken punycode",
        ),
        pytest.param(
            "xn--a.example",
            "has the label 'xn--a', which is not an internationalised label, got 'xn--a.example'; write its letters",
            id="punycode of a control character",
        ),
    ],
)
def test_fails_on_what_is_no_host_name(text: str, expected: str) -> None:
    """What is not a host name is refused in one sentence that shows it."""
    with pytest.raises(InvalidValue) as caught:
        parse_host_name(text)
    assert expected == str(caught.value)


@given(name=names, dot=st.sampled_from(["", "."]), data=st.data())
def test_case_and_a_dot_change_nothing(name: str, dot: str, data: st.DataObject) -> None:
    """Every spelling of a name is held alike."""
    spelling = "".join(data.draw(st.sampled_from([sign, sign.upper()])) for sign in name)
    try:
        expected = parse_host_name(name)
    except InvalidValue:  # no punycode
        return
    assert expected == parse_host_name(spelling + dot)


@given(st.text(max_size=80) | st.lists(st.text(max_size=20), max_size=6).map(".".join))
@example("a。b")
@example("℀.com")
@example("⒈example.com")
@example("a\u2028b.example")
@example("xn--.example")
@example("\ufeffa.example")
@example("\u017f.\u0130.K")
def test_any_text_is_held_as_dns_takes_it_or_refused(text: str) -> None:
    """Whatever a person writes ends as a name within the limits of DNS, which is read as itself, or in a refusal."""
    try:
        name = parse_host_name(text)
    except InvalidValue:
        return
    assert HELD.fullmatch(name)
    assert len(name) <= 253
    assert max(map(len, name.split("."))) <= 63
    assert name == parse_host_name(name)


@given(st.text(alphabet=st.characters(categories=["Ll"]), min_size=1, max_size=15))
def test_an_internationalised_name_and_its_a_label_are_one(label: str) -> None:
    """A U-label and the A-label that it encodes to are the same name."""
    try:
        name = parse_host_name(f"{label}.example")
    except InvalidValue:
        return
    assert name == parse_host_name(name.upper())


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Example.CO.uk.", id="below a suffix of two labels"),
        pytest.param("www.ck", id="exception of a wildcard rule"),
        pytest.param("github.io", id="private suffix: somebody's domain"),
        pytest.param("bücher.example", id="internationalised, unknown top level"),
        pytest.param("a." + LONGEST[46:], id="209 bytes"),
    ],
)
def test_parse_sending_domain_accepts_what_somebody_can_own(text: str) -> None:
    """A sending domain is read as the host name that it is."""
    assert parse_host_name(text) == parse_sending_domain(text)


OWN = "write the domain that you own below it"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("com", f"is a public suffix, not a sending domain, got 'com'; {OWN}", id="top level"),
        pytest.param("Co.UK.", f"is a public suffix, not a sending domain, got 'Co.UK.'; {OWN}", id="two labels"),
        pytest.param("foo.ck", f"is a public suffix, not a sending domain, got 'foo.ck'; {OWN}", id="wildcard rule"),
        pytest.param(
            "公司.cn", f"is a public suffix, not a sending domain, got '公司.cn'; {OWN}", id="internationalised"
        ),
        pytest.param("localhost", f"is a public suffix, not a sending domain, got 'localhost'; {OWN}", id="one label"),
        pytest.param(
            "192.0.2.1",
            "ends in a number, as IP addresses do, got '192.0.2.1'; write the name of a domain",
            id="IP address",
        ),
        pytest.param(
            "ab." + LONGEST[46:],
            "leaves no room for its DKIM records, whose names are 44 bytes longer, "
            "got 'ab.aaa.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
            "...aaaa.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.abc'; use at most 209 bytes",
            id="210 bytes",
        ),
    ],
)
def test_fails_on_what_is_no_sending_domain(text: str, expected: str) -> None:
    """What nobody can own or sign for is not a sending domain."""
    with pytest.raises(InvalidValue) as caught:
        parse_sending_domain(text)
    assert expected == str(caught.value)


def test_parse_internet_name_takes_a_public_suffix() -> None:
    """A public suffix may have mail of its own: `gov.uk` takes reports."""
    assert parse_internet_name("GOV.uk") == "gov.uk"


@pytest.mark.parametrize(
    ("name", "parent", "expected"),
    [
        pytest.param("example.com", "example.com", True, id="itself"),
        pytest.param("a.b.example.com", "example.com", True, id="below"),
        pytest.param("notexample.com", "example.com", False, id="not on a label boundary"),
        pytest.param("example.com", "a.example.com", False, id="above"),
        pytest.param("example.com.org", "example.com", False, id="in front"),
    ],
)
def test_is_within_keeps_to_label_boundaries(name: str, parent: str, expected: bool) -> None:  # noqa: FBT001
    """A name lies in another if it equals it or ends in it after a dot."""
    assert expected is is_within(name, parent)


@given(names, names)
def test_only_a_dot_makes_a_name_lie_within_another(name: str, parent: str) -> None:
    """A label in front puts a name below another; letters in front do not."""
    assert is_within(f"{name}.{parent}", parent)
    assert not is_within(f"not{parent}", parent)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("example.com", "example.com", id="itself"),
        pytest.param("a.example.com", "example.com", id="parent"),
        pytest.param("a.news.example.com", "news.example.com", id="the longer of two"),
        pytest.param("notexample.com", None, id="not on a label boundary"),
        pytest.param("com", None, id="above"),
    ],
)
def test_longest_containing_finds_the_zone_of_a_name(name: str, expected: str | None) -> None:
    """The longest zone on a label boundary wins."""
    assert expected == longest_containing(name, {"example.com": 1, "news.example.com": 2})


@given(names, st.lists(names, max_size=6))
def test_longest_containing_agrees_with_its_definition(name: str, candidates: list[str]) -> None:
    """Of all candidates that contain the name it is the longest."""
    containing = [candidate for candidate in candidates if is_within(name, candidate)]
    assert max(containing, key=len, default=None) == longest_containing(name, dict.fromkeys(candidates))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("example.com", "example.com.", id="literal"),
        pytest.param("${Token[TOKEN.1]}", "${Token[TOKEN.1]}.", id="CDK token in a string"),
        pytest.param(
            {"Fn::GetAtt": ["Identity", "DkimDNSTokenName1"]},
            {"Fn::Join": ["", [{"Fn::GetAtt": ["Identity", "DkimDNSTokenName1"]}, "."]]},
            id="intrinsic",
        ),
    ],
)
def test_fully_qualified_adds_one_dot_to_whatever_it_is_given(name: Any, expected: Any) -> None:
    """Literals and tokens alike get their dot in one place."""
    assert expected == fully_qualified(name)


@given(names)
def test_a_name_goes_out_with_a_dot_and_comes_back_without(name: str) -> None:
    """What leaves with a dot is read as what was held."""
    try:
        held = parse_host_name(name)
    except InvalidValue:
        return
    assert held == parse_host_name(str(fully_qualified(held)))


@pytest.mark.parametrize("text", ["Example.COM.", "example.com.", "EXAMPLE.com", "example.com"])
def test_host_name_holds_what_comes_from_outside_as_ours(text: str) -> None:
    """A name of DNS or AWS can be compared with one of ours."""
    assert host_name(text) == "example.com"


@pytest.mark.parametrize("text", ["", "*.example.com", "a b", "a..b"])
def test_host_name_judges_nothing(text: str) -> None:
    """What others have written is not ours to refuse."""
    assert host_name(text) == text
