"""The DMARC record that a faulty one was meant to be: what is at fault is mended or left out, and nothing else."""

import re
from collections.abc import Container
from difflib import get_close_matches

from mailproof.live.dmarc_text import POLICIES, POLICY_TAGS, REMOVED_TAGS, is_dmarc, parse_dmarc
from mailproof.model.dmarc import Dmarc, build_dmarc, report_uris

TAGS = ("v", *POLICY_TAGS, "rua", "ruf", "adkim", "aspf", "fo", "t", "psd", *REMOVED_TAGS)

_SEPARATOR = re.compile(rf"[,;\s]+(?=(?:{'|'.join(TAGS)})\s*[=:])", re.IGNORECASE)
_LOST_COMMA = re.compile(r"\s*;\s*(?=mailto:)", re.IGNORECASE)
_SIGN = re.compile(rf"^({'|'.join(TAGS)})\s*[=:]\s*(?![=:])", re.IGNORECASE)


def repair_dmarc(text: str, wanted: Dmarc | None, without: Container[str] = ()) -> str:
    """
    Mend a DMARC record.

    Args:
        text: The record, or a text that means to be one.
        wanted: What the file asks for at this name: its policy and receivers of reports take the place of others.
        without: Tags that do harm there, or nothing.

    Returns:
        A record without any fault; a policy that cannot be read becomes the one that harms nothing.
    """
    joined = _SEPARATOR.sub(";", _LOST_COMMA.sub(",", text))
    parts = (_SIGN.sub(r"\1=", part.strip()) for part in joined.split(";"))
    tags = {tag: _without_marks(value) for tag, value in parse_dmarc(";".join(parts)).tags.items() if tag != "v"}
    is_partial = parse_dmarc(text).is_partial
    left_out = {tag for tag in tags if tag in REMOVED_TAGS or tag in without}
    tags = {tag: value for tag, value in tags.items() if value and "`" not in value and tag not in left_out}
    for tag in POLICY_TAGS:
        if tag in tags and (policy := _policy(tags.pop(tag))):
            tags[tag] = policy
    for tag in ("rua", "ruf"):
        if uris := _uris(tag, tags.pop(tag, "")):
            tags[tag] = uris
    if is_partial and tags.get("p", "none") != "none":
        tags["t"] = "y"
    if wanted is not None:
        tags.pop("t", None)
        tags |= _asked(wanted, tags)
    tags = {"p": "none", **tags}
    order = sorted(tags, key=lambda tag: TAGS.index(tag) if tag in TAGS else len(TAGS))
    built = "; ".join(["v=DMARC1", *(f"{tag}={tags[tag]}" for tag in order)])
    is_right = is_dmarc(built) and parse_dmarc(built).fault is None
    return built if is_right else build_dmarc(wanted or Dmarc())


def _without_marks(value: str) -> str:
    return value.strip("\"' ").rstrip(".,")


def _policy(value: str) -> str:
    close = get_close_matches(value.lower(), sorted(POLICIES), n=1, cutoff=0.8)
    return close[0] if close else ""


def _uris(tag: str, value: str) -> str:
    """Keep what is a `mailto:` URI, and write so what was meant to be one."""
    found: dict[str, None] = {}
    for uri in filter(None, (part.strip("<> ").replace("mailto:<", "mailto:") for part in value.split(","))):
        record = parse_dmarc(f"{tag}={uri}")
        meant = (report_uris((address,)) for address in sorted(record.meant_addresses(tag)))
        found |= dict.fromkeys(meant if record.invalid_uris(tag) else [uri])
    return ",".join(found)


def _asked(wanted: Dmarc, tags: dict[str, str]) -> dict[str, str]:
    """Return policy, its testing and receivers of reports of the file, the last where they are others."""
    asked = parse_dmarc(build_dmarc(wanted)).tags
    record = parse_dmarc("; ".join(f"{tag}={value}" for tag, value in tags.items()))
    is_same = record.meant_addresses("rua") == set(wanted.reports)
    return {tag: asked[tag] for tag in ("p", "rua", "t") if tag in asked and not (tag == "rua" and is_same)}
