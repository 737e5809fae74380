"""TXT records in the form that Route 53 and zone files take."""

import re
from functools import lru_cache

TXT_LIMIT = 4000  # characters of a record's quoted strings in Route 53; DeveloperGuide, "TXT record type"
STRING_LIMIT_BYTES = 255  # RFC 1035 section 3.3: one length byte a string
SPF_VERSION = re.compile(r"v=spf1(?: |$)", re.IGNORECASE)
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
SIGN = re.compile(r"\\(?P<octal>[0-7]{3})|\\?(?P<sign>.)", re.DOTALL)
PRINTABLE = range(0x20, 0x7F)


@lru_cache  # one SPF text serves thousands of records
def quote_txt(text: str) -> str:
    r"""
    Write a text as the quoted strings of one TXT record.

    Args:
        text: The value as a receiver reads it, not quoted yet.

    Returns:
        Strings of at most 255 bytes each, quoted once and set apart by a blank: ``"v=spf1 …" "…"``.

    Source: RFC 7208 section 3.3; Route 53 DeveloperGuide, "TXT record type" (octal escapes, ``\"`` and ``\\``)
    """
    data = text.encode()
    chunks = [data[start : start + STRING_LIMIT_BYTES] for start in range(0, len(data), STRING_LIMIT_BYTES)] or [b""]
    return " ".join(f'"{"".join(map(_escape, chunk))}"' for chunk in chunks)


def unquote_txt(value: str) -> str:
    """Return the text of quoted strings as a receiver reads it; what is not quoted stays."""
    if not (strings := QUOTED.findall(value)):
        return value
    data = b"".join(_unescape(match) for string in strings for match in SIGN.finditer(string))
    return data.decode(errors="replace")


def is_spf(text: str) -> bool:
    """Tell whether a TXT record is an SPF record (RFC 7208 section 4.5)."""
    return bool(SPF_VERSION.match(text))


def _escape(byte: int) -> str:
    if byte not in PRINTABLE:
        return f"\\{byte:03o}"
    return f"\\{chr(byte)}" if chr(byte) in '"\\' else chr(byte)


def _unescape(match: re.Match[str]) -> bytes:
    return bytes([int(match["octal"], 8) & 0xFF]) if match["octal"] else match["sign"].encode()
