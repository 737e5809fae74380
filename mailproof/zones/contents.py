"""Record sets of Route 53, of DNS and of a zone file in one form, so that they can be compared."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import dns.exception
import dns.name
import dns.rdata
import dns.rdatatype
import dns.zone

from mailproof.live.answer import Answer, Mx, Txt
from mailproof.live.aws.route53 import ESCAPE, RecordSet, RecordSets
from mailproof.live.dns_wire import read_record
from mailproof.model.errors import InvalidValue
from mailproof.model.names import fully_qualified, host_name
from mailproof.model.safe_text import visible
from mailproof.template.contents import RecordKey

if TYPE_CHECKING:
    from mailproof.live.answer import DnsAnswer

Contents: TypeAlias = Mapping[RecordKey, "Content"]


@dataclass(frozen=True, slots=True)
class Content:
    """
    What is under one name and type.

    Attributes:
        values: In the form of DNS, hosts without a trailing dot, texts as a receiver reads them; sorted.
        ttl_s: Time to live, seconds.
        policy: Alias or routing policy of Route 53, whose answer its API does not tell; empty for a simple record set.
    """

    values: tuple[str, ...]
    ttl_s: int
    policy: str = ""

    def agrees(self, other: "Content") -> bool | None:
        """Tell whether both answer the same; None if that cannot be told."""
        if bool(self.policy) is not bool(other.policy):
            return None
        return (self.values, self.policy) == (other.values, other.policy)

    @property
    def shown(self) -> tuple[str, ...]:
        """Its values, for a person."""
        return (*self.values, *([self.policy] if self.policy else []))


def of_answer(answer: "DnsAnswer") -> Content | None:
    """Read an answer of DNS; None for an absence, and for what stands behind an alias."""
    if not isinstance(answer, Answer) or answer.alias is not None:
        return None
    return Content(_sorted(answer.records), answer.ttl_s)


def of_record_sets(zone: RecordSets) -> dict[RecordKey, Content]:
    """Read the record sets of a hosted zone."""
    return {key: _of_record_sets(found) for key, found in zone.items()}


def of_zone(zone: dns.zone.Zone) -> dict[RecordKey, Content]:
    """Read a zone of dnspython's, whose names are absolute."""
    return {
        (host_name(name.to_text()), dns.rdatatype.to_text(rdataset.rdtype)): Content(
            _sorted(map(read_record, rdataset)), int(rdataset.ttl)
        )
        for name, node in zone.nodes.items()
        for rdataset in node
    }


def parse_zone_file(text: str, zone: str) -> dict[RecordKey, Content]:
    """
    Read a zone file.

    Args:
        text: An RFC 1035 master file, with or without SOA and NS.
        zone: The zone, to which relative names belong.

    Raises:
        InvalidValue: It is none.
    """
    try:
        found = dns.zone.from_text(text, str(fully_qualified(zone)), relativize=False, check_origin=False)
    except (dns.exception.DNSException, ValueError) as err:
        raise InvalidValue(f"is not a file of zone {zone!r} ({err})", "", "export it as a zone file (BIND)") from err
    contents = of_zone(found)
    if not contents:
        raise InvalidValue(f"holds no record of zone {zone!r}", "", "export that zone")
    return contents


def shown_record(record: "str | Mx | Txt") -> str:
    """Write a record for people, and for comparison."""
    if isinstance(record, Txt):
        return visible(record.text)
    return visible(f"{record.preference} {record.host}" if isinstance(record, Mx) else record)


def _sorted(records: "Iterable[str | Mx | Txt]") -> tuple[str, ...]:
    return tuple(sorted(map(shown_record, records)))


def _of_record_sets(found: Sequence[RecordSet]) -> Content:
    values = {shown_record(_parse(record.type, value)) for record in found for value in record.values}
    policies = [_policy(record) for record in found if record.extras]
    return Content(tuple(sorted(values)), max(record.ttl_s for record in found), "; ".join(sorted(policies)))


def _policy(record: RecordSet) -> str:
    if record.extras == ("AliasTarget",):
        return visible(f"alias of {host_name(str(record.listed['AliasTarget'].get('DNSName', '')))}")
    rest = {key: record.listed[key] for key in record.extras}
    return visible(f"routing policy {json.dumps(rest, sort_keys=True, default=str)}: {record.shown}")


def _parse(rdtype: str, value: str) -> "str | Mx | Txt":
    r"""Read a value of Route 53: its escapes are octal, those of a zone file decimal."""
    text = ESCAPE.sub(lambda found: f"\\{int(found[1], 8):03}" if found[1].isdecimal() else found[0], value)
    try:
        record: str | Mx | Txt = read_record(
            dns.rdata.from_text("IN", rdtype, text, origin=dns.name.root, relativize=False)
        )
    except (dns.exception.DNSException, ValueError):
        return value
    return record
