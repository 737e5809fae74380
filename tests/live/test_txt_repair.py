"""What a mangled text was meant to be."""

import pytest

from mailproof.live.answer import Txt, escaped
from mailproof.live.txt_repair import repaired_texts


@pytest.mark.parametrize(
    ("strings", "meant"),
    [
        (('"v=spf1 -all"',), "v=spf1 -all"),
        (('\\"v=spf1 -all\\"',), "v=spf1 -all"),
        (("\\226\\128\\156v=spf1 -all",), None),
        ((escaped("\u201ev=spf1 -all\u201c".encode()),), "v=spf1 -all"),
        (("'v=spf1 -all'",), "v=spf1 -all"),
        (("v=spf1", "-all"), "v=spf1 -all"),
        (('"v=spf1', '-all"'), "v=spf1 -all"),
        ((" v=spf1 -all",), "v=spf1 -all"),
        ((escaped("\ufeffv=spf1 -all".encode()),), "v=spf1 -all"),
        ((escaped("\u200b\u00a0v=DMARC1; p=none".encode()),), "v=DMARC1; p=none"),
        ((r"v=DMARC1\; p=none\; sp=none",), "v=DMARC1; p=none; sp=none"),
        (("nv=spf1 -all",), "v=spf1 -all"),
        (("v=spf1include:amazonses.com~all",), "v=spf1 include:amazonses.com ~all"),
        (("v=spf1\tinclude:a.example -all",), "v=spf1 include:a.example -all"),
        (("v=spf1;include:a.example -all",), "v=spf1 include:a.example -all"),
        ((escaped("v=spf1\u00a0a -all".encode()),), "v=spf1 a -all"),
        (("v=DMARC1p=none",), "v=DMARC1; p=none"),
        (("v=DMARC1\tp=none",), "v=DMARC1; p=none"),
        (("bounce.example.com. v=spf1 -all",), "v=spf1 -all"),
        (('_dmarc.example.com. 300 IN TXT "v=DMARC1; p=none"',), "v=DMARC1; p=none"),
        (("_dmarc v=DMARC1; p=none",), "v=DMARC1; p=none"),
    ],
)
def test_guesses(strings: tuple[str, ...], meant: str | None) -> None:
    """Quotation marks are taken out, and a blank is put where strings meet."""
    guesses = repaired_texts(Txt(strings))
    assert (meant in guesses) if meant else (guesses == [])


@pytest.mark.parametrize(
    "text", ["v=spf1 -all", "v=DMARC1; p=none", "v=spf10 -all", "v=spf1x", "v=DMARC1 p=none", "see v=spf1 -all"]
)
def test_a_text_without_such_a_fault_is_left_alone(text: str) -> None:
    """There is nothing to guess."""
    assert repaired_texts(Txt((text,))) == []


@pytest.mark.parametrize("sign", [" ", "v=spf1", "a", ";", ".", "_ ", "~all"])
def test_a_text_as_long_as_dns_allows_is_read(sign: str) -> None:
    """Anybody may write 65,535 bytes."""
    repaired_texts(Txt(tuple(sign * 200 for _ in range(60000 // (200 * len(sign))))))
