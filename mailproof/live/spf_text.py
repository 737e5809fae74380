"""
SPF records as they are found: text to terms.

checkdmarc's parser is not used: it looks names up while it parses, with a resolver of its own, and raises at the first
fault, so that neither a question that nobody answers nor the whole count could be told.

Source: RFC 7208 section 12 (collected ABNF)
"""

import ipaddress
import re
from dataclasses import dataclass, replace

from mailproof.model.names import host_name

VERSION = re.compile(r"v=spf1(?: |$)", re.IGNORECASE)
COSTS_A_LOOKUP = frozenset({"include", "a", "mx", "ptr", "exists", "redirect"})  # section 4.6.4

_TERM = re.compile(r"(?P<qualifier>[+?~-]?)(?P<name>[A-Za-z][A-Za-z0-9_.-]*)(?P<sign>[:=/]?)(?P<value>.*)", re.DOTALL)
_MACRO = r"%\{[slodiphcrtvSLODIPHCRTV][0-9]*[rR]?[.+,/_=-]*\}|%%|%_|%-"
_MACRO_STRING = re.compile(rf"(?:{_MACRO}|[\x21-\x24\x26-\x7e])*")
_TOP_LABEL = r"(?:[A-Za-z0-9]*[A-Za-z][A-Za-z0-9]*|[A-Za-z0-9]+-[A-Za-z0-9-]*[A-Za-z0-9])"
_DOMAIN_SPEC = re.compile(rf"(?:{_MACRO}|[\x21-\x24\x26-\x7e])*(?:\.{_TOP_LABEL}\.?|{_MACRO})")
_ONLY_IN_EXPLANATIONS = re.compile(r"%\{[crtCRT]")  # section 7.2
_ZERO_LABELS = re.compile(r"%\{[A-Za-z]0+[rR.+,/_=}-]")  # section 7.3
_CIDR = re.compile(r"(?P<spec>.*?)(?:/(?P<v4>0|[1-9][0-9]?))?(?://(?P<v6>0|[1-9][0-9]{0,2}))?", re.DOTALL)
_LONGEST_V4_PREFIX = 32
_LONGEST_V6_PREFIX = 128


@dataclass(frozen=True, slots=True)
class SpfTerm:
    """
    One mechanism or modifier.

    Attributes:
        text: As it stands in the record.
        name: Lower-case: ``include``, ``all``, ``redirect``.
        qualifier: ``+``, ``-``, ``~`` or ``?``; ``+`` where none is written.
        value: What follows the name, without the sign between them.
        is_valid: Whether it parses.
    """

    text: str
    name: str
    qualifier: str
    value: str
    is_valid: bool

    @property
    def target(self) -> str | None:
        """The name that an include or redirect leads to; None if it is another term or depends on the mail."""
        if self.name not in {"include", "redirect"} or "%" in self.value:
            return None
        return host_name(self.value)


@dataclass(frozen=True, slots=True)
class SpfRecord:
    """
    One SPF record.

    Attributes:
        text: As a receiver reads it.
        terms: In their order.
    """

    text: str
    terms: tuple[SpfTerm, ...]

    @property
    def invalid_term(self) -> str | None:
        """The first term that does not parse, anywhere in the record (section 4.6)."""
        return next((term.text for term in self.terms if not term.is_valid), None)

    @property
    def tested_terms(self) -> list[SpfTerm]:
        """
        The terms that a receiver may test, in the order in which it does.

        What stands behind `all` is ignored, and so is a redirect in a record that has `all` anywhere.

        Source: RFC 7208 sections 5.1, 6.1
        """
        names = [term.name for term in self.terms]
        if "all" not in names:
            return sorted(self.terms, key=lambda term: term.name == "redirect")
        return [term for term in self.terms[: names.index("all") + 1] if term.name != "redirect"]


def is_spf(text: str) -> bool:
    """Tell whether a TXT record is an SPF record (section 4.5)."""
    return bool(VERSION.match(text))


def parse_spf(text: str) -> SpfRecord:
    """Take an SPF record apart; terms that do not parse are kept and marked."""
    terms = [_parse_term(part) for part in text.split(" ")[1:] if part]
    for name in ("redirect", "exp"):  # at most once each: section 6
        terms = _only_once(terms, name)
    return SpfRecord(text, tuple(terms))


def _only_once(terms: list[SpfTerm], name: str) -> list[SpfTerm]:
    seen = False
    kept = []
    for term in terms:
        again, seen = seen and term.name == name, seen or term.name == name
        kept.append(replace(term, is_valid=False) if again else term)
    return kept


def _parse_term(text: str) -> SpfTerm:
    match = _TERM.fullmatch(text)
    if match is None:
        return SpfTerm(text, "", "+", "", is_valid=False)
    name, sign, value = match["name"].lower(), match["sign"], match["value"]
    is_modifier = sign == "="
    is_valid = not (is_modifier and match["qualifier"]) and _is_valid(name, sign, value)
    return SpfTerm(text, name, match["qualifier"] or "+", value, is_valid)


def _is_valid(name: str, sign: str, value: str) -> bool:
    """Check a term against its own grammar."""
    if name in {"redirect", "exp"}:
        return sign == "=" and _is_domain_spec(value)
    if sign == "=":  # an unknown modifier is ignored, but must be well-formed
        return name not in _MECHANISMS and bool(_MACRO_STRING.fullmatch(value))
    check = _MECHANISMS.get(name)
    return check is not None and check(sign, value)


def _is_domain_spec(value: str) -> bool:
    return (
        bool(_DOMAIN_SPEC.fullmatch(value))
        and not _ONLY_IN_EXPLANATIONS.search(value)
        and not _ZERO_LABELS.search(value)
    )


def _is_all(sign: str, value: str) -> bool:
    return not sign and not value


def _is_include(sign: str, value: str) -> bool:
    return sign == ":" and _is_domain_spec(value)


def _is_address_mechanism(sign: str, value: str) -> bool:
    """Check `a` and `mx`: an optional name, and optional prefix lengths behind it."""
    match = _CIDR.fullmatch(f"/{value}" if sign == "/" else value)
    if match is None or int(match["v4"] or 0) > _LONGEST_V4_PREFIX or int(match["v6"] or 0) > _LONGEST_V6_PREFIX:
        return False
    return _is_domain_spec(match["spec"]) if sign == ":" else not match["spec"]


def _is_ptr(sign: str, value: str) -> bool:
    return _is_domain_spec(value) if sign == ":" else not sign and not value


def _is_ip4(sign: str, value: str) -> bool:
    return sign == ":" and _is_network(value, ipaddress.IPv4Address, _LONGEST_V4_PREFIX)


def _is_ip6(sign: str, value: str) -> bool:
    return sign == ":" and _is_network(value, ipaddress.IPv6Address, _LONGEST_V6_PREFIX)


def _is_network(value: str, family: type[ipaddress.IPv4Address | ipaddress.IPv6Address], longest: int) -> bool:
    address, slash, prefix = value.partition("/")
    if slash and not (re.fullmatch(r"0|[1-9][0-9]{0,2}", prefix) and int(prefix) <= longest):
        return False
    try:
        family(address)
    except ValueError:
        return False
    return "%" not in address  # a scope id is no part of the grammar


_MECHANISMS = {
    "all": _is_all,
    "include": _is_include,
    "a": _is_address_mechanism,
    "mx": _is_address_mechanism,
    "ptr": _is_ptr,
    "ip4": _is_ip4,
    "ip6": _is_ip6,
    "exists": _is_include,
}
