"""TXT records: quoted once, split at 255 bytes."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailproof.model.txt import quote_txt, unquote_txt

STRING = re.compile(r'"((?:[^"\\]|\\[0-7]{3}|\\["\\])*)"')
ESCAPE = re.compile(r'\\([0-7]{3}|["\\])')


def unquote(quoted: str) -> list[bytes]:
    """Read the strings of a TXT record as Route 53 does, octal escapes included."""
    assert re.fullmatch(rf"{STRING.pattern}( {STRING.pattern})*", quoted)
    return [ESCAPE.sub(_sign, found[1]).encode("latin-1") for found in STRING.finditer(quoted)]


def _sign(found: re.Match[str]) -> str:
    return found[1] if found[1] in {'"', "\\"} else chr(int(found[1], 8))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("v=spf1 include:amazonses.com ~all", '"v=spf1 include:amazonses.com ~all"', id="SPF"),
        pytest.param("", '""', id="empty"),
        pytest.param('say "hi"', r'"say \"hi\""', id="quotes"),
        pytest.param("a\\b", r'"a\\b"', id="backslash"),
        pytest.param("é", r'"\303\251"', id="two bytes"),
        pytest.param("a\nb", r'"a\012b"', id="control character"),
        pytest.param("x" * 255, f'"{"x" * 255}"', id="255 bytes"),
        pytest.param("x" * 256, f'"{"x" * 255}" "x"', id="256 bytes"),
        pytest.param("x" * 510, f'"{"x" * 255}" "{"x" * 255}"', id="two full strings"),
        pytest.param("x" * 254 + "é", rf'"{"x" * 254}\303" "\251"', id="split within a character"),
    ],
)
def test_quote_txt_writes_strings_as_route_53_takes_them(text: str, expected: str) -> None:
    """A text is quoted once, escaped and split by bytes."""
    assert expected == quote_txt(text)


@given(st.text(max_size=600) | st.text(alphabet='"\\é😀', min_size=100, max_size=400))
@example("😀" * 64)
def test_joined_strings_give_the_text_back(text: str) -> None:
    """What a receiver joins is what was written, in strings of at most 255 bytes."""
    strings = unquote(quote_txt(text))
    assert text.encode() == b"".join(strings)
    assert max(map(len, strings)) <= 255
    assert unquote_txt(quote_txt(text)) == text
