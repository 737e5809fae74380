"""DMARC: the record as published, the addresses for reports, who has to agree to take them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailproof.live.dmarc_text import parse_dmarc
from mailproof.model.dmarc import (
    Alignment,
    Dmarc,
    DmarcPolicy,
    PublicSuffix,
    build_dmarc,
    dropped_tags,
    needs_authorisation,
    parse_failure_options,
    parse_report_address,
    parse_sender,
)
from mailproof.model.errors import InvalidValue


@pytest.mark.parametrize(
    ("dmarc", "expected"),
    [
        pytest.param(Dmarc(), "v=DMARC1; p=none", id="defaults"),
        pytest.param(
            Dmarc(
                policy=DmarcPolicy.REJECT,
                subdomain_policy=DmarcPolicy.QUARANTINE,
                nonexistent_subdomain_policy=DmarcPolicy.NONE,
                reports=("a@example.com", "b@example.org"),
                failure_reports=("f@example.com",),
                testing=True,
                dkim_alignment=Alignment.STRICT,
                spf_alignment=Alignment.RELAXED,
                failure_options="1:d",
                public_suffix=PublicSuffix.NO,
            ),
            "v=DMARC1; p=reject; sp=quarantine; np=none; rua=mailto:a@example.com,mailto:b@example.org; "
            "ruf=mailto:f@example.com; adkim=s; aspf=r; fo=1:d; t=y; psd=n",
            id="every tag",
        ),
        pytest.param(
            Dmarc(reports=("a!b%c+d#e@example.com",)),
            "v=DMARC1; p=none; rua=mailto:a%21b%25c+d%23e@example.com",
            id="signs that separate parts of a tag are encoded",
        ),
    ],
)
def test_build_dmarc_writes_the_tags_in_order(dmarc: Dmarc, expected: str) -> None:
    """The version comes first and the policy second; what is not set is not written."""
    assert expected == build_dmarc(dmarc)


@pytest.mark.parametrize(
    ("live", "lost"),
    [
        ("v=DMARC1; p=reject; rua=mailto:A@example.com!10m", []),
        ("v=DMARC1;p=none;SP = reject ; fo=1", ["sp=reject", "fo=1"]),
        (
            "v=DMARC1; rua=mailto:a@example.com, mailto:b@example.com; ruf=mailto:f@example.com",
            [
                "ruf=mailto:f@example.com",
                "rua=mailto:b@example.com",
            ],
        ),
    ],
)
def test_what_a_record_in_the_place_of_another_has_not(live: str, lost: list[str]) -> None:
    """Tags, and addresses of tags that both have; another value of a tag is no loss."""
    assert dropped_tags(live, build_dmarc(Dmarc(reports=("a@example.com",)))) == lost


@pytest.mark.parametrize(("value", "expected"), [("0", "0"), (1, "1"), ("d:s", "d:s"), ("1:d:s", "1:d:s")])
def test_failure_options(value: object, expected: str) -> None:
    """A bare digit is a number in YAML."""
    assert parse_failure_options(value) == expected


@pytest.mark.parametrize("value", ["", "2", "0:1", "d:d", "d s", ":", True, 2, ["1"], None])
def test_failure_options_that_receivers_ignore(value: object) -> None:
    """They would take the default instead."""
    with pytest.raises(InvalidValue):
        parse_failure_options(value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("203.0.113.0/24", "203.0.113.0/24"),
        ("192.0.2.1", "192.0.2.1/32"),
        ("2001:DB8::/32", "2001:db8::/32"),
        ("Spam.Example.", "spam.example"),
    ],
)
def test_a_sender_is_a_domain_or_a_network(text: str, expected: str) -> None:
    """In one spelling each."""
    assert parse_sender(text) == expected


@pytest.mark.parametrize("text", ["203.0.113.1/24", "1.2.3", "::x", "a@b.example", ""])
def test_what_is_no_sender(text: str) -> None:
    """Bits behind the length of a network would be guessed at."""
    with pytest.raises(InvalidValue):
        parse_sender(text)


ALIGNMENTS = st.sampled_from([None, *Alignment])


@given(
    st.builds(
        Dmarc,
        policy=st.sampled_from(DmarcPolicy),
        subdomain_policy=st.sampled_from([None, *DmarcPolicy]),
        nonexistent_subdomain_policy=st.sampled_from([None, *DmarcPolicy]),
        reports=st.lists(st.sampled_from(["a@x.example", "b!c@y.example"]), unique=True).map(tuple),
        failure_reports=st.lists(st.sampled_from(["a@x.example", "d@z.example"]), unique=True).map(tuple),
        testing=st.booleans(),
        dkim_alignment=ALIGNMENTS,
        spf_alignment=ALIGNMENTS,
        failure_options=st.sampled_from(["", "0", "1", "d", "s", "1:d:s"]),
        public_suffix=st.sampled_from([None, *PublicSuffix]),
    )
)
def test_what_is_built_is_read_back(dmarc: Dmarc) -> None:
    """Every tag, by the parser that reads what others have published."""
    record = parse_dmarc(build_dmarc(dmarc))
    assert record.fault is None
    assert (record.policy, record.removed_tags) == (dmarc.policy, [])
    assert (record.addresses("rua"), record.addresses("ruf")) == ([*dmarc.reports], [*dmarc.failure_reports])
    found = {tag: record.tags.get(tag) for tag in ("sp", "np", "adkim", "aspf", "fo", "t", "psd")}
    assert found == {
        "sp": dmarc.subdomain_policy,
        "np": dmarc.nonexistent_subdomain_policy,
        "adkim": dmarc.dkim_alignment,
        "aspf": dmarc.spf_alignment,
        "fo": dmarc.failure_options or None,
        "t": "y" if dmarc.testing else None,
        "psd": dmarc.public_suffix,
    }


@given(st.text(alphabet="abc.!#$%&'*+/=?^_`{|}~-", min_size=1, max_size=64))
def test_an_address_cannot_break_out_of_its_tag(local: str) -> None:
    """No sign that may stand in an address ends a URI or a tag."""
    try:
        address = parse_report_address(f"{local}@example.com")
    except InvalidValue:
        return
    rua = build_dmarc(Dmarc(reports=(address,))).partition("rua=")[2]
    assert not set(rua) & set(',;! "\\')
    assert 1 == rua.count("mailto:") == rua.count("@")


def test_report_hosts_lists_each_host_once_in_order() -> None:
    """Hosts of both kinds of reports, in the order of the file."""
    dmarc = Dmarc(reports=("a@two.example", "b@one.example"), failure_reports=("c@two.example", "d@six.example"))
    assert dmarc.report_hosts() == ["two.example", "one.example", "six.example"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("dmarc@example.com", "dmarc@example.com", id="as held"),
        pytest.param("DMARC@Example.COM.", "DMARC@example.com", id="the case of the local part stays"),
        pytest.param("a+b.c@bücher.example", "a+b.c@xn--bcher-kva.example", id="U-label"),
        pytest.param(f"{'a' * 64}@example.com", f"{'a' * 64}@example.com", id="longest local part"),
        pytest.param("dmarc@gov.uk", "dmarc@gov.uk", id="public suffix with mail of its own"),
    ],
)
def test_parse_report_address_holds_the_host_as_a_labels(text: str, expected: str) -> None:
    """The host is held as every host, the local part as written."""
    assert expected == parse_report_address(text)


BARE = "write it bare, such as 'dmarc@example.com'"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", f"is not an address for reports, got ''; {BARE}", id="empty"),
        pytest.param("example.com", f"is not an address for reports, got 'example.com'; {BARE}", id="no @"),
        pytest.param("@example.com", f"is not an address for reports, got '@example.com'; {BARE}", id="no local part"),
        pytest.param(
            "mailto:a@b.example", f"is not an address for reports, got 'mailto:a@b.example'; {BARE}", id="URI"
        ),
        pytest.param("<a@b.example>", f"is not an address for reports, got '<a@b.example>'; {BARE}", id="brackets"),
        pytest.param("a,b@c.example", f"is not an address for reports, got 'a,b@c.example'; {BARE}", id="comma"),
        pytest.param("a..b@c.example", f"is not an address for reports, got 'a..b@c.example'; {BARE}", id="two dots"),
        pytest.param("é@c.example", f"is not an address for reports, got 'é@c.example'; {BARE}", id="not ASCII"),
        pytest.param(
            f"{'a' * 65}@c.example", f"is not an address for reports, got '{'a' * 65}@c.example'; {BARE}", id="long"
        ),
        pytest.param("a@", f"is not an address for reports, got 'a@'; {BARE}", id="no host"),
        pytest.param("a@.", f"is not an address for reports, got 'a@.'; {BARE}", id="root as host"),
        pytest.param("a@b c", f"is not an address for reports, got 'a@b c'; {BARE}", id="blank in the host"),
        pytest.param(
            "a@\u2603\u0301.test", f"is not an address for reports, got 'a@\u2603\u0301.test'; {BARE}", id="no U-label"
        ),
        pytest.param(
            "a@localhost",
            "has a host without a dot, which no mail reaches, got 'a@localhost'; write its complete name",
            id="one label",
        ),
        pytest.param(
            "a@_x.com",
            "has an underscore, which no domain of an address has, got 'a@_x.com'; choose another address",
            id="underscore",
        ),
        pytest.param(
            "a@b..c", "has an empty label, got 'a@b..c'; remove the extra dot", id="host, shown with its address"
        ),
        pytest.param(
            "a@192.0.2.1",
            "ends in a number, as IP addresses do, got 'a@192.0.2.1'; write the name of a domain",
            id="IP address",
        ),
        pytest.param(
            "a@b.example!10m",
            "has the label 'example!10m', which a mail name cannot have, got 'a@b.example!10m'; "
            "use letters, digits and hyphens, no hyphen first or last, an underscore only first",
            id="size limit of RFC 7489",
        ),
    ],
)
def test_fails_on_what_is_no_report_address(text: str, expected: str) -> None:
    """An address that cannot take reports is refused, shown whole."""
    with pytest.raises(InvalidValue) as caught:
        parse_report_address(text)
    assert expected == str(caught.value)


@pytest.mark.parametrize(
    ("host", "domain", "expected"),
    [
        pytest.param("example.com", "example.com", False, id="the domain itself"),
        pytest.param("reports.example.com", "example.com", False, id="below it"),
        pytest.param("example.com", "news.example.com", True, id="above it"),
        pytest.param("other.example.com", "news.example.com", True, id="beside it"),
        pytest.param("example.org", "example.com", True, id="another organisation"),
        pytest.param("notexample.com", "example.com", True, id="not on a label boundary"),
        pytest.param("b.co.uk", "a.co.uk", True, id="two organisations below one suffix"),
    ],
)
def test_needs_authorisation_of_a_host_outside_the_domain(host: str, domain: str, expected: bool) -> None:  # noqa: FBT001
    """Any host outside the domain agrees to take reports: whose organisation it is may change."""
    assert expected is needs_authorisation(host, domain)
