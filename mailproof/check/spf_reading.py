"""What an SPF record comes to, once everything that it includes is read: pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mailproof.live.answer import TxtAnswer, Unanswered
from mailproof.live.record_facts import SpfFacts
from mailproof.live.spf_reader import spf_records
from mailproof.live.spf_text import COSTS_A_LOOKUP, SpfRecord, SpfTerm

LOOKUPS_LIMIT = 10  # RFC 7208 section 4.6.4
COUNTED_LIMIT = 1000  # names that include each other many times over would be counted for ever
SES_INCLUDE = "amazonses.com"


@dataclass(slots=True)
class SpfReading:
    """
    What a reader of the record learns, up to the point where it has to stop.

    Attributes:
        record: The record.
        invalid: The first term that does not parse, or that leads to no single SPF record; None if there is none.
        unanswered: The first name that nobody answered for, and why; reading stopped there.
        lookups: Terms that cost a lookup.
        branches: Lookups behind each term of the record itself, that term included.
        is_endless: Whether it includes itself, or leads to more names than anybody would read.
        passes_ses: Whether SES's addresses get pass.
    """

    record: SpfRecord
    invalid: str | None = None
    unanswered: tuple[str, Unanswered] | None = None
    lookups: int = 0
    branches: dict[str, int] = field(default_factory=dict)
    is_endless: bool = False
    passes_ses: bool = False

    @property
    def is_over_limit(self) -> bool:
        """Whether receivers give up before the end."""
        return self.is_endless or self.lookups > LOOKUPS_LIMIT

    @property
    def is_blocked(self) -> bool:
        """Whether a name without an answer leaves the judgement open."""
        return self.unanswered is not None and self.invalid is None and not self.is_over_limit


def read_spf(facts: SpfFacts) -> SpfReading | None:
    """Read the one SPF record of a name; None if there is not exactly one."""
    records = spf_records(facts.answer)
    if len(records) != 1:
        return None
    reading = SpfReading(records[0])
    _Reader(facts.included, reading).read(records[0], (facts.name,))
    if not (reading.invalid or reading.unanswered or reading.is_endless):
        reading.passes_ses = _passes_ses(records[0], facts.included, 0)
    return reading


class _Reader:
    """Reads depth first, in the order of the terms."""

    def __init__(self, included: Mapping[str, TxtAnswer], reading: SpfReading) -> None:
        self.included = included
        self.reading = reading

    @property
    def is_over(self) -> bool:
        reading = self.reading
        return bool(reading.invalid or reading.unanswered or reading.is_endless)

    def read(self, record: SpfRecord, path: tuple[str, ...]) -> None:
        if record.invalid_term is not None:
            self.reading.invalid = _where(record.invalid_term, path)
            return
        for term in record.tested_terms:
            before = self.reading.lookups
            if term.name in COSTS_A_LOOKUP:
                self.reading.lookups += 1
            if term.target:
                self.follow(term, term.target, path)
            if len(path) == 1 and self.reading.lookups > before:
                self.reading.branches[term.text] = self.reading.lookups - before
            if self.is_over:
                return

    def follow(self, term: SpfTerm, target: str, path: tuple[str, ...]) -> None:
        if target in path or target not in self.included or self.reading.lookups > COUNTED_LIMIT:
            self.reading.is_endless = True
            return
        answer = self.included[target]
        if isinstance(answer, Unanswered):
            self.reading.unanswered = (target, answer)
            return
        records = spf_records(answer)
        if len(records) != 1:
            count = f"{len(records)} SPF records" if records else "no SPF record"
            self.reading.invalid = _where(f"{term.text} ({target} has {count})", path)
            return
        self.read(records[0], (*path, target))


def _where(term: str, path: tuple[str, ...]) -> str:
    return term if len(path) == 1 else f"{term} in {path[-1]}"


def _passes_ses(record: SpfRecord, included: Mapping[str, TxtAnswer], depth: int) -> bool:
    """
    Tell whether SES's addresses get pass: the first term that leads to SES decides, and nothing behind `all` counts.

    Source: RFC 7208 sections 4.6.2, 5.1, 5.2, 6.1
    """
    if depth > LOOKUPS_LIMIT:
        return False
    for term in record.tested_terms:
        if term.name == "all":
            return False
        if term.name == "include" and _leads_to_ses(term, included, depth):
            return term.qualifier == "+"
        if term.name == "redirect":
            return _leads_to_ses(term, included, depth)
    return False


def _leads_to_ses(term: SpfTerm, included: Mapping[str, TxtAnswer], depth: int) -> bool:
    if term.target == SES_INCLUDE:
        return True
    records = spf_records(included.get(term.target or ""))
    return len(records) == 1 and _passes_ses(records[0], included, depth + 1)
