"""Rules about the logo of a domain."""

from mailproof.check.dmarc_tags import shows_no_logo
from mailproof.check.finding import Severity
from mailproof.check.rule import RuleResult, rule
from mailproof.check.subjects import DmarcSubject
from mailproof.live.dmarc_reader import single_record


@rule(
    "bimi-not-shown",
    Severity.WARNING,
    DmarcSubject,
    meaning="Receivers show no logo of a domain whose DMARC policy is not enforced.",
    condition="The file has `bimi` for a domain whose policy it is, and the record has `p=none`, `sp=none` or `t=y`.",
    expected="quarantine or reject, for subdomains too, not tested",
    observed="the tags",
    fix="Go on to `quarantine` or `reject` when the reports allow it, or leave out `bimi` until then.",
    source="https://datatracker.ietf.org/doc/draft-brand-indicators-for-message-identification/",
    is_independent=True,
)
def bimi_not_shown(subject: DmarcSubject) -> RuleResult | None:
    """Look for a policy that keeps logos from being shown."""
    record = single_record(subject.step)
    if record is None or not any(facts.has_logo for facts in subject.in_force):
        return None
    tags = shows_no_logo(record)
    return RuleResult(observed=", ".join(tags)) if tags else None
