"""What one SPF record means for SES, for what SES will add, and for other senders: pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

from mailproof.live.answer import TxtAnswer, Unanswered
from mailproof.live.spf_check_host import (
    LOOKUPS_LIMIT,
    SES_INCLUDE,
    CheckHost,
    Client,
    Fault,
    FaultKind,
    PartlyMatched,
    SpfAnswers,
    SpfOutcome,
    SpfQuestion,
    SpfResult,
    spf_records,
)
from mailproof.live.spf_macros import DependsOnAddress, DependsOnMessage, MacroValues, expand
from mailproof.live.spf_text import COSTS_A_LOOKUP, AddressRange, SpfRecord

RANGES_LIMIT = 128  # parts into which the networks of a record cut those of SES; more are not told apart
COUNTED_LIMIT = 1000  # records that include each other many times over would be counted for ever
SES_QUESTION = SpfQuestion(SES_INCLUDE, "TXT")


@dataclass(slots=True)
class LookupCount:
    """
    Lookups that a record costs, whether or not a receiver gets that far.

    Attributes:
        total: Terms that cost a lookup, as far as the records that they lead to are known.
        branches: Those behind each term of the record itself, that term included.
        is_endless: Whether records include each other.
    """

    total: int = 0
    branches: dict[str, int] = field(default_factory=dict)
    is_endless: bool = False

    def __str__(self) -> str:
        """Say how many, and which term costs most."""
        costliest = max(self.branches, key=lambda term: self.branches[term])
        count = "no end" if self.is_endless else str(self.total)
        return f"{count}, {self.branches[costliest]} behind {costliest}"


@dataclass(frozen=True, slots=True)
class SpfReading:
    """
    What one SPF record means.

    Attributes:
        record: The record.
        ses: The outcome for each part of SES's networks; the part is None where the networks are not known.
        new_ses: The outcome for an address that SES will add.
        others: The outcome for another sender.
        lookups: What the record costs.
    """

    record: SpfRecord
    ses: tuple[tuple[AddressRange | None, SpfOutcome], ...]
    new_ses: SpfOutcome
    others: SpfOutcome
    lookups: LookupCount

    @property
    def passes(self) -> bool:
        """Whether all of SES's addresses get pass."""
        return all(outcome.result is SpfResult.PASS for _, outcome in self.ses)

    def fault(self, *kinds: FaultKind) -> Fault | None:
        """Return the first permanent error of some kinds that mail from SES gets."""
        faults = (outcome.fault for _, outcome in self.ses)
        return next((fault for fault in faults if fault and fault.kind in kinds), None)

    @property
    def refused(self) -> list[AddressRange | None]:
        """The parts of SES's networks that do not get pass, whatever the message."""
        return [part for part, outcome in self.ses if outcome.result is SpfResult.NO_PASS]

    @property
    def per_message(self) -> str | None:
        """The term by which only the message decides."""
        found = (outcome.term for _, outcome in self.ses if outcome.result is SpfResult.PER_MESSAGE)
        return next(found, None)

    @property
    def written_out(self) -> list[str]:
        """The networks by which SES passes, if what SES adds to its own would not pass."""
        if not self.passes or self.new_ses.result is SpfResult.PASS:
            return []
        terms = dict.fromkeys(outcome.term for _, outcome in self.ses)
        return [term for term in terms if term.lower().lstrip("+").startswith(("ip4:", "ip6:"))]

    @property
    def unanswered(self) -> tuple[SpfQuestion, Unanswered] | None:
        """The first question without an answer that leaves open whether SES passes."""
        if self.fault(*FaultKind) or self.refused:
            return None
        return next((outcome.unanswered for _, outcome in self.ses if outcome.unanswered), None)

    def describe(self, fault: Fault) -> str:
        """Say what is wrong, and what the record costs if it is its count of lookups."""
        is_count = fault.kind is FaultKind.LOOKUPS and self.lookups.total > LOOKUPS_LIMIT
        return f"{self.lookups}" if is_count else fault.text


@dataclass(slots=True)
class SpfEvaluator:
    """
    Reads one record from what DNS answered.

    Args:
        domain: Whose record it is.
        answers: What DNS answered.

    Attributes:
        needed: Questions that are not in the answers; as long as there are any, the reading is not to be used.
    """

    domain: str
    answers: SpfAnswers
    needed: dict[SpfQuestion, None] = field(default_factory=dict)

    def read(self, record: SpfRecord) -> SpfReading:
        """Evaluate the record for each kind of client."""
        others = self._evaluate(Client.OTHER)
        return SpfReading(
            record=record,
            ses=tuple(self._read_ses(record, others)),
            new_ses=self._evaluate(Client.NEW_SES),
            others=others,
            lookups=self._count(),
        )

    def _read_ses(self, record: SpfRecord, others: SpfOutcome) -> Iterator[tuple[AddressRange | None, SpfOutcome]]:
        answer = self.answers.get(SES_QUESTION)
        if record.invalid_term is not None:
            yield None, others
        elif isinstance(answer, Unanswered):
            yield None, SpfOutcome(SpfResult.UNANSWERED, unanswered=(SES_QUESTION, answer))
        elif parts := self._networks(SES_INCLUDE, ()):
            yield from self._evaluate_parts(parts)
        else:
            yield None, others

    def _evaluate_parts(self, parts: list[AddressRange]) -> Iterator[tuple[AddressRange | None, SpfOutcome]]:
        """Evaluate each network of SES, cut where a network of the record covers only some of it."""
        rest, count = parts[::-1], len(parts)
        while rest:
            part = rest.pop()
            try:
                outcome = self._evaluate(Client.SES, part)
            except PartlyMatched as partly:
                pieces = _cut(part, partly.addresses)
                count += len(pieces) - 1
                if count <= RANGES_LIMIT:
                    rest += pieces[::-1]
                    continue
                outcome = SpfOutcome(SpfResult.NO_PASS)
            yield part, outcome

    def _evaluate(self, client: Client, addresses: AddressRange | None = None) -> SpfOutcome:
        evaluation = CheckHost(self.answers, self.domain, client, addresses)
        try:
            return evaluation.evaluate()
        finally:
            self.needed |= dict.fromkeys(evaluation.needed)

    def _networks(self, name: str, path: tuple[str, ...]) -> list[AddressRange]:
        """List the networks that a record passes, and those that it includes."""
        answer = self._answer(name)
        records = [] if name in path else spf_records(answer)
        found: list[AddressRange] = []
        for term in records[0].tested_terms if len(records) == 1 else ():
            if term.addresses is not None and term.qualifier == "+":
                found.append(term.addresses)
            elif term.name in {"include", "redirect"} and "%" not in term.spec:
                found += self._networks(expand(term.spec, MacroValues(name, name, None)), (*path, name))
        return found

    def _answer(self, name: str) -> TxtAnswer | None:
        question = SpfQuestion(name, "TXT")
        if question not in self.answers:
            self.needed[question] = None
        return cast("TxtAnswer | None", self.answers.get(question))

    def _count(self) -> LookupCount:
        count = LookupCount()
        self._count_in(self.domain, (), count)
        return count

    def _count_in(self, domain: str, path: tuple[str, ...], count: LookupCount) -> None:
        if domain in path or count.total > COUNTED_LIMIT:
            count.is_endless = True
            return
        records = spf_records(cast("TxtAnswer | None", self.answers.get(SpfQuestion(domain, "TXT"))))
        for term in records[0].tested_terms if len(records) == 1 else ():
            before = count.total
            count.total += term.name in COSTS_A_LOOKUP
            if term.name in {"include", "redirect"} and not count.is_endless:
                self._count_behind(term.spec, domain, path, count)
            if not path and count.total > before:
                count.branches[term.text] = count.total - before

    def _count_behind(self, spec: str, domain: str, path: tuple[str, ...], count: LookupCount) -> None:
        try:
            name = expand(spec, MacroValues(domain, self.domain, None))
        except (DependsOnMessage, DependsOnAddress):
            return
        self._count_in(name, (*path, domain), count)


def _cut(part: AddressRange, inner: AddressRange) -> list[AddressRange]:
    """Cut addresses into those before, inside and after others."""
    pieces = [
        part._replace(last=inner.first - 1),
        inner,
        part._replace(first=inner.last + 1),
    ]
    return [piece for piece in pieces if piece.first <= piece.last]
