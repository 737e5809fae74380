"""Rules about zones: each is judged by its NS set, before any record in it."""

from mailproof.check.finding import Severity
from mailproof.check.rule import RuleResult, dg, rule
from mailproof.check.subjects import BogusRecord, DelegatedName
from mailproof.live.answer import Absent, Answer, NotFound, Unanswered
from mailproof.live.aws.remedies import remedy
from mailproof.live.aws.route53 import HostedZone
from mailproof.live.zone_facts import ZoneFacts
from mailproof.model.command_lines import records_command
from mailproof.model.names import is_within
from mailproof.model.ownership import way_around
from mailproof.model.record_kind import DKIM

HOSTED_ZONE_PAGE = "https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetHostedZone.html"
DELEGATE = "Register or renew the domain, or add the zone's NS records to its parent."
AS_PRINTED = "with names relative to that, as `mailproof records --external` prints them."
SHOW_SERVERS = "`aws route53 get-hosted-zone --id {id} --query DelegationSet.NameServers` shows them."
GUIDE = "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide"


@rule(
    "zone-not-found",
    Severity.ERROR,
    ZoneFacts,
    meaning="The records of the file cannot be written: the hosted zone of that id does not exist, or is another's.",
    condition="GetHostedZone: NoSuchHostedZone, or a zone of another name.",
    expected="the hosted zone",
    observed="none, or another name",
    fix="Correct the id of the zone in the file: `aws route53 list-hosted-zones-by-name` lists them.",
    source=HOSTED_ZONE_PAGE,
)
def zone_not_found(facts: ZoneFacts) -> RuleResult | None:
    """Compare the name of the hosted zone with that of the file."""
    found, expected = facts.hosted_zone, f"hosted zone {facts.zone.id} of {facts.zone.name}"
    if isinstance(found, NotFound):
        return RuleResult(expected, "none")
    if not isinstance(found, HostedZone) or found.name == facts.zone.name:
        return None
    return RuleResult(expected, found.name)


@rule(
    "zone-private",
    Severity.ERROR,
    ZoneFacts,
    meaning="Nobody outside the VPC of a private hosted zone sees its records.",
    condition="The hosted zone is private, or has no delegation set.",
    expected="a public hosted zone",
    observed="a private one",
    fix="Give the id of the public hosted zone of that name.",
    source="https://docs.aws.amazon.com/Route53/latest/APIReference/API_HostedZoneConfig.html",
)
def zone_private(facts: ZoneFacts) -> RuleResult | None:
    """Look for a hosted zone that is delegated to no server."""
    is_private = isinstance(facts.hosted_zone, HostedZone) and not facts.hosted_zone.name_servers
    return RuleResult() if is_private else None


@rule(
    "delegation-missing",
    Severity.ERROR,
    ZoneFacts,
    meaning="The zone is not in public DNS, so no record in it is seen by SES or by a receiver.",
    condition="NS of a zone in the file answers NXDOMAIN; for a zone with an id, unless `delegation: pending`, also: "
    "no NS at all.",
    expected="the zone is delegated",
    observed="does not exist in public DNS",
    fix=DELEGATE,
    source=f"RFC 8020 section 2; {dg('troubleshoot-verification')}",
)
def delegation_missing(facts: ZoneFacts) -> RuleResult | None:
    """Look for a zone without an NS set."""
    servers = facts.unchecked if isinstance(facts.servers, Unanswered) else facts.servers
    if not isinstance(servers, Absent) or facts.above is not None:
        return None
    fix = f"{DELEGATE} {SHOW_SERVERS.format(id=facts.zone.id)}" if facts.zone.id else ""
    if not servers.name_exists:
        return RuleResult(fix=fix)
    return None if facts.zone.is_served_elsewhere else RuleResult(observed="has no NS records in public DNS", fix=fix)


@rule(
    "delegation-pending",
    Severity.INFO,
    ZoneFacts,
    meaning="The hosted zone is being filled while resolvers still ask other servers, whose answers are judged.",
    condition="The file says `delegation: pending`, and no live name server is the hosted zone's. Of a zone in another "
    "account it is not known whether one is.",
    expected="NS of the hosted zone, in the end",
    observed="the live NS",
    fix="Run `mailproof zone compare`, enter in the hosted zone what it lists, and only then set the registrar's (the "
    "parent's) NS to the hosted zone's.",
    source=f"{GUIDE}/migrate-dns-domain-in-use.html",
)
def delegation_pending(facts: ZoneFacts) -> RuleResult | None:
    """Name the servers that resolvers ask, and those that they are to ask."""
    zone, hosted = facts.zone, facts.hosted_zone
    own, others = _sort_servers(facts)
    if not zone.is_pending or own or _is_bogus(facts) or isinstance(hosted, Unanswered):
        return None
    expected = _delegation_words(facts) if isinstance(hosted, HostedZone) else ""
    above = f"those of {facts.above}" if isinstance(facts.above, str) else ""
    return RuleResult(expected, ", ".join(others or sorted(facts.live_servers)) or above)


@rule(
    "delegation-arrived",
    Severity.WARNING,
    ZoneFacts,
    meaning="Resolvers ask the hosted zone; as long as the file says otherwise, a wrong delegation is not reported.",
    condition="The file says `delegation: pending`, and all live name servers are the hosted zone's.",
    expected="no `delegation: pending`",
    observed="the zone is delegated to the hosted zone",
    fix="Take `delegation: pending` out of the file. Keep the old zone until the time that "
    "`mailproof zone compare` gave has passed.",
    source=f"{GUIDE}/migrate-dns-domain-in-use.html",
)
def delegation_arrived(facts: ZoneFacts) -> RuleResult | None:
    """Look for a key that has served its time."""
    own, others = _sort_servers(facts)
    return RuleResult() if facts.zone.is_pending and own and not others else None


@rule(
    "zone-inside-another",
    Severity.INFO,
    ZoneFacts,
    meaning="The name is not a zone of its own: its records are entered in the zone above it, and seen as well.",
    condition="An external zone of the file has no NS or SOA at its name in live DNS, while a zone above it, other "
    "than a public suffix, has. Its records are judged as usual.",
    expected="a zone",
    observed="part of another",
    fix=f"Enter the records in the zone above, {AS_PRINTED}",
    source="RFC 1034 section 4.2",
)
def zone_inside_another(facts: ZoneFacts) -> RuleResult | None:
    """Name the zone that really holds the names."""
    if not isinstance(facts.above, str):
        return None
    fix = f"Enter the records in {facts.above}, {AS_PRINTED}"
    return RuleResult(f"a zone {facts.zone.name}", f"part of {facts.above}", fix)


@rule(
    "delegation-elsewhere",
    Severity.ERROR,
    ZoneFacts,
    meaning="Resolvers ask other name servers than the hosted zone's, so nothing written into it is seen.",
    condition="A Route 53 zone of this account, or of another that preflight can read: no live name server is one of "
    "its delegation set, neither by name nor by address. Without `--resolver` the referral of the parent's servers "
    "counts.",
    expected="NS of the hosted zone",
    observed="the live NS",
    fix="Write `delegation: pending` beside its id, and enter in the hosted zone everything that is live, mail of "
    "other systems included; only then set the registrar's (the parent's) NS to the hosted zone's. Or give the id of "
    "the zone in use.",
    source=f"{GUIDE}/SOA-NSrecords.html; {GUIDE}/white-label-name-servers.html",
)
def delegation_elsewhere(facts: ZoneFacts) -> RuleResult | None:
    """Look for a live NS set without any server of the delegation set."""
    own, others = _sort_servers(facts)
    return _delegation_result(facts, others) if others and not own and not facts.zone.is_pending else None


@rule(
    "delegation-mixed",
    Severity.WARNING,
    ZoneFacts,
    meaning="Some resolvers ask servers of another provider, which must hold the same records.",
    condition="Some live name servers are the hosted zone's and some are not. The records are judged all the same.",
    expected="NS of the hosted zone",
    observed="the other NS",
    fix="Keep the same records at the second provider, or take its servers off the delegation if they are left over.",
    source="RFC 1912 section 2.8",
)
def delegation_mixed(facts: ZoneFacts) -> RuleResult | None:
    """Look for live servers of another provider beside the hosted zone's."""
    own, others = _sort_servers(facts)
    return _delegation_result(facts, others) if others and own else None


def _sort_servers(facts: ZoneFacts) -> tuple[list[str], list[str]]:
    """Divide the live servers into those of the delegation set, by name or address, and the others."""
    hosted = facts.hosted_zone
    if not isinstance(hosted, HostedZone) or _is_bogus(facts):
        return [], []
    delegated = {*hosted.name_servers}.union(*(facts.addresses.get(host, ()) for host in hosted.name_servers))
    own = [host for host in facts.live_servers if not delegated.isdisjoint({host, *facts.addresses.get(host, ())})]
    return own, sorted(set(facts.live_servers) - set(own))


def _delegation_result(facts: ZoneFacts, others: list[str]) -> RuleResult:
    return RuleResult(_delegation_words(facts), ", ".join(others))


def _delegation_words(facts: ZoneFacts) -> str:
    servers = facts.hosted_zone.name_servers if isinstance(facts.hosted_zone, HostedZone) else ()
    return f"NS of hosted zone {facts.zone.id}: {', '.join(sorted(servers))}"


@rule(
    "dnssec-bogus",
    Severity.ERROR,
    ZoneFacts,
    BogusRecord,
    meaning="Resolvers that validate DNSSEC refuse the zone or the record: SES and most large receivers do not see it.",
    condition="NS answers SERVFAIL, and answers with checking disabled (CD). The same on one record set of a zone that "
    "validates: then the subject is that record.",
    expected="validates",
    observed="refused by validating resolvers",
    fix="Renew the signatures, or correct the DS record at the parent.",
    source="RFC 4035 sections 3.2.2, 5.5; RFC 8914 section 4.7",
)
def dnssec_bogus(subject: ZoneFacts | BogusRecord) -> RuleResult | None:
    """Look for what answers only with validation switched off."""
    why = subject.why if isinstance(subject, BogusRecord) else subject.servers
    if not isinstance(why, Unanswered) or (isinstance(subject, ZoneFacts) and not _is_bogus(subject)):
        return None
    return RuleResult(observed=f"refused by validating resolvers ({why.detail})" if why.detail else "")


def _is_bogus(facts: ZoneFacts) -> bool:
    is_refused = isinstance(facts.servers, Unanswered) and facts.servers.reason == "SERVFAIL"
    return is_refused and isinstance(facts.unchecked, Answer)


@rule(
    "record-below-delegation",
    Severity.ERROR,
    DelegatedName,
    meaning="The records lie below a name that other servers answer for: in the zone itself nobody sees them.",
    condition="A wanted record is absent, and a name between it and its zone is delegated. One finding per delegated "
    "name; the records below it and the SES states that follow from them are not reported.",
    expected="the zone itself answers",
    observed="the servers that the name is delegated to",
    fix="Enter the records at those servers, or end the delegation, or choose names that do not lie below it.",
    source="RFC 1034 section 4.2.1",
)
def record_below_delegation(subject: DelegatedName) -> RuleResult | None:
    """Name the servers."""
    around = way_around(subject.kind, f"end the delegation of {subject.name}")
    if subject.kind is DKIM:
        around = f"send from a domain whose names do not lie below it, or {around}"
    there = f"Enter the records at those servers (`{records_command(subject.environment, subject.domain)}` prints them)"
    if is_within(subject.domain, subject.name):
        there += f" and list {subject.name} under `zones` in the file"
    return RuleResult(observed=", ".join(sorted(subject.servers)), fix=f"{there}, or {around}.")


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
    source=HOSTED_ZONE_PAGE,
)
def route53_unanswered(facts: ZoneFacts) -> RuleResult | None:
    """Look for a hosted zone that could not be read."""
    why = facts.hosted_zone
    return RuleResult(observed=str(why), fix=remedy(why)) if isinstance(why, Unanswered) else None
