"""The record by which a domain that receives mail asks for reports on TLS (RFC 8460)."""

import re

from mailproof.model.dmarc import parse_report_address, report_uris
from mailproof.model.errors import InvalidValue
from mailproof.model.names import parse_internet_name

# RFC 3986, without what separates the parts of the record: RFC 8460 section 3 wants those percent-encoded.
HTTPS_URI = re.compile(r"https://([A-Za-z0-9.-]+)((?:[/?#](?:[A-Za-z0-9._~:/?#@$&'()*+=-]|%[0-9A-Fa-f]{2})*)?)")


def parse_https_uri(text: str) -> str:
    """
    Read an address that begins with ``https://``, as it may stand in a record.

    Raises:
        InvalidValue: It is none, or has a character that separates the parts of a record.
    """
    found = HTTPS_URI.fullmatch(text)
    if not found:
        raise InvalidValue(
            "is not an https address of a record", text, "percent-encode what is not plain ASCII, and , ; !"
        )
    return f"https://{parse_internet_name(found[1])}{found[2]}"


def parse_tls_report_target(text: str) -> str:
    """
    Read where reports go: an address, or a URL that begins with ``https://``.

    Raises:
        InvalidValue: It is neither.
    """
    return parse_https_uri(text) if text.startswith("https:") else parse_report_address(text)


def build_tls_reports(targets: tuple[str, ...]) -> str:
    """
    Write the text at ``_smtp._tls`` below a domain.

    Source: RFC 8460 section 3
    """
    return f"v=TLSRPTv1; rua={','.join(t if t.startswith('https:') else report_uris((t,)) for t in targets)}"
