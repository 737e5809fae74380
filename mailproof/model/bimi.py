"""The record that names the logo of a domain, for receivers that show it (BIMI, an Internet draft)."""

import re
from dataclasses import dataclass
from enum import StrEnum

from mailproof.model.errors import InvalidValue

SELECTOR = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
DEFAULT_SELECTOR = "default"
SOURCE = "draft-brand-indicators-for-message-identification, Assertion Record Definition"


class AvatarPreference(StrEnum):
    """Which picture a receiver is to show: the domain's, or one that the sender's person chose (``avp``)."""

    BRAND = "brand"
    PERSONAL = "personal"


@dataclass(frozen=True, slots=True)
class Bimi:
    """
    The logo of a domain.

    Attributes:
        logo: Where its SVG is, an https address.
        certificate: Where the certificate of the logo is, an https address; empty without one.
        selector: The label in front of ``_bimi``.
        preference: None: as receivers take it, the brand's.

    Source: draft-brand-indicators-for-message-identification
    """

    logo: str
    certificate: str = ""
    selector: str = DEFAULT_SELECTOR
    preference: AvatarPreference | None = None


def build_bimi(bimi: Bimi) -> str:
    """Write the text of the record."""
    preference = f"; avp={bimi.preference}" if bimi.preference else ""
    return f"v=BIMI1; l={bimi.logo}; a={bimi.certificate}{preference}"


def parse_bimi_selector(text: str) -> str:
    """
    Read a selector: one label.

    Raises:
        InvalidValue: It is none.
    """
    if not SELECTOR.fullmatch(text.lower()):
        raise InvalidValue("is not a selector", text, "use one label of letters, digits and hyphens, such as 'default'")
    return text.lower()
