"""The rule about the room in a hosted zone."""

from mailproof.check.finding import Severity
from mailproof.check.preflight.subjects import ZoneQuota
from mailproof.check.rule import RuleResult, rule

ROUTE53_LIMITS = "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html"


@rule(
    "preflight-zone-full",
    Severity.ERROR,
    ZoneQuota,
    meaning="The deploy would fail: the hosted zone takes no more record sets.",
    condition="More record sets than the hosted zone's limit, new ones included.",
    expected="room for the records",
    observed="their number",
    fix="Ask for a higher limit. `mailproof prune` lists records of ours that no file asks for.",
    source=ROUTE53_LIMITS,
)
def zone_full(subject: ZoneQuota) -> RuleResult | None:
    """Count record sets."""
    if subject.present + subject.missing <= subject.limit:
        return None
    return RuleResult(f"at most {subject.limit} record sets", f"{subject.present}, and {subject.missing} new")
