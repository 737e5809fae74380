"""SPF at a sending domain itself, which SES does not need: names to include, or the whole TXT set (RFC 7208)."""

import re
from dataclasses import dataclass
from itertools import takewhile

from mailproof.model.errors import InvalidValue

# Of a domain that had no record: `?all` says nothing about servers that nobody has named yet.
NO_RECORD = "v=spf1 ?all"
_ALL = re.compile(r"[-+?~]?all", re.IGNORECASE)
_END = re.compile(r"(?:[-+?~]?all|redirect=.*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ApexSpf:
    """
    What a domain asks for at its own name.

    Attributes:
        include: Names that its SPF record is to include, whatever else is in it; `mailproof spf` writes them.
        texts: All TXT records at the name, which are then deployed like other records; empty where others have a say.
    """

    include: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()


def parse_apex_text(text: str) -> str:
    """
    Read a TXT record as a receiver reads it.

    Raises:
        InvalidValue: It is empty, in quotation marks, or has invisible characters: a YAML block ends in a line break.
    """
    if not text or text.startswith('"'):
        todo = "write it as a receiver reads it, without quotation marks"
        raise InvalidValue("is not the text of a record", text, todo)
    if text != text.strip() or not text.isprintable():
        what = "has a blank at an end, a line break or another invisible character"
        raise InvalidValue(what, text, "write it on one line, as a receiver reads it")
    return text


def add_include(text: str, name: str) -> str:
    """
    Add a name to an SPF record, before what ends it; a record that includes it already stays as it is.

    The order of terms and the qualifier of `all` stay: they are the decision of whoever wrote them.

    Source: RFC 7208 sections 4.6.2, 5.1, 6.1
    """
    if includes(text, name):
        return text
    terms = text.split(" ")
    place = next((at for at, term in enumerate(terms) if _END.fullmatch(term)), len(terms))
    return " ".join([*terms[:place], f"include:{name}", *terms[place:]])


def remove_include(text: str, name: str) -> str:
    """Take out what `add_include` put in, and nothing else: an include with another qualifier stays."""
    return " ".join(term for term in text.split(" ") if not _is_include(term, name))


def includes(text: str, name: str) -> bool:
    """Tell whether an SPF record includes a name; what comes after `all` is ignored (RFC 7208 section 5.1)."""
    tested = takewhile(lambda term: not _ALL.fullmatch(term), text.split(" "))
    return any(_is_include(term, name) for term in tested)


def _is_include(term: str, name: str) -> bool:
    return term.lower().removeprefix("+").rstrip(".") == f"include:{name}"
