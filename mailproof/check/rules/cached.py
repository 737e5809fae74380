"""The rule about answers that a resolver still keeps, while the zone's own servers say better."""

from mailproof.check.finding import Severity
from mailproof.check.rule import RuleResult, rule
from mailproof.check.subjects import CachedAnswer


@rule(
    "dns-answer-cached",
    Severity.INFO,
    CachedAnswer,
    meaning="The record is published rightly; some receivers still see what was there before.",
    condition="This machine's resolver answers wrongly or not at all, and the zone's own servers answer rightly. Not "
    "looked for where `--resolver` names the one resolver to ask.",
    expected="what the zone's servers answer",
    observed="the old answer, and for how long it is kept",
    fix="Wait until the old answer expires.",
    source="RFC 2308; RFC 1035 section 3.2.1",
)
def dns_answer_cached(subject: CachedAnswer) -> RuleResult | None:
    """Say what is still kept."""
    return RuleResult(observed=subject.kept)
