"""Tests of text from outside, as it may be shown."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailproof.model.safe_text import join_lines, visible, visible_lines

OBEYED = re.compile(r"(?m)^\s*::|##\w*\[")
HOSTILE = st.text() | st.lists(
    st.sampled_from(
        [*"\x00\x07\x08\t\n\r\x1b\x7f\x85\x9b\u200b\u200d\u202e\u2028\u2066\ufeff\ud800\ufff9:#[ a", "::", "##["]
    )
).map("".join)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("v=spf1 ip6:2001:db8::/32 ~all", "v=spf1 ip6:2001:db8::/32 ~all"),
        ("bücher 日本 ✅", "bücher 日本 ✅"),
        ("\x1b]0;title\x07", r"\u001b]0;title\u0007"),
        ("a\r\nb", r"a\u000d\u000ab"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("\u00a0v=DMARC1", r"\u00a0v=DMARC1"),
        ("\U000e0041", r"\udb40\udc41"),
        ("\u3164", r"\u3164"),
        ("##[error]x", r"\u0023#[error]x"),
        ("a ##vso[task.setvariable]x", r"a \u0023#vso[task.setvariable]x"),
        ("## heading", "## heading"),
    ],
)
def test_a_value_is_seen_and_not_obeyed(text: str, shown: str) -> None:
    """Signs that are harmless stay; the others are written out."""
    assert visible(text) == shown


def test_a_line_does_not_begin_with_a_workflow_command() -> None:
    """Blanks in front do not help; within a line colons stay."""
    assert visible_lines("::error::x\n  ::set-env::\n2001:db8::1\r\n") == (
        "\\u003a:error::x\n  \\u003a:set-env::\n2001:db8::1\r\n"
    )
    assert join_lines("a\n::error::x") == "a\\u000a::error::x\n"


@given(HOSTILE)
def test_nothing_obeyed_is_left(text: str) -> None:
    """Whatever the text is; twice is as once."""
    assert visible(text).isprintable()
    for shown in (visible_lines(text), join_lines(text)):
        assert all(line.removesuffix("\r").isprintable() for line in shown.split("\n"))
        assert not OBEYED.search(shown)
    assert visible(visible(text)) == visible(text)
    assert visible_lines(visible_lines(text)) == visible_lines(text)


@given(HOSTILE)
def test_json_means_the_same(text: str) -> None:
    """What is escaped within a JSON string is read back as it was."""
    document = json.dumps({"text": text}, ensure_ascii=False, indent=2)
    assert json.loads(visible_lines(document)) == {"text": text}
