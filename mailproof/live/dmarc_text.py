"""
DMARC records as they are found: text to tags.

checkdmarc's parser is not used: it asks DNS itself, and takes the public suffix list for what RFC 9989 leaves to the
tree walk.

Source: RFC 9989 sections 4.7, 4.8
"""

import re
from dataclasses import dataclass
from urllib.parse import unquote

from mailproof.model.names import host_name

VERSION = re.compile(r"v[ \t]*=[ \t]*DMARC1[ \t]*(?:;|$)")
POLICIES = frozenset({"none", "quarantine", "reject"})
POLICY_TAGS = ("p", "sp", "np")
REMOVED_TAGS = ("pct", "rf", "ri")

_VERSION_ANY_CASE_V = re.compile(rf"(?:{VERSION.pattern})|(?:V{VERSION.pattern[1:]})")
_MEANS_TO_BE = re.compile(r"dmarc\s*1|\bv\s*=\s*dmarc|^\s*p\s*=\s*(?:none|quarantine|reject)\s*(?:;|$)", re.IGNORECASE)
_SIZE_LIMIT = re.compile(r"![0-9]+[kmgt]?$", re.IGNORECASE)  # of RFC 7489; to be ignored since RFC 9989


@dataclass(frozen=True, slots=True)
class DmarcRecord:
    """
    One DMARC record.

    Attributes:
        text: As a receiver reads it.
        tags: Lower-case tag to value, in their order; of a tag written twice the first counts.
    """

    text: str
    tags: dict[str, str]

    @property
    def policy(self) -> str:
        """What is asked of receivers; none if the record does not say (section 4.7)."""
        return self.tags.get("p", "none").lower()

    @property
    def psd(self) -> str:
        """Whether it says that its name is a public suffix: ``y``, ``n`` or ``u``."""
        value = self.tags.get("psd", "u").lower()
        return value if value in {"y", "n"} else "u"

    @property
    def invalid_policy_tag(self) -> str | None:
        """The first policy tag without a valid value, as ``p=rejct``."""
        for tag in POLICY_TAGS:
            if tag in self.tags and self.tags[tag].lower() not in POLICIES:
                return f"{tag}={self.tags[tag]}"
        return None

    def addresses(self, tag: str) -> list[str]:
        """List the addresses that `rua` or `ruf` names, hosts lower-case, each once; other URIs are left out."""
        found = (_parse_address(uri) for uri in self.tags.get(tag, "").split(","))
        return list(dict.fromkeys(address for address in found if address))


def is_dmarc(text: str) -> bool:
    """Tell whether a TXT record is a DMARC record: `v` comes first and is exactly `DMARC1` (section 4.8)."""
    return bool(_VERSION_ANY_CASE_V.match(text))


def means_to_be_dmarc(text: str) -> bool:
    """Tell whether a TXT record that is no DMARC record was written to be one."""
    return bool(_MEANS_TO_BE.search(text))


def parse_dmarc(text: str) -> DmarcRecord:
    """Take a DMARC record apart; what is no tag is left out, as receivers do."""
    tags: dict[str, str] = {}
    for part in text.split(";"):
        tag, sign, value = part.partition("=")
        if sign and tag.strip().isalpha():
            tags.setdefault(tag.strip().lower(), value.strip())
    return DmarcRecord(text, tags)


def _parse_address(uri: str) -> str | None:
    scheme, colon, rest = uri.strip().partition(":")
    if not colon or scheme.strip().lower() != "mailto":
        return None
    local, at, host = unquote(_SIZE_LIMIT.sub("", rest.strip())).partition("?")[0].rpartition("@")
    return f"{local}@{host_name(host.strip())}" if at and local and host.strip() else None
