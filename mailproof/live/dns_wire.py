"""Encode queries and decode responses. No sockets."""

import struct
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype

from mailproof.live.answer import Absent, Answer, DnsAnswer, Mx, Txt, Unanswered, escaped

EDNS_PAYLOAD_BYTES = 1232  # fits every path without fragments: DNS flag day 2020
CNAME_CHAIN_LIMIT = 16
HEADER_BYTES = 12
OPT_BYTES = 11
ARCOUNT = 11  # the byte that counts additional records: the OPT record alone
QR_BIT = 0x80
KNOWN_QUERIES = 1024  # of questions under way, each of which is built more than once
HOST_TYPES = frozenset({dns.rdatatype.CNAME, dns.rdatatype.NS, dns.rdatatype.PTR})
REFERRAL = "a referral"
"""The reason of an authoritative server that is not that of the name asked for."""


@dataclass(frozen=True, slots=True)
class Question:
    """
    One question to DNS.

    Attributes:
        name: Without a trailing dot, lower-case.
        type: Any, such as ``MX``; of an ``SOA`` the primary server is read.
        checking_disabled: Ask a validating resolver for data that does not validate, too (RFC 4035 section 3.2.2).
        recursion_desired: False towards authoritative servers.
        edns: Whether the query has an OPT record (RFC 6891); some old servers refuse it, and some firewalls drop it.
    """

    name: str
    type: str
    checking_disabled: bool = False
    recursion_desired: bool = True
    edns: bool = True


@lru_cache(KNOWN_QUERIES)
def build_query(question: Question) -> bytes:
    """
    Write the message of a question, its id left at zero.

    `dns.message.make_query` makes the same bytes, and would take a tenth of a whole check.

    Raises:
        dns.exception.DNSException: The name cannot exist: too long, an empty label.

    Source: RFC 1035 section 4.1, RFC 6891 section 6.1.2
    """
    flags = (dns.flags.RD if question.recursion_desired else 0) | (dns.flags.CD if question.checking_disabled else 0)
    header = struct.pack("!HHHHHH", 0, flags, 1, 0, 0, question.edns)
    name = dns.name.from_text(question.name).to_wire() or b""
    asked = struct.pack("!HH", dns.rdatatype.from_text(question.type), dns.rdataclass.IN)
    edns = struct.pack("!BHHIH", 0, dns.rdatatype.OPT, EDNS_PAYLOAD_BYTES, 0, 0)
    return header + name + asked + (edns if question.edns else b"")


def is_response(query: bytes, data: bytes) -> bool:
    """Tell whether a message is a response to the question of a query; ids are compared by the caller."""
    end = len(query) - OPT_BYTES * query[ARCOUNT]
    is_answer = len(data) >= end and data[2] & QR_BIT and data[4:6] == query[4:6]
    return bool(is_answer) and data[HEADER_BYTES:end].lower() == query[HEADER_BYTES:end].lower()


def parse_response(question: Question, response: dns.message.Message) -> DnsAnswer:
    """
    Read what a response says about a question.

    NXDOMAIN, and NOERROR without the type asked for, are an absence; every other response code is no answer. What an
    authoritative server of the parent refers to is the answer about the NS set of a name.

    Source: RFC 2308 section 2
    """
    code = response.rcode()
    if code not in {dns.rcode.NOERROR, dns.rcode.NXDOMAIN}:
        return Unanswered(dns.rcode.to_text(code), _extended_error(response))
    rrset, alias = _follow(question, response)
    if rrset is not None:
        return Answer(tuple(read_record(rdata) for rdata in rrset), int(rrset.ttl), alias)
    if code == dns.rcode.NOERROR and _is_referral(response):
        if question.type == "NS" and (cut := _delegation(question, response)):
            return Answer(tuple(map(read_record, cut)), int(cut.ttl))
        return Unanswered(REFERRAL, "the server does not look further")
    name_exists = code == dns.rcode.NOERROR
    return Absent(name_exists, _negative_ttl_s(response), alias)


def _follow(question: Question, response: dns.message.Message) -> tuple[Any, str | None]:
    """Find the records asked for at the end of the CNAME chain, and the chain's first target."""
    name, wanted, alias = response.question[0].name, dns.rdatatype.from_text(question.type), None
    sets = {(rrset.name, rrset.rdtype): rrset for rrset in response.answer}
    for _ in range(CNAME_CHAIN_LIMIT):
        if found := sets.get((name, wanted)):
            return found, alias
        link = sets.get((name, dns.rdatatype.CNAME))
        if link is None:
            break
        name = link[0].target
        alias = alias or _host(name)
    return None, alias


def _is_referral(response: dns.message.Message) -> bool:
    """Tell a delegation to other servers from an empty answer."""
    types = {rrset.rdtype for rrset in response.authority}
    return (
        dns.rdatatype.NS in types
        and dns.rdatatype.SOA not in types
        and not response.flags & (dns.flags.AA | dns.flags.RA)
        and not response.answer
    )


def _delegation(question: Question, response: dns.message.Message) -> Any:
    """Return the NS set to which a referral hands the name asked for, not one above it."""
    name = dns.name.from_text(question.name)
    return next((rrset for rrset in response.authority if (rrset.name, rrset.rdtype) == (name, dns.rdatatype.NS)), None)


def _negative_ttl_s(response: dns.message.Message) -> int:
    """How long an absence may be kept: the lesser of the SOA's own TTL and its last field (RFC 2308 section 5)."""
    soas = [rrset for rrset in response.authority if rrset.rdtype == dns.rdatatype.SOA]
    return min((int(min(soa.ttl, soa[0].minimum)) for soa in soas), default=0)


def _extended_error(response: dns.message.Message) -> str:
    errors = [option for option in response.options if isinstance(option, dns.edns.EDEOption)]
    return "; ".join(_describe_extended(error) for error in errors)


def _describe_extended(error: dns.edns.EDEOption) -> str:
    try:
        meaning = dns.edns.EDECode(error.code).name.replace("_", " ").lower()
    except ValueError:
        meaning = "extended error"
    return f"{meaning}, code {error.code}" + (f": {error.text}" if error.text else "")


def _host(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower() if name != dns.name.root else ""


def read_record(rdata: Any) -> Any:
    """Read one record of dnspython's: an `Mx`, a `Txt`, or the text of any other."""
    if rdata.rdtype == dns.rdatatype.MX:
        return Mx(int(rdata.preference), _host(rdata.exchange))
    if rdata.rdtype == dns.rdatatype.TXT:
        return Txt(tuple(map(escaped, rdata.strings)))
    if rdata.rdtype in {dns.rdatatype.A, dns.rdatatype.AAAA}:
        return str(rdata.address)
    if rdata.rdtype == dns.rdatatype.SOA:
        return _host(rdata.mname)
    return _host(rdata.target) if rdata.rdtype in HOST_TYPES else rdata.to_text()
