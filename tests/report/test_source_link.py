"""Tests of links to sources."""

import pytest

from mailproof.check.catalogue import CHECK
from mailproof.report.source_link import source_links, source_url

AWS = "https://docs.aws.amazon.com"


@pytest.mark.parametrize(
    ("source", "links"),
    [
        ("RFC 7208 sections 3.2, 4.5", [("RFC 7208 sections 3.2, 4.5", "https://www.rfc-editor.org/rfc/rfc7208.html")]),
        (
            "RFC 7208 section 4.6.4",
            [("RFC 7208 section 4.6.4", "https://www.rfc-editor.org/rfc/rfc7208.html#section-4.6.4")],
        ),
        (
            f"RFC 8020; {AWS}/ses/latest/dg/mail-from.html",
            [
                ("RFC 8020", "https://www.rfc-editor.org/rfc/rfc8020.html"),
                ("Amazon SES guide: mail-from", f"{AWS}/ses/latest/dg/mail-from.html"),
            ],
        ),
        (
            f"{AWS}/ses/latest/APIReference-V2/API_DkimAttributes.html (SigningHostedZone)",
            [
                (
                    "Amazon SES API: API_DkimAttributes (SigningHostedZone)",
                    f"{AWS}/ses/latest/APIReference-V2/API_DkimAttributes.html",
                )
            ],
        ),
        ("the bulk sender rules of Gmail and Yahoo", [("the bulk sender rules of Gmail and Yahoo", None)]),
        ("javascript:alert(1)", [("javascript:alert(1)", None)]),
    ],
)
def test_each_source_is_linked(source: str, links: list[tuple[str, str | None]]) -> None:
    """RFC sections by number, pages by address under a short name; anything else stays text."""
    assert [(link.label, link.url) for link in source_links(source)] == links
    assert source_url(source) == next((url for _, url in links if url), None)


def test_every_source_of_the_catalogue_has_an_address() -> None:
    """A reader of a report can look up why."""
    assert [rule.id for rule in CHECK if source_url(rule.source) is None] == []
