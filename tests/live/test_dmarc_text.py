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
    ("tags", "fault"),
    [
        ("p=none; sp=Quarantine; np=REJECT", None),
        ("p=none; x=y; x-y=z;; ", None),
        ("rua=mailto:a@b.example", None),
        ("p=", "p="),
        ("p=none; sp=off", "sp=off"),
        ("np=none,reject", "np=none,reject"),
        ("p:reject", "p:reject"),
        ("p:reject; rua=mailto:a@b.example", "p:reject"),
        ("p=none; junk", "junk"),
        ("p=reject; P=none", "P=none (a second p)"),
        ("p=none; v=DMARC1", "v=DMARC1 (a second v)"),
        ("sp=reject", "no p, and no valid rua"),
        ("rua=a@b.example", "no p, and no valid rua"),
    ],
)
def test_faults_are_found(tags: str, fault: str | None) -> None:
    """What keeps receivers from reading the policy; a record without `p` asks for reports."""
    assert parse_dmarc(f"v=DMARC1; {tags}").fault == fault


@pytest.mark.parametrize(
    ("rua", "invalid", "meant"),
    [
        ("mailto:a@b.example, MAILTO:c@D.example!10m", [], {"a@b.example", "c@d.example"}),
        ("mailto:a%2Cb@c.example?subject=x,", [], {"a,b@c.example"}),
        ("a@b.example", ["a@b.example"], {"a@b.example"}),
        ("mailto:a@b.example c@d.example", ["mailto:a@b.example c@d.example"], {"a@b.example", "c@d.example"}),
        ("mailto:a@b.example mailto:c@d.example", None, {"a@b.example", "c@d.example"}),
        ("mailto://a@b.example", None, {"a@b.example"}),
        ("https://d.example/x,mailto:a@b.example", ["https://d.example/x"], {"a@b.example"}),
        ("mailto:a", ["mailto:a"], set()),
    ],
)
def test_addresses_that_nobody_reads_are_found(rua: str, invalid: list[str] | None, meant: set[str]) -> None:
    """Each entry is one `mailto:` URI; what was meant by others is known all the same."""
    record = parse_dmarc(f"v=DMARC1; p=none; rua={rua}")
    assert record.invalid_uris("rua") == ([rua] if invalid is None else invalid)
    assert record.meant_addresses("rua") == meant


@pytest.mark.parametrize(
    ("tags", "partial", "removed"),
    [
        ("pct=100; rf=afrf", False, ["pct=100", "rf=afrf"]),
        ("pct=0; ri=1", True, ["ri=1"]),
        ("pct=99", True, []),
        ("pct=half", False, ["pct=half"]),
        ("pct=101", False, ["pct=101"]),
    ],
)
def test_tags_of_the_old_standard(tags: str, partial: bool, removed: list[str]) -> None:  # noqa: FBT001
    """RFC 9989 appendix A.6: a share below 100 is no longer read, which enforces the policy in full."""
    record = parse_dmarc(f"v=DMARC1; p=none; {tags}")
    assert (record.is_partial, record.removed_tags) == (partial, removed)


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
    """And what is not a tag is left out."""
    assert parse_dmarc("v=DMARC1; p=reject; junk; p=none").policy == "reject"


@pytest.mark.parametrize("sign", ["a", "@", "mailto:", " ", "!1", "v "])
def test_a_record_as_long_as_dns_allows_is_read(sign: str) -> None:
    """Whoever publishes a record above the domain chooses its length: 65,535 bytes at most."""
    record = parse_dmarc(f"v=DMARC1; rua={sign * 30000}")
    assert record.addresses("rua") == []
    assert not record.meant_addresses("rua")
