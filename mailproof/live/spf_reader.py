"""Ask DNS for what a receiver would ask to evaluate an SPF record, and evaluate it."""

import asyncio
from typing import cast

from mailproof.live.answer import DnsAnswer, TxtAnswer, Unanswered
from mailproof.live.resolver import Lookup
from mailproof.live.spf_check_host import SpfQuestion, spf_records
from mailproof.live.spf_reading import SpfEvaluator, SpfReading

BUDGET_S = 10.0  # for all names of one record; receivers allow at least 20 s (RFC 7208 section 4.6.4)
SPENT = Unanswered("timeout", f"the names of this record took more than {BUDGET_S:.0f} s together")


async def read_spf(lookup: Lookup, domain: str, answer: TxtAnswer, budget_s: float = BUDGET_S) -> SpfReading | None:
    """
    Evaluate the SPF record of a domain.

    The evaluation says what it lacks; that is asked all at once, and the record is evaluated again, until nothing is
    lacking. So never more is asked than a receiver would ask that looks at the whole record.

    Args:
        lookup: Answers.
        domain: Whose record it is.
        answer: TXT at the domain.
        budget_s: For all names together, seconds; what is not answered then counts as unanswered.

    Returns:
        None if there is not exactly one SPF record.
    """
    records = spf_records(answer)
    if len(records) != 1:
        return None
    answers: dict[SpfQuestion, DnsAnswer] = {SpfQuestion(domain, "TXT"): answer}
    clock, left_s = asyncio.get_running_loop().time, budget_s
    while True:
        evaluator = SpfEvaluator(domain, answers)
        reading = evaluator.read(records[0])
        if not evaluator.needed:
            return reading
        begin = clock()
        await _ask_all(lookup, list(evaluator.needed), answers, left_s)
        left_s -= clock() - begin


async def _ask_all(
    lookup: Lookup, questions: list[SpfQuestion], answers: dict[SpfQuestion, DnsAnswer], left_s: float
) -> None:
    """Ask questions at once; those without an answer when the time is up get `SPENT`."""

    async def ask(question: SpfQuestion) -> None:
        answers[question] = await _ask(lookup, question)

    try:
        async with asyncio.timeout(left_s):
            await asyncio.gather(*map(ask, questions))
    except TimeoutError:
        for question in questions:
            answers.setdefault(question, SPENT)


async def _ask(lookup: Lookup, question: SpfQuestion) -> DnsAnswer:
    if question.type == "TXT":
        return await lookup.txt(question.name)
    if question.type == "MX":
        return await lookup.mx(question.name)
    return cast("DnsAnswer", await lookup.names(question.name, question.type))
