"""Ask DNS for what a receiver would ask to evaluate an SPF record, and evaluate it."""

import asyncio
from typing import cast

from mailproof.live.answer import DnsAnswer, TxtAnswer, Unanswered, is_timeout
from mailproof.live.resolver import Lookup
from mailproof.live.spf_check_host import SpfQuestion, spf_records
from mailproof.live.spf_reading import SpfEvaluator, SpfReading

SILENT_ROUNDS_LIMIT = 2  # each takes as long as one question may
NOT_ASKED = Unanswered("not asked", "too many other names of this record do not answer")


async def read_spf(lookup: Lookup, domain: str, answer: TxtAnswer) -> SpfReading | None:
    """
    Evaluate the SPF record of a domain.

    The evaluation says what it lacks; that is asked all at once, and the record is evaluated again, until nothing is
    lacking. So never more is asked than a receiver would ask that looks at the whole record. Others choose the names
    that a record leads to: after two rounds in which one of them was silent the rest counts as unanswered, so that no
    record takes longer than two questions that nobody answers.

    Args:
        lookup: Answers.
        domain: Whose record it is.
        answer: TXT at the domain.

    Returns:
        None if there is not exactly one SPF record.
    """
    records = spf_records(answer)
    if len(records) != 1:
        return None
    answers: dict[SpfQuestion, DnsAnswer] = {SpfQuestion(domain, "TXT"): answer}
    silent_rounds = 0
    while True:
        evaluator = SpfEvaluator(domain, answers)
        reading = evaluator.read(records[0])
        needed = list(evaluator.needed)
        if not needed:
            return reading
        if silent_rounds < SILENT_ROUNDS_LIMIT:
            found = await asyncio.gather(*(_ask(lookup, question) for question in needed))
            silent_rounds += any(map(is_timeout, found))
        else:
            found = [NOT_ASKED] * len(needed)
        answers |= zip(needed, found, strict=True)


async def _ask(lookup: Lookup, question: SpfQuestion) -> DnsAnswer:
    if question.type == "TXT":
        return await lookup.txt(question.name)
    if question.type == "MX":
        return await lookup.mx(question.name)
    return cast("DnsAnswer", await lookup.names(question.name, question.type))
