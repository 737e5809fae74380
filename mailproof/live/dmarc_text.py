"""
Parse published DMARC records.

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
BELOW_TAGS = ("sp", "np")
POLICY_TAGS = ("p", *BELOW_TAGS)
REMOVED_TAGS = ("pct", "rf", "ri")

_VERSION_ANY_CASE_V = re.compile(rf"(?:{VERSION.pattern})|(?:V{VERSION.pattern[1:]})")
_MEANS_TO_BE = re.compile(r"dmarc\s*1|\bv\s*=\s*dmarc|^\s*p\s*=\s*(?:none|quarantine|reject)\s*(?:;|$)", re.IGNORECASE)
_SIZE_LIMIT = re.compile(r"![0-9]+[kmgt]?$", re.IGNORECASE)  # of RFC 7489; to be ignored since RFC 9989
_ADDRESS = re.compile(r"(?P<local>(?!/)[^\s@]+)@(?P<host>[^\s@:,!]+)")
_PERCENT = re.compile(r"[0-9]{1,3}")
_EVERYTHING = 100


@dataclass(frozen=True, slots=True)
class DmarcRecord:
    """
    One DMARC record.

    Attributes:
        text: As a receiver reads it.
        tags: Lower-case tag to value, in their order; of a tag written twice the first counts.
        faults: Parts without an equals sign, and tags written again.
    """

    text: str
    tags: dict[str, str]
    faults: tuple[str, ...] = ()

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
    def is_tested(self) -> bool:
        """Whether receivers are asked to act one step milder than the policy says."""
        return self.tags.get("t", "n").lower() == "y"

    def is_strict(self, tag: str) -> bool:
        """Tell whether `adkim` or `aspf` asks for the same name, not the same organisational domain."""
        return self.tags.get(tag, "r").lower() == "s"

    @property
    def fault(self) -> str | None:
        """
        The first fault that keeps receivers from reading the record, or the policy in it.

        A record without `p` asks for nothing but reports: without an address for them it is not processed at all.

        Source: RFC 9989 sections 4.7, 4.8, 4.10.1
        """
        if self.faults:
            return self.faults[0]
        for tag in POLICY_TAGS:
            if tag in self.tags and self.tags[tag].lower() not in POLICIES:
                return f"{tag}={self.tags[tag]}"
        return None if "p" in self.tags or self.addresses("rua") else "no p, and no valid rua"

    @property
    def percent(self) -> int | None:
        """The share of mail to which RFC 7489 applied the policy; None if there is no readable one."""
        text = self.tags.get("pct", "")
        return int(text) if _PERCENT.fullmatch(text) and int(text) <= _EVERYTHING else None

    @property
    def is_partial(self) -> bool:
        """Whether the policy was meant for a part of the mail."""
        return self.percent is not None and self.percent < _EVERYTHING

    @property
    def removed_tags(self) -> list[str]:
        """Tags of RFC 7489 that change nothing, each with its value."""
        tags = [tag for tag in REMOVED_TAGS if tag in self.tags and not (tag == "pct" and self.is_partial)]
        return [f"{tag}={self.tags[tag]}" for tag in tags]

    def addresses(self, tag: str) -> list[str]:
        """List the addresses that `rua` or `ruf` names, hosts lower-case, each once; other URIs are left out."""
        found = map(_parse_address, self._uris(tag))
        return list(dict.fromkeys(address for address in found if address))

    def invalid_uris(self, tag: str) -> list[str]:
        """List the entries of `rua` or `ruf` that are not one `mailto:` URI each."""
        return [uri for uri in self._uris(tag) if _parse_address(uri) is None]

    def meant_addresses(self, tag: str) -> set[str]:
        """Return the addresses that `rua` or `ruf` was meant to name, however they are written."""
        words = (_bare(word) for uri in self.invalid_uris(tag) for word in uri.split())
        meant = {_address(match) for word in words if (match := _ADDRESS.fullmatch(word.lstrip("/")))}
        return meant | set(self.addresses(tag))

    def _uris(self, tag: str) -> list[str]:
        return [uri.strip() for uri in self.tags.get(tag, "").split(",") if uri.strip()]


def is_dmarc(text: str) -> bool:
    """Tell whether a TXT record is a DMARC record: `v` comes first and is exactly `DMARC1` (section 4.8)."""
    return bool(_VERSION_ANY_CASE_V.match(text))


def means_to_be_dmarc(text: str) -> bool:
    """Tell whether a TXT record that is not a DMARC record was written to be one."""
    return bool(_MEANS_TO_BE.search(text))


def parse_dmarc(text: str) -> DmarcRecord:
    """Take a DMARC record apart; parts that are not tags are kept apart as faults."""
    tags: dict[str, str] = {}
    faults = []
    for part in filter(None, (part.strip() for part in text.split(";"))):
        tag, sign, value = part.partition("=")
        name = tag.strip().lower()
        if not sign or name in tags:
            faults.append(f"{part} (a second {name})" if sign else part)
        else:
            tags[name] = value.strip()
    return DmarcRecord(text, tags, tuple(faults))


def _parse_address(uri: str) -> str | None:
    """Read a `mailto:` URI; None if it is none, or names other than one address."""
    scheme, colon, _ = uri.partition(":")
    match = _ADDRESS.fullmatch(_bare(uri))
    return _address(match) if colon and scheme.strip().lower() == "mailto" and match else None


def _bare(uri: str) -> str:
    """Return a URI without what is around its address: scheme, size limit, headers, percent signs."""
    scheme, colon, rest = uri.partition(":")
    path = rest if colon and scheme.strip().lower() == "mailto" else uri
    return unquote(_SIZE_LIMIT.sub("", path.strip()).partition("?")[0])


def _address(match: re.Match[str]) -> str:
    return f"{match['local']}@{host_name(match['host'])}"
