"""
Rules about a MAIL FROM name and its MX.

Wanted: exactly one MX, preference free, to SES's feedback host, and one SPF record that lets SES pass
(`mailproof.check.rules.spf`).
"""

import re

from mailproof.check.finding import Severity
from mailproof.check.rule import RuleResult, dg, rule
from mailproof.live.answer import Absent, Answer
from mailproof.live.record_facts import AliasFacts, MxFacts

FEEDBACK_HOST = re.compile(
    r"feedback-smtp\.[a-z0-9-]+\.amazonses\.[a-z]{2,}|feedback-smtp\.ses\.[a-z0-9-]+\.amazonaws\.com\.cn"
)


@rule(
    "mail-from-is-cname",
    Severity.ERROR,
    AliasFacts,
    meaning="An alias has no records of its own: SES and receivers see those of its target.",
    condition="The MAIL FROM name is a CNAME. Nothing else is reported at that name.",
    expected="MX and TXT of its own",
    observed="alias of another name",
    fix="Remove the CNAME, or choose another MAIL FROM name.",
    source="RFC 1034 section 3.6.2",
)
def mail_from_is_cname(facts: AliasFacts) -> RuleResult | None:
    """Look for an alias."""
    return RuleResult(observed=f"alias of {facts.alias}") if facts.alias is not None else None


@rule(
    "mail-from-mx-extra",
    Severity.ERROR,
    MxFacts,
    meaning="SES does not verify a MAIL FROM domain with more than one MX; SPF then does not align.",
    condition="More than one MX, even if one is right.",
    expected="one MX",
    observed="the list",
    fix="Leave only the wanted MX.",
    source=dg("mail-from"),
)
def mail_from_mx_extra(facts: MxFacts) -> RuleResult | None:
    """Look for more than one MX."""
    hosts = _hosts(facts)
    return RuleResult(f"one MX, {facts.hosts[0]}", ", ".join(sorted(hosts))) if len(hosts) > 1 else None


@rule(
    "mail-from-mx-wrong-region",
    Severity.ERROR,
    MxFacts,
    meaning="SES does not verify the MAIL FROM domain: its MX is that of a region that does not use the name.",
    condition="The feedback host of a region that does not use the name.",
    expected="the feedback host of the region",
    observed="another region's",
    fix="Point the MX at this region, or use a name with `{region}`.",
    source=f"{dg('mail-from')}; {dg('regions')}",
)
def mail_from_mx_wrong_region(facts: MxFacts) -> RuleResult | None:
    """Look for the feedback host of another region."""
    other = _other_host(facts)
    return RuleResult(" or ".join(facts.hosts), other) if other and FEEDBACK_HOST.fullmatch(other) else None


@rule(
    "mail-from-mx-points-elsewhere",
    Severity.ERROR,
    MxFacts,
    meaning="SES does not verify the MAIL FROM domain, and bounces go to a host that is not SES's.",
    condition="Any other host.",
    expected="the feedback host of the region",
    observed="another host",
    fix="Give SES a name that receives no other mail.",
    source=dg("mail-from"),
)
def mail_from_mx_points_elsewhere(facts: MxFacts) -> RuleResult | None:
    """Look for any other host."""
    other = _other_host(facts)
    return RuleResult(" or ".join(facts.hosts), other or "the null MX") if other is not None else None


def _hosts(facts: MxFacts) -> list[str]:
    return [mx.host for mx in facts.answer.records] if isinstance(facts.answer, Answer) else []


def _other_host(facts: MxFacts) -> str | None:
    return next((host for host in _hosts(facts) if host not in facts.hosts), None)


@rule(
    "mail-from-mx-missing",
    Severity.ERROR,
    MxFacts,
    meaning="SES does not verify the MAIL FROM domain; SPF then does not align, or mail is refused.",
    condition="Absent.",
    expected="one MX",
    observed="none",
    fix="Publish the MX.",
    source=dg("mail-from"),
)
def mail_from_mx_missing(facts: MxFacts) -> RuleResult | None:
    """Report an MX that is not there."""
    return RuleResult(f"one MX, {facts.hosts[0]}") if isinstance(facts.answer, Absent) else None
