"""Addresses in reports are masked: nobody is named, and one still sees where they are."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailproof.report.formats import ReportFormat
from mailproof.report.mask import mask, masked
from tests.report.samples import finding, report


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Shop <shop@example.com>, b@x.example", "Shop <s...@example.com>, b...@x.example"),
        ("mailto:dmarc@example.com!10m", "mailto:d...@example.com!10m"),
        ("bounce+a=b.example@mail.example", "b...@mail.example"),
        ('"first last"@example.com', "f...@example.com"),
        ("you@[192.0.2.1]", "y...@[192.0.2.1]"),
        ("日本@bücher.example", "日...@bücher.example"),
        ("it is for @shop.example.com", "it is for @shop.example.com"),
        ("actions/checkout@v4, a list <list.example.net>", "actions/checkout@v4, a list <list.example.net>"),
        ("mailproof-probe@example.com", "mailproof-probe@example.com"),
    ],
)
def test_a_text(text: str, expected: str) -> None:
    """The first sign and the domain are left, of addresses alone; what is nobody's stays."""
    assert mask(text, kept=("mailproof-probe",)) == expected
    assert mask(expected, kept=("mailproof-probe",)) == expected


@settings(max_examples=50)
@given(
    local=st.text("abcXYZ019.+_=-", min_size=4, max_size=20), around=st.sampled_from(["<{}>", "({})", "a {} b", '"{}"'])
)
def test_no_local_part_is_left(local: str, around: str) -> None:
    """Wherever an address is written."""
    assert local not in mask(around.format(f"{local}@example.com"))


@pytest.mark.parametrize("form", list(ReportFormat))
def test_a_report_in_every_format(form: ReportFormat) -> None:
    """In each text of each part."""
    found = finding(name="orders@example.com", fix="mailproof address resend orders@example.com")
    text = form.build(masked(report(None, found)))
    assert "orders" not in text
    assert "o..." in text
