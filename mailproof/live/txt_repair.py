"""What a text record would say if it had been entered rightly."""

import re

from mailproof.live.answer import Txt, escaped

_MARKS = "\"'`\u201c\u201d\u201e\u00ab\u00bb\u2018\u2019"
QUOTES = re.compile("|".join([r'\\"', *(re.escape(escaped(mark.encode())) for mark in _MARKS)]))


def repaired_texts(txt: Txt) -> list[str]:
    r"""
    Guess what was meant.

    Quotation marks that stand inside the value were pasted with it (so was the backslash before them); a blank is
    missing where a long value was cut into strings.

    Source: RFC 7208 section 3.3
    """
    guesses = [_unquoted(txt.text), " ".join(txt.strings), _unquoted(" ".join(txt.strings))]
    return [guess for guess in dict.fromkeys(guesses) if guess != txt.text]


def _unquoted(text: str) -> str:
    bare = QUOTES.sub("", text)
    return bare.strip() if bare != text else text
