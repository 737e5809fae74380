"""Guess the intended text of a mangled TXT record."""

import re

from mailproof.live.answer import Txt, escaped

_MARKS = "\"'`\u201c\u201d\u201e\u00ab\u00bb\u2018\u2019"
QUOTES = re.compile("|".join([r'\\"', *(re.escape(escaped(mark.encode())) for mark in _MARKS)]))
_UNSEEN = "\ufeff\u00a0\u00ad\u200b\u200c\u200d\u2060"  # byte order mark, no-break space, zero width, soft hyphen
BLANK = rf"(?:\s|{'|'.join(re.escape(escaped(sign.encode())) for sign in _UNSEEN)})"
_VERSION = r"v\s*=\s*(?:spf1|DMARC1)"
_MECHANISM = r"[+?~-]?(?:include|ip4|ip6|exists|all|mx|ptr|a)(?![a-z])|redirect="
_REPAIRS = (
    (re.compile(rf"^{BLANK}+"), ""),
    (re.compile(r"\\;"), ";"),
    (
        re.compile(
            rf"^(?:@|(?=\S{{0,254}}[._])\S{{1,255}})\s+(?:[0-9]+\s+)?(?:IN\s+)?(?:TXT\s+)?(?={_VERSION})", re.IGNORECASE
        ),
        "",
    ),
    (re.compile(rf"^[a-z](?={_VERSION})"), ""),
    (re.compile(rf"^(v=spf1)(?:{BLANK}|;)*(?={_MECHANISM})", re.IGNORECASE), r"\1 "),
    (re.compile(rf"^(v=DMARC1)(?:(?! ){BLANK})*(?=[a-z]+\s*=)"), r"\1; "),
    (re.compile(r"^(v=spf1 .*[^\s+?~-])([+?~-]all)$", re.IGNORECASE), r"\1 \2"),
)
"""What is put right, one after the other, with what takes its place."""


def repaired_texts(txt: Txt) -> list[str]:
    r"""
    Guess what was meant.

    Quotation marks inside the value were pasted with it (so was the backslash before them); a blank is missing where a
    long value was cut into strings. In front there may be a blank that nobody sees, a letter of an escape whose
    backslash is gone, or the owner name; behind the version the separator may be lost or wrong; a semicolon may have
    kept the backslash that master files want.

    Source: RFC 7208 section 3.3
    """
    spaced = " ".join(txt.strings)
    guesses = [_unquoted(txt.text), spaced, _unquoted(spaced), _repaired(txt.text), _repaired(spaced)]
    return [guess for guess in dict.fromkeys(guesses) if guess != txt.text]


def _unquoted(text: str) -> str:
    bare = QUOTES.sub("", text)
    return bare.strip() if bare != text else text


def _repaired(text: str) -> str:
    text = _unquoted(text)
    for wrong, right in _REPAIRS:
        text = wrong.sub(right, text)
    return text
