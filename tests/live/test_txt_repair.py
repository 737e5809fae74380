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
    ],
)
def test_guesses(strings: tuple[str, ...], meant: str | None) -> None:
    """Quotation marks are taken out, and a blank is put where strings meet."""
    guesses = repaired_texts(Txt(strings))
    assert (meant in guesses) if meant else (guesses == [])


def test_a_sound_text_is_left_alone() -> None:
    """There is nothing to guess."""
    assert repaired_texts(Txt(("v=spf1 -all",))) == []
