"""Look names up in the emulated DNS, for the DNS server and for SES."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from mailproof.localaws.dns.zones import Zone, find_cut, is_registered_above, zone_for
from mailproof.localaws.faults import dns as dns_faults
from mailproof.localaws.names import ancestors, host_name, is_within, parent
from mailproof.localaws.route53.index import RecordSet

# `outside` is a name that no zone here contains.
Outcome = Literal["answer", "nodata", "nxdomain", "outside", "referral", "servfail"]

# Longer chains are a loop or as good as one; resolvers stop at about this length too.
_CNAME_LIMIT = 12
_DEFAULT_TTL_S = 300


@dataclass(frozen=True)
class RRset:
    """Records of one name and type, values in master-file form."""

    name: str
    rdtype: str
    ttl_s: int
    values: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """Answer of DNS: the outcome for the last name of a chain, and the records."""

    outcome: Outcome
    rrsets: tuple[RRset, ...] = ()
    authority: tuple[RRset, ...] = ()

    def values(self, rdtype: str) -> list[str]:
        """Return the values of that type, of whatever name in the chain."""
        return [value for rrset in self.rrsets if rrset.rdtype == rdtype for value in rrset.values]


def look_up(name: str, rdtype: str) -> Answer:
    """
    Look a name up as a resolver of the whole emulated world would.

    Args:
        name: Any spelling of the name.
        rdtype: Mnemonic of the type; ANY is allowed.

    Returns:
        The outcome, with all records of a chain of CNAMEs.
    """
    chain: list[RRset] = []
    current = host_name(name)
    for _ in range(_CNAME_LIMIT):
        answer = _look_up_once(current, rdtype.upper())
        if answer.outcome == "outside" and chain:
            # The target of a CNAME is somebody else's: an authoritative server answers with the CNAME alone.
            return Answer("answer", tuple(chain))
        chain += answer.rrsets
        target = _cname_target(answer, rdtype.upper())
        if target is None:
            return replace(answer, rrsets=tuple(chain))
        current = target
    return Answer("servfail")


def _cname_target(answer: Answer, rdtype: str) -> str | None:
    if rdtype in ("CNAME", "ANY") or answer.outcome != "answer" or answer.rrsets[-1].rdtype != "CNAME":
        return None
    return host_name(answer.rrsets[-1].values[0])


def _look_up_once(name: str, rdtype: str) -> Answer:
    if fault := dns_faults.find(name):
        return Answer(fault)
    cut = find_cut(name)
    if cut is not None:
        return Answer("nxdomain", authority=_parent_soa(cut))
    zone = zone_for(name)
    if zone is None:
        # `_dmarc.com` is asked for on the way up from `example.com`: a resolver would hear of it from the registry.
        return Answer("nxdomain", authority=_parent_soa(name)) if is_registered_above(name) else Answer("outside")
    referral = _find_referral(zone, name, rdtype)
    if referral is not None:
        return referral
    return _answer_from(zone, name, rdtype)


def _answer_from(zone: Zone, name: str, rdtype: str) -> Answer:
    records = zone.at(name) if zone.exists(name) else _find_wildcard(zone, name)
    if records is None:
        return Answer("nxdomain", authority=_soa(zone))
    rrsets = [_build_rrset(name, chosen) for chosen in _by_type(records).values()]
    found = [rrset for rrset in rrsets if rrset.values and rdtype in (rrset.rdtype, "ANY")]
    found = found or [rrset for rrset in rrsets if rrset.rdtype == "CNAME"]
    return Answer("answer", tuple(found)) if found else Answer("nodata", authority=_soa(zone))


def _find_wildcard(zone: Zone, name: str) -> list[RecordSet] | None:
    """Return the records of the wildcard below the closest name that exists (RFC 4592 section 3.3.1)."""
    encloser = next((above for above in ancestors(parent(name)) if zone.exists(above)), zone.name)
    wildcard = f"*.{encloser}"
    return zone.at(wildcard) if zone.exists(wildcard) else None


def _find_referral(zone: Zone, name: str, rdtype: str) -> Answer | None:
    """Return the referral to a zone that this zone delegates and that nobody here serves."""
    below = [above for above in ancestors(name) if is_within(above, zone.name) and above != zone.name]
    for cut in reversed(below):
        servers = [record for record in zone.at(cut) if record["Type"] == "NS"]
        if servers and not (cut == name and rdtype in ("NS", "DS")):
            return Answer("referral", authority=(_build_rrset(cut, servers),))
    return None


def _by_type(records: Sequence[RecordSet]) -> dict[str, list[RecordSet]]:
    """Group a name's records; of those with a routing policy take the heaviest, then the first by identifier."""
    grouped: dict[str, list[RecordSet]] = {}
    for record in sorted(records, key=lambda record: (-int(record.get("Weight", 0)), record.get("SetIdentifier", ""))):
        held = grouped.setdefault(record["Type"], [])
        if not held or record.get("MultiValueAnswer"):
            held.append(record)
    return grouped


def _build_rrset(name: str, records: Sequence[RecordSet]) -> RRset:
    values = [value for record in records for value in _values(record)]
    return RRset(name, records[0]["Type"], int(records[0].get("TTL", _DEFAULT_TTL_S)), tuple(values))


def _values(record: RecordSet) -> list[str]:
    alias = record.get("AliasTarget")
    if alias is None:
        return list(record["ResourceRecords"])
    return look_up(alias["DNSName"], record["Type"]).values(record["Type"])


def _soa(zone: Zone) -> tuple[RRset, ...]:
    return tuple(_build_rrset(zone.name, [record]) for record in zone.at(zone.name) if record["Type"] == "SOA")


def _parent_soa(cut: str) -> tuple[RRset, ...]:
    zone = zone_for(parent(cut))
    if zone is not None:
        return _soa(zone)
    above = parent(cut) or cut
    return (RRset(above, "SOA", 900, (f"ns1.nic.{above}. hostmaster.nic.{above}. 1 7200 900 1209600 300",)),)
