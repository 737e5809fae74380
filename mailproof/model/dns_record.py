"""DNS record that a sending domain needs, independent of any DNS host."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from mailproof.model.names import Text, fully_qualified
from mailproof.model.txt import quote_txt

if TYPE_CHECKING:
    from mailproof.model.domain import Zone
    from mailproof.model.record_kind import RecordKind

DEFAULT_TTL_S = 1800

DkimPair = tuple[Text, Text]
"""Name and target of one CNAME of Easy DKIM, both without a trailing dot."""


class RecordType(StrEnum):
    """The DNS record types that SES mail needs."""

    CNAME = "CNAME"
    MX = "MX"
    TXT = "TXT"


class Owner(StrEnum):
    """Whose stack holds a record: one name and type exists once, and SES is regional."""

    REGION = "region"
    """The region that it serves."""
    DOMAIN = "domain"
    """All regions of the domain, which it serves."""


@dataclass(frozen=True, slots=True)
class DnsRecord:
    """
    One record set, names without a trailing dot.

    Attributes:
        kind: What it is for.
        zone: The zone that holds it.
        name: Its owner name.
        type: Its type.
        values: CNAME: the one target. MX: the hosts. TXT: the texts as a receiver reads them, neither quoted nor split.
            Empty if only its stack knows them.
        region: The region that it serves; None if it serves all regions of the domain.
        preference: Of an MX; None for other types.
        token_number: Which of SES's DKIM tokens its name holds, counted from 1; None if the file tells the name.
        ttl_s: Time to live, seconds.
    """

    kind: "RecordKind"
    zone: "Zone"
    name: Text
    type: RecordType
    values: tuple[Text, ...]
    region: str | None = None
    preference: int | None = None
    token_number: int | None = None
    ttl_s: int = DEFAULT_TTL_S


def zone_file_line(name: Text, type: str, data: Text, ttl_s: int = DEFAULT_TTL_S) -> str:  # noqa: A002 -- as the field
    """Write a whole record as one line of a zone file, its name complete; hosts in the data bring their dot."""
    return f"{fully_qualified(name)} {ttl_s} IN {type} {data}"


def route53_values(record: DnsRecord) -> list[Text]:
    """Return the values of a record in Route 53's form: hosts with their trailing dot, texts quoted and split."""
    if record.type is RecordType.TXT:
        return [quote_txt(str(text)) for text in record.values]
    hosts = [fully_qualified(host) for host in record.values]
    return hosts if record.preference is None else [f"{record.preference} {host}" for host in hosts]
