"""Addresses with an SES identity of their own, beside that of their domain."""

from dataclasses import dataclass

from mailproof.model.dmarc import LOCAL_PART, LOCAL_PART_LIMIT_BYTES
from mailproof.model.errors import InvalidValue
from mailproof.model.names import parse_internet_name


@dataclass(frozen=True, slots=True)
class Address:
    """
    An address with an identity of its own.

    Attributes:
        name: The local part as it is typed, since SES tells ``Bob`` from ``bob``; the domain as we hold names.
        regions: In which it has one.
    """

    name: str
    regions: tuple[str, ...]


def parse_address(text: str, domain: str) -> str:
    """
    Complete an address.

    Args:
        text: A local part, or an address at the domain. One below it could not have the domain's MAIL FROM name.
        domain: The sending domain.

    Raises:
        InvalidValue: It is no plain address, or not at the domain.
    """
    local, at, host = text.rpartition("@")
    local = local if at else text
    if not LOCAL_PART.fullmatch(local) or len(local) > LOCAL_PART_LIMIT_BYTES:
        raise InvalidValue("is not an address", text, f"write what stands before @{domain}, or all of it")
    name = parse_internet_name(host) if at else domain
    if name != domain:
        raise InvalidValue(f"is not at {domain!r}", text, "list it at its own domain")
    return f"{local}@{name}"
