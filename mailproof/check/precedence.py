"""
Which finding suppresses which: one cause, one finding.

1. Zone before records: a zone with a finding of its own (other than an unread hosted zone) suppresses the records in it
   and the SES states that follow from them.
2. Identity before its records: where SES has no identity, or no DKIM, no DKIM record is wanted; a MAIL FROM name, or a
   record that serves one region, is not wanted where no identity would use it.
3. SES without an answer: one finding per region, or one per identity if only its own call failed. It suppresses what
   hangs on the answer and nothing else.
4. DNS cause before SES consequence: PENDING, FAILED and TEMPORARY_FAILURE are judged by `IdentitySubject.dkim_is_right`
   and `mx_is_right`, which are false as well where a record could not be asked for.
5. What suppresses what among the states of one identity stands in those rules' own conditions.
6. Per record the first rule that fits, and of those about something beside a readable record each:
   `Findings.judge_first`. A DMARC record that several domains lack is reported once.
7. A MAIL FROM name that is a CNAME has no other finding.
8. A name without an answer is reported once: `Findings.report_unanswered`.
"""

from collections.abc import Collection, Container, Iterable, Mapping, Sequence

from mailproof.check.finding import Severity
from mailproof.check.judging import Findings, RecordState, beside_mail, worst_state
from mailproof.check.rules.dmarc import agrees
from mailproof.check.subjects import (
    AccountSubject,
    DelegatedName,
    DmarcSubject,
    DomainMx,
    IdentitySubject,
    MissingIdentity,
    MissingPolicy,
    ParkedUse,
    ReportSubject,
    SesUnavailable,
    UnansweredName,
    shortest,
)
from mailproof.live.answer import Answer, AwsAnswer, Mx, NoIdentity, NotFound, Unanswered
from mailproof.live.aws.ses_facts import AccountFacts, IdentityFacts, RegionFacts
from mailproof.live.dmarc_reader import open_step, policy_step
from mailproof.live.domain_facts import DomainFacts, Identities, IdentityAnswer, RegionRecords
from mailproof.live.record_facts import ByoDkimFacts, DmarcFacts, DmarcStep, MailFromFacts, RecordFacts, ReportFacts
from mailproof.live.zone_facts import ZoneFacts
from mailproof.model.command_lines import restart_command
from mailproof.model.domain import Place, SendingDomain
from mailproof.model.names import dmarc_name, host_name, longest_containing, public_suffixes
from mailproof.model.record_kind import DMARC

KEEPS_RECORDS = frozenset(
    {
        "delegation-arrived",
        "delegation-mixed",
        "delegation-pending",
        "route53-unanswered",
        "zone-inside-another",
        "zone-not-found",
    }
)
OWN_KEY_AGAIN = "then restart DKIM set-up with the private key, since SES has stopped looking"


def judge_zones(
    findings: Findings, zones: Iterable[ZoneFacts], given_up: Container[str] = frozenset()
) -> frozenset[str]:
    """
    Judge zones.

    Args:
        findings: Takes what is found.
        zones: What is known of them.
        given_up: Zones in which SES gave up on an identity.

    Returns:
        The names of those whose records are not to be judged.
    """
    suppressed = set()
    for facts in zones:
        found = findings.judge_first(facts, _start_again(findings) if facts.zone.name in given_up else "")
        if found is not None and found.rule not in KEEPS_RECORDS:
            suppressed.add(facts.zone.name)
    return frozenset(suppressed)


def _start_again(findings: Findings, domain: str = "") -> str:
    command = restart_command(findings.environment, domain)
    return f"then restart set-up, since SES has stopped looking: `{command}`"


def judge_region(findings: Findings, region: str, facts: RegionFacts) -> None:
    """
    Judge what concerns a region as a whole.

    Args:
        findings: Takes what is found.
        region: AWS region.
        facts: What SES says of it.
    """
    for unavailable in find_unavailable(region, facts):
        findings.judge_first(unavailable)
    if isinstance(facts.account, AccountFacts):
        findings.judge_all(AccountSubject(region, facts.account))


def judge_parked(findings: Findings, region: str, names: Collection[str], domains: Iterable[SendingDomain]) -> None:
    """
    Judge what SES has in a region for domains that are parked.

    Args:
        findings: Takes what is found.
        region: AWS region.
        names: All identities there, in lower case.
        domains: Those to look at.
    """
    for domain in domains:
        for name in names if domain.parking else ():
            if host_name(name.rpartition("@")[2]) == domain.name:
                findings.judge_first(ParkedUse(domain.name, region, name, None, "an identity in SES"))


def identity_at(domain: SendingDomain, place: Place, regions: Mapping[str, RegionFacts]) -> IdentityAnswer:
    """Return what SES says of a domain at one of its places."""
    return NoIdentity() if place not in domain.identity_regions else regions[place].identities[domain.name]


def find_unavailable(region: str, facts: RegionFacts) -> list[SesUnavailable]:
    """
    Find what SES did not answer: one for the region if a call for all of it, or all of an operation's calls, failed.

    A region with one domain whose own call fails is unavailable once, with the domain.
    """
    whole = [answer for answer in (facts.account, facts.addresses) if isinstance(answer, Unanswered)]
    failed: dict[str, Unanswered] = {}
    asked = {domain: answer for domain, answer in facts.identities.items() if domain not in facts.kept}
    for calls in (asked, _set_calls(facts)):
        refused = {domain: answer for domain, answer in calls.items() if isinstance(answer, Unanswered)}
        if len(refused) == len(calls) > 1:
            whole += refused.values()
        failed = refused | failed
    if whole:
        return [SesUnavailable(region, None, whole[0])]
    return [SesUnavailable(region, domain, why) for domain, why in failed.items()]


def _set_calls(facts: RegionFacts) -> dict[str, AwsAnswer[object]]:
    """Return what was answered about the default configuration set of each identity that has one."""
    return {
        domain: facts.configuration_sets[identity.configuration_set]
        for domain, identity in facts.identities.items()
        if isinstance(identity, IdentityFacts) and identity.configuration_set
    }


def judge_domain(
    findings: Findings, domain: SendingDomain, regions: Mapping[str, RegionFacts], facts: DomainFacts
) -> dict[Place, RecordState]:
    """
    Judge the identities of a domain and their records; its DMARC policy is judged with those of the other domains.

    Returns:
        Place to the state of the records that serve it.
    """
    states = {}
    identities = {place: identity_at(domain, place, regions) for place in facts.regions}
    judge = _DomainJudge(findings, domain, identities)
    for region, records in facts.regions.items():
        identity = judge.identities[region]
        if region and isinstance(identity, NotFound):
            findings.judge_first(MissingIdentity(domain.name, region, findings.environment))
        dkim, (mx, spf) = judge.dkim(records), judge.mail_from(records)
        judge.spare(records)
        if region and isinstance(identity, IdentityFacts):
            name, parent = identity.configuration_set, judge.identities.get(domain.parent_of(region))
            findings.judge_all(
                IdentitySubject(
                    wanted=domain,
                    region=region,
                    facts=identity,
                    dkim_is_right=dkim is RecordState.RIGHT,
                    mx_is_right=mx is RecordState.RIGHT,
                    configuration_set=regions[region].configuration_sets[name] if name else None,
                    environment=findings.environment,
                    parent=parent if isinstance(parent, IdentityFacts) else None,
                )
            )
        states[region] = worst_state(dkim, mx, spf, judge.published(records))
    if facts.spf:
        judge.once(facts.spf, "")
    if mx_of_domain := _own_mx(domain, facts):
        findings.judge_first(mx_of_domain)
    return states


def _own_mx(domain: SendingDomain, facts: DomainFacts) -> DomainMx | None:
    """Return the MX of the domain itself, if it has one and a second look asked for it."""
    names = [records.mail_from for records in facts.regions.values() if records.mail_from]
    looks = (look for name in names for look in name.mx.elsewhere if look.name == domain.name)
    answer = next((look.answer for look in looks), None)
    hosts = tuple(mx.host for mx in answer.records if isinstance(mx, Mx)) if isinstance(answer, Answer) else ()
    return DomainMx(domain.name, hosts) if hosts else None


class _DomainJudge:
    """Judges the records of one domain; one that serves several regions is judged once."""

    def __init__(self, findings: Findings, domain: SendingDomain, identities: Identities) -> None:
        self.findings = findings
        self.domain = domain
        self.identities = identities
        self.judged: dict[int, RecordState] = {}

    def dkim(self, records: RegionRecords) -> RecordState:
        """Judge the DKIM records of a region."""
        if records.dkim is None:
            return RecordState.UNKNOWN
        return worst_state(*(self.once(facts, self._then_for(facts)) for facts in records.dkim))

    def _then_for(self, facts: RecordFacts) -> str:
        identities = [self.identities[facts.region]] if facts.region else self.identities.values()
        key = facts.key if isinstance(facts, ByoDkimFacts) else None
        is_own = isinstance(facts, ByoDkimFacts)
        failed = [i for i in identities if isinstance(i, IdentityFacts) and i.dkim_status == "FAILED"]
        if not any(i.uses_byodkim is is_own for i in failed):
            return ""
        return OWN_KEY_AGAIN if is_own and key is None else _start_again(self.findings, self.domain.name)

    def mail_from(self, records: RegionRecords) -> tuple[RecordState, RecordState]:
        """Judge MX and SPF of a MAIL FROM name."""
        facts = records.mail_from
        if facts is None:
            nothing = RecordState.UNKNOWN if self.domain.mail_from else RecordState.RIGHT
            return nothing, nothing
        states = [i.mail_from_status for i in self.identities.values() if isinstance(i, IdentityFacts)]
        then = _start_again(self.findings, self.domain.name) if "FAILED" in states else ""
        return self._name(facts, then)

    def _name(self, facts: MailFromFacts, then: str) -> tuple[RecordState, RecordState]:
        if self.once(facts.alias, then) is RecordState.WRONG:
            return RecordState.WRONG, RecordState.WRONG
        return self.once(facts.mx, then), self.once(facts.spf, "")

    def spare(self, records: RegionRecords) -> None:
        """Judge further MAIL FROM names by the same rules, as what no mail depends on today."""
        before = len(self.findings.items)
        for facts in records.spare:
            self._name(facts, "")
        self.findings.items[before:] = map(beside_mail, self.findings.items[before:])

    def published(self, records: RegionRecords) -> RecordState:
        """Judge the records that no other rules judge."""
        if records.published is None:
            return RecordState.UNKNOWN
        return worst_state(*(self.once(facts, "") for facts in records.published))

    def once(self, facts: RecordFacts, then: str) -> RecordState:
        """Judge a record at its first region; it is the same at the others."""
        if id(facts) not in self.judged:
            self.judged[id(facts)] = self.findings.judge_record(facts, then)
        return self.judged[id(facts)]


def judge_dmarc(findings: Findings, policies: Sequence[DmarcFacts]) -> dict[str, RecordState]:
    """
    Judge the DMARC policies of all domains: what stands at one name is reported once, whatever it governs.

    Returns:
        Domain to the state of its policy.
    """
    broken: set[str] = set()
    for subject in _group_by_name(policies):
        found = findings.judge_first(subject)
        if found is not None and found.severity is Severity.ERROR:
            broken.add(subject.name)
    states = {facts.domain: _judge_policy(findings, facts, broken) for facts in policies}
    explained = {domain for domain, state in states.items() if state is RecordState.WRONG}
    missing = [
        facts
        for facts in policies
        if states[facts.domain] is None
        and (facts.has_own or longest_containing(facts.domain, dict.fromkeys(explained)) is None)
    ]
    for lacking in _missing_policies(missing):
        findings.judge_first(lacking)
    _judge_reports(findings, policies)
    return {domain: state or RecordState.WRONG for domain, state in states.items()}


def _judge_policy(findings: Findings, facts: DmarcFacts, broken: set[str]) -> RecordState | None:
    """Judge the policy of a domain; None if there is none, and nothing yet says why."""
    step, state = open_step(facts.steps), RecordState.UNKNOWN
    if step and isinstance(step.answer, Unanswered):
        question = UnansweredName(facts.domain, None, step.name, "TXT", step.answer)
        state = findings.report_unanswered(question, facts.zone)
    if any(step.name in broken for step in facts.steps):
        return RecordState.WRONG
    if step:
        return state
    if policy_step(facts.steps):
        return RecordState.RIGHT
    if facts.cut:
        findings.report_cut(DelegatedName(facts.domain, *facts.cut, DMARC, findings.environment))
        return RecordState.WRONG
    return RecordState.WRONG if findings.judge_first(facts) else None


def _missing_policies(missing: Sequence[DmarcFacts]) -> list[MissingPolicy]:
    """
    Group the domains without a policy by the record that they lack, so that each is reported once.

    A domain for which the file has a record lacks its own. Any other lacks that of the listed domain above it, or, if
    several lack the one of their organisational domain and that is their zone, that one.
    """
    known = {facts.domain: facts for facts in missing}
    lacking: dict[str, list[DmarcFacts]] = {}
    for facts in missing:
        lacking.setdefault(_top(facts, known).domain, []).append(facts)
    beside: dict[str, list[str]] = {}
    for top in lacking:
        if not known[top].has_own:
            beside.setdefault(public_suffixes(top).privatesuffix(top) or top, []).append(top)
    for above, tops in beside.items():
        if len(tops) > 1 and all(known[top].zone == above for top in tops):
            lacking[above] = [facts for top in tops for facts in lacking.pop(top)]
    return [
        MissingPolicy(
            domain=where if where in known else shortest(governed),
            name=dmarc_name(where),
            wanted=known[where].wanted if where in known else None,
            deployed_by=known[where].deployed_by if where in known else None,
            governed=tuple(facts.domain for facts in governed),
            alias=governed[0].dangling_aliases.get(where),
            wanted_alias=known[where].alias if where in known else "",
        )
        for where, governed in lacking.items()
    ]


def _top(facts: DmarcFacts, missing: Mapping[str, DmarcFacts]) -> DmarcFacts:
    """Return the topmost domain whose record would govern a domain."""
    above = longest_containing(facts.domain.partition(".")[2], missing)
    return facts if facts.has_own or above is None else _top(missing[above], missing)


def _group_by_name(policies: Sequence[DmarcFacts]) -> list[DmarcSubject]:
    governed: dict[str, list[DmarcFacts]] = {}
    in_force: dict[str, list[DmarcFacts]] = {}
    steps = {}
    for facts in policies:
        for step in facts.steps:
            steps[step.name] = step
            governed.setdefault(step.name, []).append(facts)
        if found := policy_step(facts.steps):
            in_force.setdefault(found.name, []).append(facts)
    listed = tuple(facts.domain for facts in policies if facts.sends)
    return [
        DmarcSubject(
            domain=shortest(in_force.get(name) or met),
            step=steps[name],
            governed=tuple(met),
            in_force=tuple(in_force.get(name, ())),
            listed=listed,
        )
        for name, met in governed.items()
    ]


def _judge_reports(findings: Findings, policies: Sequence[DmarcFacts]) -> None:
    by_name: dict[str, tuple[ReportFacts, list[DmarcFacts]]] = {}
    for facts in policies:
        for report in facts.reports:
            by_name.setdefault(report.name, (report, []))[1].append(facts)
    for report, governed in by_name.values():
        domain = shortest(governed)
        if question := _open_report(domain, report):
            findings.report_unanswered(question, "")
        else:
            findings.judge_first(ReportSubject(domain, report))


def _open_report(domain: str, report: ReportFacts) -> UnansweredName | None:
    """Return the name without an answer that leaves open whether a host has to agree, and has."""
    if report.same_organisation is True or agrees(report.answer):
        return None
    name, answer = report.name, report.answer
    if isinstance(report.same_organisation, DmarcStep):
        name, answer = report.same_organisation.name, report.same_organisation.answer
    return UnansweredName(domain, None, name, "TXT", answer) if isinstance(answer, Unanswered) else None
