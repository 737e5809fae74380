"""Ask a zone's own servers before a record is called missing or wrong."""

from collections.abc import Iterable, Sequence

from mailproof.check.finding import Finding
from mailproof.check.judging import Findings, with_observed
from mailproof.check.subjects import CachedAnswer
from mailproof.live.answer import Absent, Answer, DnsAnswer, Mx, Txt, Unanswered
from mailproof.live.domain_facts import DomainFacts
from mailproof.live.resolver import Resolver


def doubtful_domains(findings: Iterable[Finding], facts: dict[str, DomainFacts]) -> list[str]:
    """Return the domains with a finding on a record, in their order."""
    records = [finding for finding in findings if finding.type is not None]
    names, domains = {finding.name for finding in records}, {finding.domain for finding in records}
    return [
        domain
        for domain, found in facts.items()
        if domain in domains or (found.dmarc and any(step.name in names for step in found.dmarc.steps))
    ]


async def report_cached(findings: Findings, before: Sequence[Finding], resolver: Resolver) -> None:
    """
    Compare the findings made from the resolver's answers with those made from the zones' own servers.

    What only the resolver has wrongly becomes `dns-answer-cached`; what both have wrongly, but not alike, keeps the
    servers' words and says what resolvers still answer.
    """
    after = {(finding.name, finding.type): index for index, finding in enumerate(findings.items)}
    for finding in before:
        if finding.name is None or finding.type is None:
            continue
        index = after.get((finding.name, finding.type))
        kept = describe_kept(await resolver.ask(finding.name, finding.type))
        if index is None:
            findings.judge_first(CachedAnswer(finding.domain, finding.region, finding.name, finding.type, kept))
        elif findings.items[index].observed != finding.observed:
            findings.items[index] = with_observed(findings.items[index], f"a resolver still says: {kept}")


def describe_kept(answer: DnsAnswer) -> str:
    """Show an answer and for how long a resolver keeps it."""
    if isinstance(answer, Unanswered):
        return f"no answer: {answer}"
    until = f"for {answer.ttl_s} s more" if answer.ttl_s else "for a time that it does not tell"
    if isinstance(answer, Absent):
        return f"no such record, {until}"
    return f"{_records(answer)}, {until}"


def _records(answer: Answer[str] | Answer[Mx] | Answer[Txt]) -> str:
    shown = []
    for record in answer.records:
        if isinstance(record, Txt):
            shown.append(repr(record.text))
        else:
            shown.append(f"{record.preference} {record.host}" if isinstance(record, Mx) else record)
    return ", ".join(shown)
