"""
Parse SPF records: text to terms.

No library is used for SPF. pyspf evaluates one address of one message, asks DNS itself, one question after the other,
and raises at the first fault; checkdmarc asks while it parses. Neither tells what a record means for a set of networks,
what comes after the term that decides, or that a question was not answered.

Source: RFC 7208 section 12 (collected ABNF)
"""

import ipaddress
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

COSTS_A_LOOKUP = frozenset({"include", "a", "mx", "ptr", "exists", "redirect"})  # section 4.6.4
IPV4 = 4
IPV6 = 6
LONGEST_PREFIX = {IPV4: 32, IPV6: 128}

_TERM = re.compile(r"(?P<qualifier>[+?~-]?)(?P<name>[A-Za-z][A-Za-z0-9_.-]*)(?P<sign>[:=/]?)(?P<value>.*)", re.DOTALL)
_MACRO = r"%\{[slodiphcrtvSLODIPHCRTV][0-9]*[rR]?[.+,/_=-]*\}|%%|%_|%-"
_MACRO_STRING = re.compile(rf"(?:{_MACRO}|[\x21-\x24\x26-\x7e])*")
_MACROS = re.compile(_MACRO)
_TOP_LABEL = re.compile(r"(?![0-9]+$)[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?")
_ONLY_IN_EXPLANATIONS = re.compile(r"%\{[crtCRT]")  # section 7.2
_ZERO_LABELS = re.compile(r"%\{[A-Za-z]0+[rR.+,/_=}-]")  # section 7.3
_OUTSIDE_ASCII = re.compile(r"\\x[89a-f][0-9a-f]")  # as `mailproof.live.answer.escaped` writes such a byte
_CIDR = re.compile(r"(?P<spec>.*?)(?:/(?P<v4>0|[1-9][0-9]?))?(?://(?P<v6>0|[1-9][0-9]{0,2}))?", re.DOTALL)
_PREFIX = re.compile(r"0|[1-9][0-9]{0,2}")


class AddressRange(NamedTuple):
    """
    Consecutive IP addresses.

    Attributes:
        version: 4 or 6.
        first: The first address, as a number.
        last: The last one.
    """

    version: int
    first: int
    last: int

    def __str__(self) -> str:
        """Show the networks that make up the range."""
        address = ipaddress.IPv4Address if self.version == IPV4 else ipaddress.IPv6Address
        return ", ".join(map(str, ipaddress.summarize_address_range(address(self.first), address(self.last))))

    @classmethod
    def of_network(cls, text: str) -> "AddressRange":
        """Read a network; bits of the host are ignored."""
        network = ipaddress.ip_network(text, strict=False)
        return cls(network.version, int(network.network_address), int(network.broadcast_address))


@dataclass(frozen=True, slots=True)
class SpfTerm:
    """
    One mechanism or modifier.

    Attributes:
        text: As it stands in the record.
        name: Lower-case: ``include``, ``all``, ``redirect``; empty for an unknown modifier and for what is neither.
        qualifier: ``+``, ``-``, ``~`` or ``?``; ``+`` where none is written.
        spec: The name that it asks for, macros not filled; empty for the current domain.
        prefixes: IP version to prefix length, of `a` and `mx`.
        addresses: Of `ip4` and `ip6`.
        is_valid: Whether it parses.
    """

    text: str
    name: str = ""
    qualifier: str = "+"
    spec: str = ""
    prefixes: tuple[tuple[int, int], ...] = tuple(LONGEST_PREFIX.items())
    addresses: AddressRange | None = None
    is_valid: bool = True


@dataclass(frozen=True, slots=True)
class SpfRecord:
    """
    One SPF record.

    Attributes:
        text: As a receiver reads it.
        terms: In their order.
        invalid_term: The first term that does not parse, anywhere in the record (section 4.6).
        tested_terms: Those that a receiver may test, in the order in which it does. What comes after `all` is ignored,
            and so is a redirect in a record that has `all` anywhere (sections 5.1, 6.1).
    """

    text: str
    terms: tuple[SpfTerm, ...]
    invalid_term: str | None
    tested_terms: tuple[SpfTerm, ...]


@lru_cache(maxsize=1024)  # the record of SES is read once for every domain
def parse_spf(text: str) -> SpfRecord:
    """Take an SPF record apart; terms that do not parse are kept and marked."""
    terms = [_parse_term(part) for part in text.split(" ")[1:] if part]
    for name in ("redirect", "exp"):  # at most once each: section 6
        terms = _only_once(terms, name)
    invalid = next((term.text for term in terms if not term.is_valid), None)
    return SpfRecord(text, tuple(terms), invalid, tuple(_tested(terms)))


def _tested(terms: list[SpfTerm]) -> list[SpfTerm]:
    kept = [term for term in terms if term.name not in {"", "exp"}]
    names = [term.name for term in kept]
    if "all" not in names:
        return sorted(kept, key=lambda term: term.name == "redirect")
    return [term for term in kept[: names.index("all") + 1] if term.name != "redirect"]


def _only_once(terms: list[SpfTerm], name: str) -> list[SpfTerm]:
    seen = False
    kept = []
    for term in terms:
        again, seen = seen and term.name == name, seen or term.name == name
        kept.append(replace(term, is_valid=False) if again else term)
    return kept


def _parse_term(text: str) -> SpfTerm:
    match = _TERM.fullmatch(text)
    if match is None or _OUTSIDE_ASCII.search(text):
        return SpfTerm(text, is_valid=False)
    name, sign, value = match["name"].lower(), match["sign"], match["value"]
    if sign == "=":
        return _parse_modifier(text, match["qualifier"], name, value)
    read = _MECHANISMS.get(name)
    term = SpfTerm(text, name, match["qualifier"] or "+")
    return (read(term, sign, value) if read else None) or SpfTerm(text, is_valid=False)


def _parse_modifier(text: str, qualifier: str, name: str, value: str) -> SpfTerm:
    """Read a modifier: what is neither redirect nor exp is unknown and ignored, even if it has a mechanism's name."""
    if name in {"redirect", "exp"}:
        return SpfTerm(text, name, spec=value, is_valid=not qualifier and _is_domain_spec(value))
    return SpfTerm(text, is_valid=not qualifier and bool(_MACRO_STRING.fullmatch(value)))


def _is_domain_spec(value: str) -> bool:
    """Check a name with macros: it ends in a macro, or in a dot and a top label."""
    if not _MACRO_STRING.fullmatch(value) or _ONLY_IN_EXPLANATIONS.search(value) or _ZERO_LABELS.search(value):
        return False
    if any(macro.end() == len(value) for macro in _MACROS.finditer(value)):
        return True
    _, dot, label = value.removesuffix(".").rpartition(".")
    return bool(dot and _TOP_LABEL.fullmatch(label))


def _read_all(term: SpfTerm, sign: str, value: str) -> SpfTerm | None:
    return None if sign or value else term


def _read_include(term: SpfTerm, sign: str, value: str) -> SpfTerm | None:
    return replace(term, spec=value) if sign == ":" and _is_domain_spec(value) else None


def _read_address(term: SpfTerm, sign: str, value: str) -> SpfTerm | None:
    """Read `a` and `mx`: an optional name, and optional prefix lengths behind it."""
    match = _CIDR.fullmatch(f"/{value}" if sign == "/" else value)
    if match is None or (match["spec"] != "" if sign != ":" else not _is_domain_spec(match["spec"])):
        return None
    found = {IPV4: match["v4"], IPV6: match["v6"]}
    prefixes = {version: int(found[version] or longest) for version, longest in LONGEST_PREFIX.items()}
    if any(prefixes[version] > longest for version, longest in LONGEST_PREFIX.items()):
        return None
    return replace(term, spec=match["spec"], prefixes=tuple(prefixes.items()))


def _read_ptr(term: SpfTerm, sign: str, value: str) -> SpfTerm | None:
    return _read_include(term, sign, value) if sign else _read_all(term, sign, value)


def _read_ip4(term: SpfTerm, sign: str, value: str) -> SpfTerm | None:
    return _read_network(term, sign, value, IPV4)


def _read_ip6(term: SpfTerm, sign: str, value: str) -> SpfTerm | None:
    return _read_network(term, sign, value, IPV6)


def _read_network(term: SpfTerm, sign: str, value: str, version: int) -> SpfTerm | None:
    address, slash, prefix = value.partition("/")
    if sign != ":" or "%" in address or (slash and not _PREFIX.fullmatch(prefix)):
        return None  # a scope id after % is not part of the grammar
    try:
        addresses = AddressRange.of_network(value)
    except ValueError:
        return None
    return replace(term, addresses=addresses) if addresses.version == version else None


_MECHANISMS = {
    "all": _read_all,
    "include": _read_include,
    "a": _read_address,
    "mx": _read_address,
    "ptr": _read_ptr,
    "ip4": _read_ip4,
    "ip6": _read_ip6,
    "exists": _read_include,
}
