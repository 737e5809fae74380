"""Links to the sources of a finding."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

RFC = re.compile(r"\bRFC (\d+)(?: section (\d+(?:\.\d+)*))?")
URL = re.compile(r"https://[^\s;,()<>\"']+")
AWS = "https://docs.aws.amazon.com"
BOOKS = {
    f"{AWS}/ses/latest/dg/": "Amazon SES guide",
    f"{AWS}/ses/latest/APIReference-V2/": "Amazon SES API",
    f"{AWS}/Route53/latest/DeveloperGuide/": "Route 53 guide",
    f"{AWS}/Route53/latest/APIReference/": "Route 53 API",
}


@dataclass(frozen=True, slots=True)
class SourceLink:
    """
    One source.

    Attributes:
        label: What it is called.
        url: Where it can be read, if that is known.
    """

    label: str
    url: str | None


def source_links(source: str) -> tuple[SourceLink, ...]:
    """
    Split what a finding names as its source.

    Args:
        source: For example ``RFC 8020 section 2; https://docs.aws.amazon.com/ses/latest/dg/mail-from.html``.
    """
    return tuple(_links(source))


def source_url(source: str) -> str | None:
    """Return the address of the first source that has one."""
    return next((link.url for link in _links(source) if link.url), None)


def _links(source: str) -> Iterator[SourceLink]:
    for part in filter(None, map(str.strip, source.split(";"))):
        if found := URL.search(part):
            yield SourceLink(part.replace(found[0], _title(found[0])), found[0])
        else:
            rfc = RFC.search(part)
            yield SourceLink(part, _rfc_url(rfc) if rfc else None)


def _title(url: str) -> str:
    page = url.rpartition("/")[2].removesuffix(".html")
    return next((f"{book}: {page}" for start, book in BOOKS.items() if url.startswith(start)), url)


def _rfc_url(match: re.Match[str]) -> str:
    anchor = f"#section-{match[2]}" if match[2] else ""
    return f"https://www.rfc-editor.org/rfc/rfc{match[1]}.html{anchor}"
