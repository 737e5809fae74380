"""Ask DNS for what a receiver would ask to evaluate an SPF record, and evaluate it."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar, cast

from mailproof.live.answer import Answer, DnsAnswer, Txt, TxtAnswer, Unanswered, is_timeout
from mailproof.live.resolver import Lookup
from mailproof.live.spf_check_host import CheckHost, Client, SpfOutcome, SpfQuestion, spf_records
from mailproof.live.spf_macros import SpfMessage
from mailproof.live.spf_reading import SpfEvaluator, SpfReading
from mailproof.live.spf_text import AddressRange, parse_spf

Outcome = TypeVar("Outcome")

SILENT_ROUNDS_LIMIT = 2  # each takes as long as one question may
NOT_ASKED = Unanswered("not asked", "too many other names of this record do not answer")


@dataclass(slots=True)
class SpfReader:
    """
    Evaluates SPF records of one domain: the one that is there, and others that could be.

    The evaluation says what it lacks; that is asked all at once, and the record is evaluated again, until nothing is
    lacking. So never more is asked than a receiver would ask that looks at the whole record. Others choose the names
    that a record leads to: after two rounds in which one of them was silent the rest counts as unanswered, so that no
    record takes longer than two questions that nobody answers.

    Args:
        lookup: Answers.
        domain: Whose records they are.
    """

    lookup: Lookup
    domain: str
    _answers: dict[SpfQuestion, DnsAnswer] = field(default_factory=dict)
    _silent_rounds: int = 0

    async def read(self, text: str) -> SpfReading:
        """Evaluate a record as if it were the one SPF record of the domain."""
        record = parse_spf(text)
        self._answers[SpfQuestion(self.domain, "TXT")] = Answer((Txt((text,)),))

        def evaluate() -> tuple[SpfReading, Iterable[SpfQuestion]]:
            evaluator = SpfEvaluator(self.domain, self._answers)
            return evaluator.read(record), evaluator.needed

        return await self._settle(evaluate)

    async def check_host(self, address: str, message: SpfMessage) -> SpfOutcome:
        """Evaluate the record that is there, for a message from an address."""

        def evaluate() -> tuple[SpfOutcome, Iterable[SpfQuestion]]:
            addresses = AddressRange.of_network(address)
            evaluation = CheckHost(self._answers, self.domain, Client.OTHER, addresses, message)
            return evaluation.evaluate(), evaluation.needed

        return await self._settle(evaluate)

    async def _settle(self, evaluate: Callable[[], tuple[Outcome, Iterable[SpfQuestion]]]) -> Outcome:
        """Evaluate, and ask for what is lacking, until nothing is."""
        while True:
            outcome, lacking = evaluate()
            needed = list(dict.fromkeys(lacking))
            if not needed:
                return outcome
            self._answers |= zip(needed, await self._ask_all(needed), strict=True)

    async def _ask_all(self, needed: list[SpfQuestion]) -> list[DnsAnswer]:
        if self._silent_rounds >= SILENT_ROUNDS_LIMIT:
            return [NOT_ASKED] * len(needed)
        found = await asyncio.gather(*(_ask(self.lookup, question) for question in needed))
        self._silent_rounds += any(map(is_timeout, found))
        return list(found)


async def read_spf(reader: SpfReader, answer: TxtAnswer) -> SpfReading | None:
    """Evaluate the SPF record of an answer; None if there is not exactly one."""
    records = spf_records(answer)
    return await reader.read(records[0].text) if len(records) == 1 else None


async def _ask(lookup: Lookup, question: SpfQuestion) -> DnsAnswer:
    if question.type == "TXT":
        return await lookup.txt(question.name)
    if question.type == "MX":
        return await lookup.mx(question.name)
    return cast("DnsAnswer", await lookup.names(question.name, question.type))
