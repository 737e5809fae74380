"""Read and judge what would block a deployment, environment by environment."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial

from mailproof.check.addresses import judge_undeclared
from mailproof.check.drift import DriftReport, RecordDrift, Unfinished
from mailproof.check.drift_search import find_drift
from mailproof.check.environment import EnvironmentResult
from mailproof.check.finding import CheckReport, Finding, worst_first
from mailproof.check.judging import Findings
from mailproof.check.orphaned_stacks import (
    OrphanedStack,
    OrphanedStacks,
    find_in_account,
    find_in_zone_account,
    holding,
    together,
)
from mailproof.check.precedence import judge_parked, judge_region, judge_zones
from mailproof.check.preflight.catalogue import PREFLIGHT
from mailproof.check.preflight.dns_view import DnsView
from mailproof.check.preflight.rules.record import record_there
from mailproof.check.preflight.subjects import (
    AwsUnavailable,
    BootstrapThere,
    Caller,
    ClosedAccount,
    ClosedRegion,
    Drifted,
    IdentityQuota,
    IdentityThere,
    OwnKeySecret,
    RecordThere,
    RegionsUnasked,
    ReplicaMissing,
    StackElsewhere,
    StackLeft,
    ZoneQuota,
)
from mailproof.check.rules.parked import parked_domain_in_use
from mailproof.check.run import CheckOptions, merge_outcomes, now, run_in_pool
from mailproof.check.subjects import DelegatedName
from mailproof.live.answer import Absent, AwsAnswer, NotFound, Unanswered
from mailproof.live.asking import asking
from mailproof.live.aws.clients import Clients, Target, fetch_account, refuse_other_account
from mailproof.live.aws.pooled import PooledService, Route53Reader, SesReader, StackReader
from mailproof.live.aws.remedies import NOT_ENABLED
from mailproof.live.aws.route53 import BARRING_TYPES, RecordSet, RecordSets
from mailproof.live.aws.secrets import has_version
from mailproof.live.aws.ses import ListedRegion, fetch_identity
from mailproof.live.aws.ses_facts import IdentityFacts, RegionFacts
from mailproof.live.aws.session import AssumedSession, AwsSession
from mailproof.live.resolver import Resolver
from mailproof.live.zone_facts import ZoneFacts
from mailproof.live.zone_reader import read_zone
from mailproof.model.command_lines import (
    adopt_command,
    move_command,
    new_key_command,
    repair_command,
    replicate_command,
)
from mailproof.model.dmarc import dropped_from
from mailproof.model.dns_record import DnsRecord, RecordType
from mailproof.model.domain import Zone
from mailproof.model.environment import Environment
from mailproof.model.names import host_name, is_within
from mailproof.model.placement import plan_stacks
from mailproof.model.record_kind import REVOKED_KEYS
from mailproof.model.stack_id import StackId
from mailproof.model.stack_item import UNKNOWN_DKIM
from mailproof.template.bootstrap import Bootstraps
from mailproof.template.contents import RecordKey, record_keys
from mailproof.template.stack_handles import stack_handles

BY_DEFAULT = Bootstraps()


def preflight(
    environments: Sequence[Environment],
    options: CheckOptions,
    everything: Sequence[Environment] = (),
    bootstraps: Bootstraps = BY_DEFAULT,
    *,
    is_compared: bool = False,
) -> CheckReport:
    """
    Look at everything that a deploy needs. Reads only.

    Args:
        environments: To look at.
        options: What to look at.
        everything: All environments of the folder: stacks of none of them have lost their file.
        bootstraps: What the app deploys through.
        is_compared: Whether drift was looked for just now.

    Returns:
        Findings, no identities: none has to exist yet.
    """

    async def work(pool: Executor) -> CheckReport:
        started = now()
        with asking(options.resolver, options.budget) as (resolver, _):
            outcomes = [
                await Preflight(
                    environment,
                    AwsSession(options.profile_of(environment.name)),
                    resolver,
                    options,
                    pool,
                    everything=everything or environments,
                    bootstraps=bootstraps,
                    is_compared=is_compared,
                    is_first=environment.account not in {one.account for one in environments[:number]},
                ).run()
                for number, environment in enumerate(environments)
            ]
        return merge_outcomes(started, outcomes)

    return run_in_pool(work)


@dataclass(frozen=True, slots=True)
class _RecordSite:
    """A place where a record will be created."""

    stack: StackId
    domain: str
    record: DnsRecord

    @property
    def known_name(self) -> str:
        """The record's name; of a DKIM record, whose token SES chooses in the deploy, the name above it."""
        return f"_domainkey.{self.domain}" if self.record.token_number else str(self.record.name)


class Preflight:
    """
    The look at one environment.

    Args:
        environment: The environment.
        session: Credentials of its account.
        resolver: DNS.
        options: What to look at.
        pool: Runs calls to AWS.
        everything: All environments of the folder.
        bootstraps: What the app deploys through.
        is_compared: Whether drift was looked for just now.
        is_first: Whether it is the first of its account that is looked at.
    """

    def __init__(  # noqa: PLR0913 -- what a look needs
        self,
        environment: Environment,
        session: AwsSession,
        resolver: Resolver,
        options: CheckOptions,
        pool: Executor,
        *,
        everything: Sequence[Environment] = (),
        bootstraps: Bootstraps = BY_DEFAULT,
        is_compared: bool = False,
        is_first: bool = True,
    ) -> None:
        self.environment = environment
        self.session = session
        self.resolver = resolver
        self.options = options
        self.pool = pool
        self.everything = everything or [environment]
        self.bootstraps = bootstraps
        self.is_compared = is_compared
        profile = options.profile_of(environment.name)
        self.given = ("--profile", profile) if profile else ()
        self.is_first = is_first
        self.sessions = {environment.account: session}
        self.surveys: dict[str, asyncio.Future[OrphanedStacks]] = {}
        self.drift = DriftReport()
        self.domains = options.selection.domains_of(environment)
        names = {domain.name for domain in self.domains}
        self.plans = [p for p in plan_stacks(environment) if names & {domain.name for domain in p.domains}]
        self.findings = Findings(environment, PREFLIGHT)
        self.shared = Findings(environment)  # judged by the rules of `check`
        self.dns = DnsView(resolver, self.findings, self.shared)

    async def run(self) -> EnvironmentResult:
        """Ask, then judge."""
        home = self.environment.regions[0]
        account = await asyncio.get_running_loop().run_in_executor(
            self.pool, fetch_account, lambda: self.session.client("sts", home)
        )
        self.findings.judge_first(Caller(self.environment.account, account))
        is_ours = refuse_other_account(account, self.environment.account) is None
        await self._look_at_dns(is_ours=is_ours)
        if is_ours:
            self._look_at_drift()
            await self._look_at_account()
            await asyncio.gather(*map(self._look_at_zone_account, self._zone_accounts()))
            await self._look_at_left_stacks()
        return EnvironmentResult([], worst_first(self._all_found()))

    def _all_found(self) -> list[Finding]:
        """Return what was found; of a parked domain in use, not how a record in its way is taken into the stack."""
        used = {found.domain for found in self.shared.items if found.rule == parked_domain_in_use.id}
        there = [found for found in self.findings.items if found.rule != record_there.id or found.domain not in used]
        return [*self.shared.items, *there]

    async def _look_at_dns(self, *, is_ours: bool) -> None:
        route53 = self._route53(self.session) if is_ours else None
        names = self.options.selection.zones_of(self.environment)
        zones = [self.environment.zones[name] for name in names]
        suppressed = await self._judge_zones(route53, zones)
        await self.dns.look([domain for domain in self.domains if domain.zone.name not in suppressed])

    async def _judge_zones(self, route53: Route53Reader | None, zones: Iterable[Zone]) -> frozenset[str]:
        """Judge zones as the check does; return those whose records are not to be judged."""
        facts = await asyncio.gather(*(read_zone(self.resolver, route53, zone) for zone in zones))
        return judge_zones(self.shared, facts)

    def _is_judged(self, zone: Zone) -> bool:
        """Tell whether something was found in how a zone is delegated."""
        return any((found.type, found.name) == (ZoneFacts.type, zone.name) for found in self.shared.items)

    async def _look_at_account(self) -> None:
        regions = list(dict.fromkeys(p.id.region for p in self.plans if p.id.zone_account is None))
        stacks = {region: StackReader(self.session, region, self.pool) for region in regions}
        await self._look_at_bootstrap(self.environment.account, stacks)
        await asyncio.gather(*(self._look_at_region(region, stacks) for region in self._regions_to_ask()))
        await self._look_at_records(self._route53(self.session), None)

    async def _look_at_bootstrap(self, account: str, stacks: dict[str, StackReader]) -> None:
        wanted = {region: self.bootstraps.of(account, region) for region in stacks}
        asked = {region: bootstrap for region, bootstrap in wanted.items() if bootstrap.parameter}
        versions = await asyncio.gather(
            *(stacks[region].bootstrap_version(str(bootstrap.parameter)) for region, bootstrap in asked.items())
        )
        for bootstrap, version in zip(asked.values(), versions, strict=True):
            self.findings.judge_first(BootstrapThere(bootstrap, version, self.environment.account))

    def _look_at_drift(self) -> None:
        """Compare what is deployed with what there is."""
        handles = {stack.path: stack for stack in stack_handles(self.environment, self.bootstraps)}
        chosen = [handles[plan.id.path] for plan in self.plans]
        names, regions = {domain.name for domain in self.domains}, self._sending_regions()
        looked_at = [plan for plan in self.plans if plan.id.region in regions or not plan.identities]
        # In this thread, to which the state file belongs; nothing else goes on meanwhile.
        self.drift = find_drift(
            self.environment,
            chosen,
            Clients(self.session),
            self.options.kept,
            compared=() if self.is_compared else {plan.id.path for plan in looked_at},
        )
        names |= {address.name for domain in self.domains for address in domain.addresses}
        for drift in self.drift.drifts:
            is_chosen = drift.domain in names and (drift.stack.region in regions or isinstance(drift, RecordDrift))
            if is_chosen or isinstance(drift, Unfinished):
                self.findings.judge_first(Drifted(drift, repair_command(self.environment, self.given)))
        zones = {zone.id: zone.name for zone in self.environment.zones.values()}
        for unasked in self.drift.unanswered:
            if unasked.stack.account == self.environment.account:  # another one that is closed is reported as such
                zone = zones.get(unasked.subject)
                self._report_unanswered(None if zone else unasked.stack.region, zone, unasked.operation, unasked.why)

    def _held(self, stack: StackId) -> AwsAnswer[frozenset[RecordKey]]:
        """Return the record sets that a stack holds, but those whose names only CloudFormation knows."""
        for found in self.drift.stacks:
            if found.path == stack.path:
                return frozenset(record_keys(found.template))
        unread = (asked.why for asked in self.drift.unanswered if asked.stack.path == stack.path and not asked.subject)
        return next(unread, NotFound())

    def _sending_regions(self) -> list[str]:
        selected = self.options.selection.identity_regions_of
        return list(dict.fromkeys(region for domain in self.domains for region in selected(domain)))

    def _regions_to_ask(self) -> list[str]:
        """Return those whose SES is asked: of what is deployed, and all of the file where a domain is parked."""
        parked = [d for d in self.domains if d.parking]
        everywhere = (*self.environment.regions, *self.environment.all_regions()) if parked else ()
        return list(dict.fromkeys((*self._sending_regions(), *everywhere)))

    async def _look_at_region(self, region: str, stacks: dict[str, StackReader]) -> None:
        account, listed = await SesReader(lambda: self.session.client("sesv2", region), self.pool).inventory()
        for answer in (account, listed):
            if isinstance(answer, Unanswered) and answer.reason in NOT_ENABLED:
                self.findings.judge_first(ClosedRegion(region, answer))
                return
        addresses = listed.addresses if isinstance(listed, ListedRegion) else listed
        facts = RegionFacts(account, addresses, {}, {})
        judge_region(self.shared, region, facts)
        judge_undeclared(self.shared, region, facts, [d.name for d in self.domains if region in d.identity_regions])
        if isinstance(listed, ListedRegion):
            judge_parked(self.shared, region, listed.identities, self.domains)
            await self._look_at_identities(region, listed.identities, stacks)
        await self._look_at_secrets(region)

    async def _look_at_secrets(self, region: str) -> None:
        """Look for the secrets of own keys that SES is to sign with."""
        secrets = PooledService(lambda: self.session.client("secretsmanager", region), self.pool)
        for domain in self.domains if region in self._sending_regions() else ():
            key = next((key for key in domain.signing.own_keys if region in key.regions), None)
            if key is None or not domain.signing.is_external:
                continue
            secret, version = key.secret_in(region), key.version
            answer = await secrets.ask(partial(has_version, secret=secret, version=version))
            if isinstance(answer, Unanswered):
                self._report_unanswered(region, None, "secretsmanager:ListSecretVersionIds", answer)
            command = new_key_command(self.environment.path, domain.name, self.given)
            self.findings.judge_first(OwnKeySecret(domain.name, region, secret, version, answer, command))

    async def _look_at_identities(
        self, region: str, present: Collection[str], stacks: Mapping[str, StackReader]
    ) -> None:
        wanted = {d.name: d for d in self.domains if region in self.options.selection.identity_regions_of(d)}
        ours = {name: plan.id.stack_name for plan in self.plans if plan.id.region == region for name in plan.identities}
        there = [name for name in wanted if name in present]
        owners = await asyncio.gather(*(stacks[region].owner_of(name) for name in there))
        move = move_command(self.environment, self.given)
        for name, owner in zip(there, owners, strict=True):
            self._report_unanswered(region, None, "cloudformation:DescribeStackResources", owner)
            facts = await self._read_identity(region, name) if isinstance(owner, NotFound) else None
            if isinstance(owner, str) and owner != ours[name]:
                around = await self._survey(self.environment.account)
                if self._report_elsewhere(around, lambda s: (s.region, s.stack_name) == (region, owner)):  # noqa: B023
                    continue
            domain = wanted[name]
            is_own, parent = domain.signing.is_external, domain.parent_of(region)
            self.findings.judge_first(IdentityThere(name, region, ours[name], owner, facts, move, is_own, parent))
        for domain in (domain for name, domain in wanted.items() if name not in present and domain.parent_of(region)):
            make = replicate_command(self.environment, domain.name, options=self.given)
            adopt = adopt_command(self.environment, self.given)
            self.findings.judge_first(ReplicaMissing(domain.name, region, domain.parent_of(region), make, adopt))
        if wanted:
            self.findings.judge_first(IdentityQuota(region, len(present), len(wanted) - len(there)))

    async def _read_identity(self, region: str, domain: str) -> AwsAnswer[IdentityFacts]:
        ses = SesReader(lambda: self.session.client("sesv2", region), self.pool)
        facts = await ses.ask(lambda client: fetch_identity(client, domain))
        self._report_unanswered(region, None, "ses:GetEmailIdentity", facts)
        return facts

    async def _look_at_records(self, route53: Route53Reader, zone_account: str | None) -> None:
        places: dict[Zone, list[_RecordSite]] = {}
        for found in self._slots(zone_account):
            places.setdefault(found.record.zone, []).append(found)
        await asyncio.gather(*(self._look_at_zone(route53, zone, found) for zone, found in places.items()))

    def _slots(self, zone_account: str | None) -> Iterable[_RecordSite]:
        """Yield where each record will be created; the names of DKIM records are not known before the deploy."""
        names = {domain.name for domain in self.domains}
        for plan in self.plans:
            for item in plan.record_sets:
                if item.zone_account == zone_account and item.domain.name in names:
                    for record in item.records(UNKNOWN_DKIM):
                        yield _RecordSite(plan.id, item.domain.name, record)

    async def _look_at_zone(self, route53: Route53Reader, zone: Zone, places: Sequence[_RecordSite]) -> None:
        sets, room = await asyncio.gather(route53.record_sets(zone.id or ""), route53.record_limit(zone.id or ""))
        if isinstance(sets, NotFound):
            if not self._is_judged(zone):  # whose name servers told nothing
                self.shared.judge_first(ZoneFacts(zone=zone, servers=Absent(), hosted_zone=sets))
            return
        self._report_unanswered(None, zone.name, "route53:ListResourceRecordSets", sets)
        self._report_unanswered(None, zone.name, "route53:GetHostedZoneLimit", room)
        if isinstance(sets, Unanswered):
            return
        self._look_at_delegations(zone, sets, places)
        await self._look_at_keys(sets, places)
        missing = [place for place in places if (str(place.record.name), place.record.type.value) not in sets]
        if isinstance(room, tuple):
            await self._look_at_room(zone, sets, missing, *room)
        there = {
            where: found
            for where in places
            if where.record.token_number is None and (found := _find_obstacle(sets, where.record))
        }
        for where, found in there.items():
            await self._look_at_owner(where, found, self._held(where.stack))

    def _look_at_delegations(self, zone: Zone, sets: RecordSets, places: Sequence[_RecordSite]) -> None:
        """Report what the hosted zone delegates above a record that the deploy will write into it."""
        cuts = sorted((name for name, kind in sets if kind == "NS" and name != zone.name), key=len)
        for place in places if cuts else ():
            if cut := next((cut for cut in cuts if is_within(place.known_name, cut)), None):
                servers = tuple(host_name(value) for found in sets[cut, "NS"] for value in found.values)
                self.shared.report_cut(DelegatedName(place.domain, cut, servers, place.record.kind, self.environment))

    async def _look_at_keys(self, sets: RecordSets, places: Sequence[_RecordSite]) -> None:
        """Look at the names below `_domainkey` that a hosted zone has of parked domains, beside the wildcard."""
        parked = [place for place in places if place.record.kind is REVOKED_KEYS]
        names = dict.fromkeys(name for name, rdtype in sets if rdtype in {"CNAME", "TXT"}) if parked else {}
        for place in parked:
            above = str(place.record.name).removeprefix("*.")
            below = [name for name in names if name != place.record.name and is_within(name, above)]
            domain = next(d for d in self.domains if d.name == place.domain)
            await self.dns.look_at_keys(domain, below)

    async def _look_at_room(
        self, zone: Zone, sets: RecordSets, missing: Sequence[_RecordSite], present: int, limit: int
    ) -> None:
        """Count what is new; SES is asked for the names of DKIM records only where they decide."""
        count = len(missing)
        if present + count > limit:
            dkim = [place for place in missing if place.record.token_number]
            sources = list(dict.fromkeys((str(place.record.region), place.domain) for place in dkim))
            identities = await asyncio.gather(*(self._read_identity(*source) for source in sources))
            if any(isinstance(identity, Unanswered) for identity in identities):
                return
            count -= sum(
                (f"{token}._domainkey.{domain}", "CNAME") in sets
                for (_, domain), identity in zip(sources, identities, strict=True)
                if isinstance(identity, IdentityFacts)
                for token in identity.tokens
            )
        self.findings.judge_first(ZoneQuota(zone.name, present, count, limit))

    async def _survey(self, account: str) -> OrphanedStacks:
        """Look, once per account and only where something is in the way, for the stacks of ours that hold it."""
        if account not in self.surveys:
            loop = asyncio.get_running_loop()
            clients, target = Clients(self.sessions[account]), Target(account, self.environment.regions[0])
            self.surveys[account] = loop.run_in_executor(self.pool, find_in_account, self.everything, clients, target)
        return await self.surveys[account]

    async def _look_at_left_stacks(self) -> None:
        """Report stacks in which no file has anything; a rollout has looked for them itself."""
        if self.is_compared or not self.options.selection.is_everything:
            return
        home, *others = [await self._survey(account) for account in list(self.sessions)]
        known = {one.deployed_name for one in self.everything}
        found = [*home.found, *(stack for other in others for stack in other.left_by(self.environment))]
        for account in sorted(home.readers.get(self.environment.deployed_name, frozenset()) - self.sessions.keys()):
            clients, own = Clients(self.session), [self.environment]
            there = await asyncio.get_running_loop().run_in_executor(
                self.pool, find_in_zone_account, self.everything, own, clients, account, self.bootstraps
            )
            found += there.left_by(self.environment)
            self._report_unasked(there.unanswered)
        for stack in found:
            is_own = stack.environment == self.environment.deployed_name
            is_strange = self.is_first and stack.environment not in known
            if stack.is_whole and not stack.wanted and (is_own or is_strange):
                self.findings.judge_first(StackLeft(stack.region, stack.stack_name, stack.holds, stack.todo))
        for survey in (home, *others):
            self._report_unasked([f"could not ask CloudFormation{line}" for line in survey.unanswered])

    def _report_unasked(self, lines: Sequence[str]) -> None:
        """Report in one finding where nobody could look for stacks."""
        if lines:
            more = f"; nor in {len(lines) - 1} more regions" if len(lines) > 1 else ""
            self.findings.judge_first(RegionsUnasked(f"{lines[0]}{more}"))

    def _report_elsewhere(self, around: OrphanedStacks, is_holder: Callable[[OrphanedStack], bool]) -> bool:
        """Report the stacks that hold what the deploy would make, once for each thing to write; tell if one does."""
        for stacks in together(around.in_the_way_of(self.environment)):
            if any(map(is_holder, stacks)):
                if stacks[0].todo not in self.findings.reported_names:
                    self.findings.reported_names.add(stacks[0].todo)
                    self.findings.judge_first(StackElsewhere(stacks[0].stack_name, holding(stacks), stacks[0].todo))
                return True
        return False

    async def _look_at_owner(
        self, where: _RecordSite, found: tuple[RecordSet, ...], held: AwsAnswer[frozenset[RecordKey]]
    ) -> None:
        key, holder = (str(where.record.name), found[0].type), ""
        if not isinstance(held, Unanswered) and not (isinstance(held, frozenset) and key in held):
            around = await self._survey(where.stack.zone_account or self.environment.account)
            if self._report_elsewhere(around, lambda stack: key in stack.records):
                return
            holder = around.holders.get(key, "")
        self.findings.judge_first(
            RecordThere(
                domain=where.domain,
                region=where.record.region,
                name=str(where.record.name),
                type=where.record.type.value,
                found=f"{found[0].type} {', '.join(record_set.shown for record_set in found)}",
                found_type=found[0].type,
                extras=found[0].extras,
                ours=where.stack.stack_name,
                held=held,
                holder=holder,
                is_pending=where.record.zone.is_pending,
                move=move_command(self.environment, self.given),
                dropped=tuple(
                    dropped_from(str(where.record.name), found[0].values, list(map(str, where.record.values)))
                ),
                is_known=where.record.kind.target is None,
            )
        )

    def _zone_accounts(self) -> list[str]:
        return list(dict.fromkeys(p.id.zone_account for p in self.plans if p.id.zone_account))

    async def _look_at_zone_account(self, account: str) -> None:
        """Look with the CDK's lookup role into an account that owns zones."""
        regions = list(dict.fromkeys(p.id.region for p in self.plans if p.id.zone_account == account))
        bootstrap = self.bootstraps.of(account, regions[0])
        role = bootstrap.lookup_role
        session = AssumedSession(self.session, role, regions[0]) if role else self.session
        found = await asyncio.get_running_loop().run_in_executor(
            self.pool, fetch_account, lambda: session.client("sts", regions[0])
        )
        # A role's account is the one in its ARN.
        why = found if isinstance(found, Unanswered) else None if role else refuse_other_account(found, account)
        if why:
            self.findings.judge_first(ClosedAccount(bootstrap, why, self.environment.account))
            return
        self.sessions[account] = session
        stacks = {region: StackReader(session, region, self.pool) for region in regions}
        await self._look_at_bootstrap(account, stacks)
        zones = [zone for zone in self.environment.zones.values() if zone.account == account]
        # Read by its own account, a hosted zone is judged like one of the environment's.
        own = [replace(zone, account=None) for zone in zones if not self._is_judged(zone)]
        await self._judge_zones(self._route53(session), own)
        await self._look_at_records(self._route53(session), account)

    def _route53(self, session: AwsSession) -> Route53Reader:
        home = self.environment.regions[0]
        return Route53Reader(lambda: session.client("route53", home), self.pool)

    def _report_unanswered(self, region: str | None, name: str | None, what: str, answer: object) -> None:
        """Report a call without an answer once per region or zone."""
        if not isinstance(answer, Unanswered):
            return
        key = f"{region} {name} {what}"
        if key not in self.findings.reported_names:
            self.findings.reported_names.add(key)
            self.findings.judge_first(AwsUnavailable(region, name, what, answer))


def _find_obstacle(sets: RecordSets, record: DnsRecord) -> tuple[RecordSet, ...]:
    """Return what is in the way of a record: the same record set, or a CNAME; empty if nothing is."""
    name = str(record.name)
    if record.type is RecordType.CNAME:  # nothing may stand beside it: the text of a key or a policy, a web server
        return next((sets[name, there] for there in ("CNAME", *BARRING_TYPES) if (name, there) in sets), ())
    return sets.get((name, record.type.value)) or sets.get((name, "CNAME"), ())
