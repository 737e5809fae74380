"""
Evaluate an SPF record as receivers do: `check_host` of RFC 7208, for whole ranges of addresses.

Pure: it is given what DNS answered, and lists the questions that it would have needed besides.

Source: RFC 7208 sections 4 to 7
"""

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, TypeAlias, cast

from mailproof.live.answer import Answer, DnsAnswer, Mx, TxtAnswer, Unanswered, texts_of
from mailproof.live.spf_macros import UNKNOWN_NAME, DependsOnAddress, DependsOnMessage, MacroValues, SpfMessage, expand
from mailproof.live.spf_text import (
    COSTS_A_LOOKUP,
    IPV4,
    IPV6,
    LONGEST_PREFIX,
    AddressRange,
    SpfRecord,
    SpfTerm,
    parse_spf,
)
from mailproof.model.names import host_name, is_within
from mailproof.model.txt import is_spf

LOOKUPS_LIMIT = 10  # section 4.6.4, as the two below
VOID_LOOKUPS_LIMIT = 2
MX_HOSTS_LIMIT = 10
CLIENT_NAMES_LIMIT = 10
SES_INCLUDE = "amazonses.com"


class SpfQuestion(NamedTuple):
    """
    One question to DNS.

    Attributes:
        name: The name.
        type: ``TXT``, ``MX``, ``A``, ``AAAA`` or ``PTR``.
    """

    name: str
    type: str


SpfAnswers: TypeAlias = Mapping[SpfQuestion, DnsAnswer]


class Client(StrEnum):
    """Whose mail is evaluated."""

    SES = "SES"
    """An address that SES sends from."""
    NEW_SES = "an address that SES adds"
    """An address that SES will add: only a name that leads to SES's own record passes it."""
    OTHER = "another sender"
    """An address that no term names."""


class SpfResult(StrEnum):
    """What a receiver concludes; it is all the same here how far an address does not pass."""

    PASS = "pass"  # noqa: S105 -- no password
    NO_PASS = "no pass"  # noqa: S105 -- no password
    PER_MESSAGE = "depends on the message"
    PERMERROR = "permerror"
    UNANSWERED = "temperror"


class FaultKind(StrEnum):
    """Why a receiver ends with a permanent error."""

    SYNTAX = "syntax"
    LOOKUPS = "lookups"
    VOID_LOOKUPS = "void lookups"


@dataclass(frozen=True, slots=True)
class Fault:
    """
    A permanent error.

    Attributes:
        kind: Which of the limits or rules was broken.
        text: The term, or what it led to.
    """

    kind: FaultKind
    text: str


@dataclass(frozen=True, slots=True)
class SpfOutcome:
    """
    The result for one client.

    Attributes:
        result: What a receiver concludes.
        term: The term that decided, in the record where it is; empty if none matched.
        qualifier: Of the term that matched, in the record of the sender or one that it redirects to; ``?`` if none did.
        fault: Of a permanent error.
        unanswered: The question without an answer.
    """

    result: SpfResult
    term: str = ""
    fault: Fault | None = None
    unanswered: tuple[SpfQuestion, Unanswered] | None = None
    qualifier: str = "?"


class PartlyMatched(Exception):  # noqa: N818 -- an outcome of evaluation
    """
    A network that covers only some of the addresses: these have to be evaluated apart.

    Attributes:
        addresses: Those that it covers.
    """

    def __init__(self, addresses: AddressRange) -> None:
        super().__init__(str(addresses))
        self.addresses = addresses


class _Ended(Exception):  # noqa: N818 -- ends an evaluation from any depth
    def __init__(self, outcome: SpfOutcome) -> None:
        super().__init__(outcome.result)
        self.outcome = outcome


def spf_records(answer: TxtAnswer | None) -> list[SpfRecord]:
    """Return the SPF records of an answer."""
    return [parse_spf(txt.text) for txt in texts_of(answer) if is_spf(txt.text)]


@dataclass(slots=True)
class CheckHost:
    """
    One evaluation.

    Args:
        answers: What DNS answered.
        sender_domain: The domain of the MAIL FROM address.
        client: Whose mail it is.
        addresses: Where it comes from; None if no particular address is meant.
        message: Which one it is; None if no particular one is meant. With it, addresses are one.

    Attributes:
        needed: Questions that are not in the answers; as long as there are any, the outcome is not known.
        lookups: Terms met so far that cost a lookup.
        void: Names that were asked for in vain.
        matched: The term that matched last.
    """

    answers: SpfAnswers
    sender_domain: str
    client: Client
    addresses: AddressRange | None = None
    message: SpfMessage | None = None
    needed: list[SpfQuestion] = field(default_factory=list)
    lookups: int = 0
    void: list[str] = field(default_factory=list)
    matched: str = ""

    def evaluate(self) -> SpfOutcome:
        """
        Evaluate the record of the sender's domain.

        Raises:
            PartlyMatched: A network covers only some of the addresses.
        """
        try:
            return self._check(self.sender_domain, "")
        except _Ended as ended:
            return ended.outcome

    def _check(self, domain: str, via: str) -> SpfOutcome:
        """Evaluate the record of a domain; `via` is the term that led there."""
        record = self._record(domain, via)
        if record is None:
            return SpfOutcome(SpfResult.NO_PASS)
        if record.invalid_term is not None:
            raise _permanent(FaultKind.SYNTAX, f"{record.invalid_term} in {domain}" if via else record.invalid_term)
        undecided: list[SpfTerm] = []
        for term in record.tested_terms:
            self._count(term)
            if term.name == "redirect":
                return _with_undecided(self._redirect(term, domain), undecided)
            matches = self._matches(term, domain)
            if matches is None:
                undecided.append(term)
            elif matches:
                self.matched = self.matched if term.name == "include" else term.text
                result = SpfResult.PASS if term.qualifier == "+" else SpfResult.NO_PASS
                outcome = SpfOutcome(result, self.matched, qualifier=term.qualifier)
                return _with_undecided(outcome, undecided)
        return _with_undecided(SpfOutcome(SpfResult.NO_PASS), undecided)

    def _record(self, domain: str, via: str) -> SpfRecord | None:
        """
        Return the one SPF record of a domain; None if it is not known yet.

        An include or redirect that leads to none, or to two, is a permanent error (sections 5.2, 6.1).
        """
        answer = self._ask(domain, "TXT")
        if answer is None:
            return None
        records = spf_records(cast("TxtAnswer", answer))
        if len(records) == 1:
            return records[0]
        count = f"{len(records)} SPF records" if records else "no SPF record"
        raise _permanent(FaultKind.SYNTAX, f"{via} ({domain} has {count})" if via else f"{domain} has {count}")

    def _count(self, term: SpfTerm) -> None:
        self.lookups += term.name in COSTS_A_LOOKUP
        if self.lookups > LOOKUPS_LIMIT:
            raise _permanent(FaultKind.LOOKUPS, f"more than {LOOKUPS_LIMIT} lookups, the next one is {term.text}")

    def _redirect(self, term: SpfTerm, domain: str) -> SpfOutcome:
        try:
            name = self._expand(term, domain)
        except DependsOnAddress:
            return SpfOutcome(SpfResult.NO_PASS)
        return SpfOutcome(SpfResult.PER_MESSAGE, term.text) if name is None else self._included(name, term)

    def _matches(self, term: SpfTerm, domain: str) -> bool | None:
        """Tell whether a mechanism matches; None if only the message decides."""
        if term.name == "all":
            return True
        if term.addresses is not None:
            return self._covers(term.addresses)
        try:
            name = self._expand(term, domain)
        except DependsOnAddress:
            return False
        return None if name is None else getattr(self, f"_matches_{term.name}")(term, name)

    def _expand(self, term: SpfTerm, domain: str) -> str | None:
        """Fill macros; None if only a message does."""
        try:
            name = self._client_name(domain) if self.message and "%{p" in term.spec.lower() else ""
            return expand(term.spec, MacroValues(domain, self.sender_domain, self.addresses, self.message, name))
        except DependsOnMessage:
            return None

    def _matches_include(self, term: SpfTerm, name: str) -> bool | None:
        result = self._included(name, term).result
        return None if result is SpfResult.PER_MESSAGE else result is SpfResult.PASS

    def _included(self, name: str, term: SpfTerm) -> SpfOutcome:
        outcome = self._check(name, term.text)
        if self.client is Client.NEW_SES and self._leads_to_ses(name):
            return SpfOutcome(SpfResult.PASS, term.text)
        return outcome

    def _leads_to_ses(self, name: str) -> bool:
        """Tell whether a name is that of SES's own record, or an alias with the same texts."""
        names = (name, SES_INCLUDE)
        found, ses = (cast("TxtAnswer | None", self.answers.get(SpfQuestion(known, "TXT"))) for known in names)
        is_alias = isinstance(found, Answer) and found.alias is not None
        return name == SES_INCLUDE or (is_alias and set(texts_of(found)) == set(texts_of(ses)))

    def _matches_a(self, term: SpfTerm, name: str) -> bool:
        return any(map(self._covers, self._hosts([name], term)))

    def _matches_mx(self, term: SpfTerm, name: str) -> bool:
        answer = self._ask(name, "MX")
        hosts = [mx.host for mx in cast("Answer[Mx]", answer).records if mx.host] if isinstance(answer, Answer) else []
        if len(hosts) > MX_HOSTS_LIMIT:
            raise _permanent(FaultKind.LOOKUPS, f"{term.text} ({name} has {len(hosts)} MX hosts)")
        return any(map(self._covers, self._hosts(hosts, term)))

    def _matches_exists(self, term: SpfTerm, name: str) -> bool:  # noqa: ARG002 -- as its siblings
        return isinstance(self._ask(name, "A"), Answer)

    def _matches_ptr(self, term: SpfTerm, name: str) -> bool | None:  # noqa: ARG002 -- as its siblings
        """
        Look for a name of the client, address by address; receivers are free to leave this out.

        Without a message none is meant but the hosts of SES.
        """
        if self.message:
            return any(is_within(client, name) for client in self._client_names())
        is_ses = self.client is not Client.OTHER and (is_within(name, SES_INCLUDE) or is_within(SES_INCLUDE, name))
        return None if is_ses else False

    def _client_name(self, domain: str) -> str:
        """Return the one name of the client that a macro stands for (section 7.3): the domain's own, or below it."""
        names = sorted(self._client_names(), key=lambda name: (name != domain, not is_within(name, domain)))
        return names[0] if names else UNKNOWN_NAME

    def _client_names(self) -> list[str]:
        """Return the names of the client that lead back to it (section 5.5); what DNS does not answer is left out."""
        if self.addresses is None:
            return []
        address = ipaddress.ip_address(_packed(self.addresses))
        names = self._peek(address.reverse_pointer, "PTR")[:CLIENT_NAMES_LIMIT]
        kind = "AAAA" if self.addresses.version == IPV6 else "A"
        found = {name: self._peek(name, kind) for name in map(host_name, names)}
        return [name for name, there in found.items() if address in map(ipaddress.ip_address, there)]

    def _peek(self, name: str, rdtype: str) -> tuple[str, ...]:
        """Return an answer whose lack decides nothing."""
        question = SpfQuestion(name, rdtype)
        answer = self.answers.get(question)
        if answer is None:
            self.needed.append(question)
        return tuple(cast("Answer[str]", answer).records) if isinstance(answer, Answer) else ()

    def _hosts(self, hosts: Iterable[str], term: SpfTerm) -> list[AddressRange]:
        """Return the addresses of hosts, each widened to the prefix of the term."""
        version = self.addresses.version if self.addresses else IPV4
        prefix = dict(term.prefixes)[version]
        answers = [self._ask(host, "AAAA" if version == IPV6 else "A") for host in hosts]
        found = [cast("Answer[str]", answer).records for answer in answers if isinstance(answer, Answer)]
        return [AddressRange.of_network(f"{address}/{prefix}") for records in found for address in records]

    def _covers(self, network: AddressRange) -> bool:
        """
        Tell whether a network covers the addresses.

        Raises:
            PartlyMatched: It covers some of them.
        """
        ours = self.addresses
        if ours is None or ours.version != network.version or network.last < ours.first or ours.last < network.first:
            return False
        if network.first <= ours.first and ours.last <= network.last:
            return True
        first, last = max(network.first, ours.first), min(network.last, ours.last)
        raise PartlyMatched(AddressRange(ours.version, first, last))

    def _ask(self, name: str, rdtype: str) -> DnsAnswer | None:
        """Return an answer; None if it is not known yet. One without an answer ends the evaluation (section 2.6.6)."""
        question = SpfQuestion(name, rdtype)
        answer = self.answers.get(question)
        if answer is None:
            self.needed.append(question)
        elif isinstance(answer, Unanswered):
            raise _Ended(SpfOutcome(SpfResult.UNANSWERED, unanswered=(question, answer)))
        elif not isinstance(answer, Answer) and rdtype != "TXT":  # of an include it is a fault anyhow
            self.void.append(name)
            if len(self.void) > VOID_LOOKUPS_LIMIT:
                raise _permanent(FaultKind.VOID_LOOKUPS, f"{len(self.void)}: {', '.join(self.void)}")
        return answer


def _packed(addresses: AddressRange) -> bytes:
    return addresses.first.to_bytes(LONGEST_PREFIX[addresses.version] // 8)


def _permanent(kind: FaultKind, text: str) -> _Ended:
    return _Ended(SpfOutcome(SpfResult.PERMERROR, fault=Fault(kind, text)))


def _with_undecided(rest: SpfOutcome, undecided: Iterable[SpfTerm]) -> SpfOutcome:
    """Combine the outcome of the terms that were judged with those that only a message decides."""
    if rest.result not in {SpfResult.PASS, SpfResult.NO_PASS}:
        return rest
    for term in undecided:
        if (term.qualifier == "+") != (rest.result is SpfResult.PASS):
            return SpfOutcome(SpfResult.PER_MESSAGE, term.text)
    return rest
