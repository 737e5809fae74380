"""The rule about questions that nobody answered."""

from mailproof.check.finding import Severity
from mailproof.check.rule import RuleResult, rule
from mailproof.check.subjects import UnansweredName
from mailproof.live.answer import Unanswered
from mailproof.live.zone_facts import ZoneFacts


@rule(
    "dns-unanswered",
    Severity.UNKNOWN,
    ZoneFacts,
    UnansweredName,
    meaning="Whether the record is right is not known.",
    condition="On a record: any name that a judgement needed, an SPF include too; a name is reported once. On a zone "
    "whose NS is unanswered with and without checking.",
    expected="an answer",
    observed="SERVFAIL, REFUSED or timeout, and the resolver's extended error if any",
    fix="Ask again; if it stays, look at the zone's servers and at DNSSEC.",
    source="RFC 8914; RFC 7208 section 2.6.6",
)
def dns_unanswered(subject: ZoneFacts | UnansweredName) -> RuleResult | None:
    """Say what came instead of an answer."""
    if isinstance(subject, UnansweredName):
        return RuleResult(observed=str(subject.why))
    if isinstance(subject.above, Unanswered):
        return RuleResult(observed=str(subject.above))
    is_silent = isinstance(subject.servers, Unanswered) and isinstance(subject.unchecked, Unanswered)
    return RuleResult(observed=str(subject.servers)) if is_silent else None
