"""DMARC records, tag by tag (RFC 9989 sections 4.7 and 4.8)."""

import pytest

from mailproof.live.dmarc_text import is_dmarc, means_to_be_dmarc, parse_dmarc


@pytest.mark.parametrize("text", ["v=DMARC1", "v=DMARC1;p=none", "V \t=\t DMARC1 ; p=none", "v=DMARC1 ;"])
def test_records_are_recognised(text: str) -> None:
    """The tag's name may be a capital, its value is exact, blanks may stand around the signs."""
    assert is_dmarc(text)


@pytest.mark.parametrize(
    "text",
    [
        "v=dmarc1; p=none",
        "v=DMARC1 p=none",
        "v=DMARC1, p=none",
        "v=DMARC2; p=none",
        "p=none; v=DMARC1",
        " v=DMARC1; p=none",
        "DMARC1; p=none",
        "p=reject",
    ],
)
def test_records_that_are_none_are_recognised_as_meant(text: str) -> None:
    """What receivers discard, though it was written for them."""
    assert not is_dmarc(text)
    assert means_to_be_dmarc(text)


@pytest.mark.parametrize("text", ["v=spf1 -all", "site-verification=abc", "p=MIGfMA0", ""])
def test_other_texts_are_neither(text: str) -> None:
    """A wildcard's SPF record, say, at a `_dmarc` name."""
    assert not is_dmarc(text)
    assert not means_to_be_dmarc(text)


@pytest.mark.parametrize(
    ("tags", "invalid"),
    [
        ("p=none; sp=Quarantine; np=REJECT", None),
        ("rua=mailto:a@b.example", None),
        ("p=", "p="),
        ("p=none; sp=off", "sp=off"),
        ("np=none,reject", "np=none,reject"),
    ],
)
def test_policies_are_checked(tags: str, invalid: str | None) -> None:
    """The values of `p`, `sp` and `np` compare without case; a record without `p` is no fault."""
    assert parse_dmarc(f"v=DMARC1; {tags}").invalid_policy_tag == invalid


def test_a_record_without_policy_asks_for_nothing() -> None:
    """RFC 9989 section 4.7."""
    assert parse_dmarc("v=DMARC1; rua=mailto:a@b.example").policy == "none"


def test_addresses_are_read() -> None:
    """Percent signs, sizes of RFC 7489, capitals of the host and other schemes."""
    record = parse_dmarc(
        "v=DMARC1; rua=mailto:a%2Cb@B.example!10m, MAILTO:c@d.example ,https://e.example,mailto:c@d.example"
    )
    assert record.addresses("rua") == ["a,b@b.example", "c@d.example"]


def test_of_a_tag_written_twice_the_first_counts() -> None:
    """And what is no tag is left out."""
    assert parse_dmarc("v=DMARC1; p=reject; junk; p=none").policy == "reject"
