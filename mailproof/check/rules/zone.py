"""Rules about zones: each is judged by its NS set, before any record in it."""

from mailproof.check.finding import Severity
from mailproof.check.rule import RuleResult, dg, rule
from mailproof.live.answer import Absent, Answer, Unanswered
from mailproof.live.aws.remedies import remedy
from mailproof.live.record_facts import ZoneFacts


@rule(
    "delegation-missing",
    Severity.ERROR,
    ZoneFacts,
    meaning="The zone is not in public DNS, so that no record in it is seen by SES or by a receiver.",
    condition="NS of a zone in the file answers NXDOMAIN; for a zone with an id also: no NS at all.",
    expected="the zone is delegated",
    observed="does not exist in public DNS",
    fix="Register or renew the domain, or add the zone's NS records to its parent.",
    source=f"RFC 8020 section 2; {dg('troubleshoot-verification')}",
)
def delegation_missing(facts: ZoneFacts) -> RuleResult | None:
    """Look for a zone without an NS set."""
    servers = facts.unchecked if isinstance(facts.servers, Unanswered) else facts.servers
    if not isinstance(servers, Absent):
        return None
    if not servers.name_exists:
        return RuleResult()
    return None if facts.zone.is_external else RuleResult(observed="has no NS records in public DNS")


@rule(
    "delegation-elsewhere",
    Severity.ERROR,
    ZoneFacts,
    meaning="Resolvers ask other name servers than the hosted zone's, so that nothing written into it is seen.",
    condition="A Route 53 zone of this account: there is a live NS set and it differs from the zone's delegation set.",
    expected="NS of the hosted zone",
    observed="the live NS",
    fix="Set the registrar's (the parent's) NS to the hosted zone's, or give the id of the zone in use.",
    source="https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/SOA-NSrecords.html",
)
def delegation_elsewhere(facts: ZoneFacts) -> RuleResult | None:
    """Compare the live NS set with the delegation set."""
    live = facts.live_servers
    if live is None or facts.delegation is None or isinstance(facts.delegation, Unanswered):
        return None
    if _is_bogus(facts) or set(live.records) == set(facts.delegation):
        return None
    return RuleResult(
        f"NS of hosted zone {facts.zone.id}: {', '.join(sorted(facts.delegation))}", ", ".join(sorted(live.records))
    )


@rule(
    "dnssec-bogus",
    Severity.ERROR,
    ZoneFacts,
    meaning="Resolvers that validate DNSSEC refuse the zone: SES and most large receivers see none of its records.",
    condition="NS answers SERVFAIL, and answers with checking disabled (CD).",
    expected="validates",
    observed="refused by validating resolvers",
    fix="Renew the signatures, or correct the DS record at the parent.",
    source="RFC 4035 sections 3.2.2, 5.5; RFC 8914 section 4.7",
)
def dnssec_bogus(facts: ZoneFacts) -> RuleResult | None:
    """Look for a zone that answers only with validation switched off."""
    if not _is_bogus(facts) or not isinstance(facts.servers, Unanswered):
        return None
    detail = facts.servers.detail
    return RuleResult(observed=f"refused by validating resolvers ({detail})" if detail else "")


def _is_bogus(facts: ZoneFacts) -> bool:
    is_refused = isinstance(facts.servers, Unanswered) and facts.servers.reason == "SERVFAIL"
    return is_refused and isinstance(facts.unchecked, Answer)


@rule(
    "route53-unanswered",
    Severity.UNKNOWN,
    ZoneFacts,
    meaning="Whether the zone is delegated to the hosted zone of the file is not known.",
    condition="The hosted zone of a zone with an id in this account cannot be read. Zones of other accounts and "
    "external ones are not asked for.",
    expected="an answer",
    observed="the error code",
    fix="Grant `route53:GetHostedZone`.",
    source="https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetHostedZone.html",
)
def route53_unanswered(facts: ZoneFacts) -> RuleResult | None:
    """Look for a hosted zone that could not be read."""
    why = facts.delegation
    return RuleResult(observed=str(why), fix=remedy(why)) if isinstance(why, Unanswered) else None
