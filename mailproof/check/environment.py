"""Check one environment: zones and SES first, then every record they do not already explain."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from mailproof.check.addresses import addresses_to_ask, judge_declared, judge_undeclared
from mailproof.check.checked import checked_account, checked_zone, key_bits
from mailproof.check.dmarc_policy import CheckedPolicy, read_checked_policy
from mailproof.check.finding import (
    CheckedAccount,
    CheckedDomain,
    CheckedIdentity,
    CheckedZone,
    Finding,
    missing_words,
    worst_first,
)
from mailproof.check.judging import Findings, RecordState, worst_state
from mailproof.check.precedence import identity_at, judge_dmarc, judge_domain, judge_parked, judge_region, judge_zones
from mailproof.check.selection import Selection
from mailproof.check.server_comparison import Judged, ServerComparison, States
from mailproof.check.subjects import SesAccount
from mailproof.live.answer import NotFound, Unanswered
from mailproof.live.authority import Authority, ServerView
from mailproof.live.aws.pooled import Route53Reader, SesReader
from mailproof.live.aws.ses_facts import IdentityFacts, RegionFacts
from mailproof.live.domain_facts import DomainFacts, read_domain, unread_domain
from mailproof.live.elsewhere import look_at
from mailproof.live.mta_sts_reader import MtaStsFacts, read_mta_sts
from mailproof.live.resolver import Lookup, Resolver
from mailproof.live.suppressed_zones import SuppressingLookup
from mailproof.live.zone_facts import ZoneFacts
from mailproof.live.zone_reader import read_zone
from mailproof.model.domain import Place, SendingDomain
from mailproof.model.environment import Environment

MISSING = "MISSING"
UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Sources:
    """
    Whom to ask.

    Attributes:
        lookup: DNS.
        ses: Makes the reader of a region.
        route53: Of the environment's account; None if it cannot be asked.
        refusal: Why SES is not asked at all: the credentials belong to another account.
        account: That the credentials belong to; empty if STS was not asked, since the clients are the caller's own.
        authority: Asks each of the zones' own servers, and those of the zones above; None if only `lookup` is to be
            asked.
        zones: Of all files, one of which may stand behind a name by mistake; empty takes those of the environment.
    """

    lookup: Resolver
    ses: Callable[[str], SesReader]
    route53: Route53Reader | None
    refusal: Unanswered | None = None
    account: str | Unanswered = ""
    authority: Authority | None = None
    zones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EnvironmentResult:
    """
    What the check of one environment found.

    Attributes:
        identities: In the order of the file.
        findings: Worst first.
        domains: Those without an identity, in the order of the file.
        policies: The DMARC policies in force, in the order of the file.
        accounts: One a region.
        zones: In the order of the file.
    """

    identities: list[CheckedIdentity]
    findings: list[Finding]
    domains: list[CheckedDomain] = field(default_factory=list)
    policies: list[CheckedPolicy] = field(default_factory=list)
    accounts: list[CheckedAccount] = field(default_factory=list)
    zones: list[CheckedZone] = field(default_factory=list)


class EnvironmentCheck:
    """
    The check of one environment.

    Args:
        environment: The environment.
        sources: Whom to ask.
        selection: The part to look at.
    """

    def __init__(self, environment: Environment, sources: Sources, selection: Selection | None = None) -> None:
        self.environment = environment
        self.sources = sources
        self.selection = selection or Selection()
        self.domains = self.selection.domains_of(environment)
        self.findings = Findings(environment)
        self._readers: dict[str, SesReader] = {}

    async def run(self) -> EnvironmentResult:
        """Ask, then judge; what is found by facts of an earlier check is judged by new ones."""
        zones, regions = await asyncio.gather(self._read_zones(), self._read_regions())
        while True:
            result = await self._judge_all(zones, regions)
            doubtful = find_doubtful(result)
            again = {region: names for region, facts in regions.items() if (names := facts.kept & doubtful[region])}
            if not again:
                break
            read = (self._readers[region].ask_for(regions[region], sorted(names)) for region, names in again.items())
            regions |= zip(again, await asyncio.gather(*read), strict=True)
        for region, reader in self._readers.items():
            reader.settle(regions[region].identities, doubtful[region])
        return result

    async def _judge_all(self, zones: Sequence[ZoneFacts], regions: Mapping[str, RegionFacts]) -> EnvironmentResult:
        self.findings = Findings(self.environment)
        answers = [answer for found in regions.values() for answer in found.identities.values()]
        if not all(isinstance(answer, Unanswered) for answer in answers):
            self.findings.judge_first(SesAccount(self.environment.account, self.sources.account))
        suppressed = judge_zones(self.findings, zones, self._given_up(regions))
        for region, found in regions.items():
            judge_region(self.findings, region, found)
            judge_parked(self.findings, region, found.names, self.domains)
            judge_undeclared(self.findings, region, found, self._domains_in(region))
            judge_declared(self.findings, region, found, self._domains_in(region))
        for policy in await self._read_policies(suppressed):
            self.findings.judge_first(policy)
        facts = await self._read_domains(self.sources.lookup, self.domains, regions, suppressed)
        first = self._judge(regions, facts)
        if self.sources.authority is None:
            self.findings.items += first.findings
            states = first.states
        else:
            await self.sources.authority.open(found for found in zones if found.zone.name not in suppressed)
            states = await self._read_authoritative(self.sources.authority, first, regions, facts, suppressed)
        rows = [
            self._row(domain, region, regions[region], state)
            for domain in self.domains
            for region, state in states[domain.name].items()
            if region in domain.identity_regions
        ]
        others = [self._other_row(d, states[d.name]) for d in self.domains if not d.identity_regions]
        policies = await asyncio.gather(*map(partial(self._read_dmarc_policy, suppressed), self.domains))
        return EnvironmentResult(
            rows,
            worst_first(self.findings.items),
            others,
            policies,
            [checked_account(self.environment, region, found) for region, found in regions.items()],
            [checked_zone(self.environment.name, found) for found in zones],
        )

    def _judge(self, regions: Mapping[str, RegionFacts], facts: Mapping[str, DomainFacts]) -> Judged:
        """Judge all domains by what one source answered."""
        findings = Findings(self.environment)
        states = {d.name: judge_domain(findings, d, regions, facts[d.name]) for d in self.domains}
        policies = judge_dmarc(findings, [found.dmarc for found in facts.values() if found.dmarc])
        return Judged(
            findings.items,
            {
                name: {
                    region: worst_state(state, policies.get(name, RecordState.UNKNOWN))
                    for region, state in by_region.items()
                }
                for name, by_region in states.items()
            },
        )

    async def _read_authoritative(
        self,
        authority: Authority,
        first: Judged,
        regions: Mapping[str, RegionFacts],
        facts: Mapping[str, DomainFacts],
        suppressed: frozenset[str],
    ) -> States:
        """Ask each server of the zones the same, and report what remains."""

        async def judge(view: ServerView) -> Judged:
            domains = [domain for domain in self.domains if view.host_of(domain.zone.name)]
            seen = await self._read_domains(view, domains, regions, suppressed)
            return self._judge(regions, {**facts, **seen})

        views = authority.views()
        judged = dict(zip(views, await asyncio.gather(*map(judge, views)), strict=True))
        beside = {
            name for d in self.domains if d.mail_from for region in d.regions for name in d.mail_from.names(region)[1:]
        }
        look = ServerComparison(self.findings, first, judged, authority.silent, self.sources.lookup, beside=beside)
        return await look.report({domain.name: domain.zone.name for domain in self.domains})

    async def _read_zones(self) -> list[ZoneFacts]:
        zones = [self.environment.zones[name] for name in self.selection.zones_of(self.environment)]
        return list(
            await asyncio.gather(
                *(read_zone(self.sources.lookup, self.sources.route53, zone, self.sources.authority) for zone in zones)
            )
        )

    async def _read_policies(self, suppressed: frozenset[str]) -> list[MtaStsFacts]:
        wanted = [(d.name, d.mta_sts) for d in self.domains if d.mta_sts and d.zone.name not in suppressed]
        return list(await asyncio.gather(*(read_mta_sts(self.sources.lookup, *each) for each in wanted)))

    async def _read_regions(self) -> dict[str, RegionFacts]:
        names = dict.fromkeys(r for domain in self.domains for r in self.selection.identity_regions_of(domain))
        read = await asyncio.gather(*map(self._read_region, names))
        return dict(zip(names, read, strict=True))

    async def _read_region(self, region: str) -> RegionFacts:
        domains = self._domains_in(region)
        if self.sources.refusal is not None:
            refusal = self.sources.refusal
            return RegionFacts(refusal, refusal, dict.fromkeys(domains, refusal), {})
        reader = self._readers[region] = self.sources.ses(region)
        facts = await reader.read(domains)
        return await reader.ask_addresses(facts, addresses_to_ask(self.environment, region, facts, domains))

    def _domains_in(self, region: str) -> list[str]:
        return [domain.name for domain in self.domains if region in self.selection.identity_regions_of(domain)]

    def _given_up(self, regions: Mapping[str, RegionFacts]) -> frozenset[str]:
        zones = {domain.name: domain.zone.name for domain in self.domains}
        return frozenset(
            zones[name]
            for facts in regions.values()
            for name, identity in facts.identities.items()
            if isinstance(identity, IdentityFacts) and "FAILED" in {identity.dkim_status, identity.mail_from_status}
        )

    async def _read_domains(
        self,
        source: Lookup,
        domains: Sequence[SendingDomain],
        regions: Mapping[str, RegionFacts],
        suppressed: frozenset[str],
    ) -> dict[str, DomainFacts]:
        lookup = self._suppressing(source, suppressed)
        zones = self.sources.zones or tuple(self.environment.zones)

        async def read(domain: SendingDomain) -> DomainFacts:
            identities = {place: identity_at(domain, place, regions) for place in self.selection.places_of(domain)}
            if domain.zone.name in suppressed:
                return unread_domain(identities)
            return await read_domain(look_at(lookup, domain, zones, self.environment), identities)

        read_all = await asyncio.gather(*map(read, domains))
        return {domain.name: found for domain, found in zip(domains, read_all, strict=True)}

    def _suppressing(self, source: Lookup, suppressed: frozenset[str]) -> Lookup:
        return SuppressingLookup(source, frozenset(self.environment.zones), suppressed)

    async def _read_dmarc_policy(self, suppressed: frozenset[str], domain: SendingDomain) -> CheckedPolicy:
        """Return the policy in force; what was asked for the check already is not asked again."""
        lookup = self._suppressing(self.sources.lookup, suppressed)
        return await read_checked_policy(lookup, self.environment.name, domain.name)

    def _other_row(self, domain: SendingDomain, states: Mapping[Place, RecordState]) -> CheckedDomain:
        source = self.environment.sources[domain.name]
        return CheckedDomain(
            environment=self.environment.name,
            domain=domain.name,
            kind="parked" if domain.parking else "elsewhere",
            records=worst_state(*states.values()).value,
            path=source.path,
            line=source.line,
        )

    def _row(self, domain: SendingDomain, region: str, found: RegionFacts, records: RecordState) -> CheckedIdentity:
        source, identity = self.environment.sources[domain.name], found.identities[domain.name]
        asked_at = found.asked_at.get(domain.name)
        missing = MISSING if isinstance(identity, NotFound) else UNKNOWN
        facts = identity if isinstance(identity, IdentityFacts) else None
        return CheckedIdentity(
            environment=self.environment.name,
            account=self.environment.account,
            domain=domain.name,
            region=region,
            identity=facts.verification_status if facts else missing,
            dkim=facts.dkim_status if facts else missing,
            mail_from=(facts.mail_from_status or MISSING if facts else missing) if domain.mail_from else None,
            records=records.value,
            path=source.path,
            line=source.line,
            asked_at=asked_at.isoformat(timespec="seconds") if asked_at else None,
            key_bits=key_bits(facts),
            mail_from_domain=domain.mail_from.names(region)[0] if domain.mail_from else None,
        )


def find_doubtful(result: EnvironmentResult) -> defaultdict[str, set[str]]:
    """Return, by region, the domains that are not verified with right records, or that something was found about."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for row in result.identities:
        if missing_words(row):
            found[row.region].add(row.domain)
    for finding in result.findings:
        if finding.domain and finding.region:
            found[finding.region].add(finding.domain)
    return found
