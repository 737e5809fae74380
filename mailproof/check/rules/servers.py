"""Rules about answers that differ by whom one asks: the servers of a zone, and a resolver's cache."""

from mailproof.check.finding import Severity
from mailproof.check.rule import RuleResult, rule
from mailproof.check.subjects import CachedAnswer, OutOfStep


@rule(
    "dns-answer-cached",
    Severity.INFO,
    CachedAnswer,
    meaning="The record is published rightly; some receivers still see what was there before.",
    condition="This machine's resolver answers wrongly, and each of the zone's own servers answers rightly. Not looked "
    "for where `--resolver` names the one resolver to ask.",
    expected="what the zone's servers answer",
    observed="the old answer, and for how long it is kept",
    fix="Wait until the old answer expires.",
    source="RFC 2308; RFC 1035 section 3.2.1",
)
def dns_answer_cached(subject: CachedAnswer) -> RuleResult | None:
    """Say what is still kept."""
    return RuleResult(observed=subject.kept)


@rule(
    "name-server-out-of-step",
    Severity.ERROR,
    OutOfStep,
    meaning="Whether a receiver sees the record depends on which of the zone's servers its resolver happens to ask.",
    condition="An authoritative server of the zone lacks a wanted record, or answers another value, and another server "
    "has it. Not looked for where `--resolver` names the one resolver to ask.",
    expected="the same answer from every server",
    observed="the server, and its answer",
    fix="Bring that server up to date, or take it off the delegation.",
    source="RFC 1912 section 2.8",
)
def name_server_out_of_step(subject: OutOfStep) -> RuleResult | None:
    """Name the servers and what they answer."""
    return RuleResult(observed="; ".join(f"{host}: {observed}" for host, observed in subject.answers))
