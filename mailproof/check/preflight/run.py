"""Read and judge what would block a deployment, environment by environment."""

import asyncio
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import replace

from mailproof.check.environment import EnvironmentResult
from mailproof.check.finding import CheckReport, Finding, worst_first
from mailproof.check.precedence import judge_zones
from mailproof.check.preflight.account import look_at_bootstrap, open_zone_account
from mailproof.check.preflight.dns import DnsView
from mailproof.check.preflight.drift import look_at_drift
from mailproof.check.preflight.identity import look_at_identities
from mailproof.check.preflight.inspection import Inspection
from mailproof.check.preflight.record import HostedZones
from mailproof.check.preflight.rules.record import record_there
from mailproof.check.preflight.stack import OtherStacks
from mailproof.check.preflight.subjects import Caller
from mailproof.check.rules.parked import parked_domain_in_use
from mailproof.check.run import CheckOptions, merge_outcomes, now, run_in_pool
from mailproof.live.asking import asking
from mailproof.live.aws.pooled import Route53Reader
from mailproof.live.resolver import Resolver
from mailproof.live.zone_reader import read_zone
from mailproof.model.domain import Zone
from mailproof.model.environment import Environment
from mailproof.template.bootstrap import Bootstraps


def preflight(
    environments: Sequence[Environment],
    options: CheckOptions,
    everything: Sequence[Environment],
    bootstraps: Bootstraps,
    *,
    is_compared: bool = False,
) -> CheckReport:
    """
    Look at everything that a deployment needs. Reads only.

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
                await Preflight(Inspection(environment, options, bootstraps, pool), everything, resolver).run(
                    is_compared=is_compared,
                    is_first=environment.account not in {one.account for one in environments[:number]},
                )
                for number, environment in enumerate(environments)
            ]
        return merge_outcomes(started, outcomes)

    return run_in_pool(work)


class Preflight:
    """
    The look at one environment.

    Args:
        inspection: The environment.
        everything: All environments of the folder.
        resolver: DNS.
    """

    def __init__(self, inspection: Inspection, everything: Sequence[Environment], resolver: Resolver) -> None:
        self.inspection = inspection
        self.resolver = resolver
        self.dns = DnsView(inspection, resolver)
        self.stacks = OtherStacks(inspection, everything, {inspection.account.id: inspection.account})

    async def run(self, *, is_compared: bool, is_first: bool) -> EnvironmentResult:
        """Ask, then judge; what was compared just now, stacks that are left included, is not looked for again."""
        look, account = self.inspection, self.inspection.account
        caller = await account.caller(account.home)
        look.findings.judge_first(Caller(account.id, caller))
        is_ours = caller == account.id
        await self._look_at_dns(is_ours=is_ours)
        if is_ours:
            drift = look_at_drift(look, is_compared=is_compared)
            zones = HostedZones(look, self.dns, self.stacks, drift)
            await look_at_bootstrap(look, account, look.stack_regions(None))
            await look_at_identities(look, self.stacks)
            await zones.look(account.route53(), None)
            others = dict.fromkeys(plan.id.zone_account for plan in look.plans if plan.id.zone_account)
            await asyncio.gather(*(self._look_at_zone_account(other, zones) for other in others))
            if look.options.selection.is_everything and not is_compared:
                await self.stacks.look_at_left(is_first=is_first)
        return EnvironmentResult([], worst_first(self._all_found()))

    def _all_found(self) -> list[Finding]:
        """Return what was found; of a parked domain in use, not how a record in its way is taken into the stack."""
        found, shared = self.inspection.findings.items, self.inspection.shared.items
        used = {one.domain for one in shared if one.rule == parked_domain_in_use.id}
        return [*shared, *(one for one in found if one.rule != record_there.id or one.domain not in used)]

    async def _look_at_dns(self, *, is_ours: bool) -> None:
        look = self.inspection
        zones = [look.environment.zones[name] for name in look.options.selection.zones_of(look.environment)]
        suppressed = await self._judge_zones(look.account.route53() if is_ours else None, zones)
        await self.dns.look([domain for domain in look.domains if domain.zone.name not in suppressed])

    async def _judge_zones(self, route53: Route53Reader | None, zones: Iterable[Zone]) -> frozenset[str]:
        """Judge zones as the check does; return those whose records are not to be judged."""
        facts = await asyncio.gather(*(read_zone(self.resolver, route53, zone) for zone in zones))
        return judge_zones(self.inspection.shared, facts)

    async def _look_at_zone_account(self, name: str, zones: HostedZones) -> None:
        """Look with the CDK's lookup role into an account that owns zones."""
        look = self.inspection
        account = await open_zone_account(look, name)
        if account is None:
            return
        self.stacks.accounts[name] = account
        await look_at_bootstrap(look, account, look.stack_regions(name))
        # Read by its own account, a hosted zone is judged like one of the environment's.
        theirs = [zone for zone in look.environment.zones.values() if zone.account == name]
        own = [replace(zone, account=None) for zone in theirs if not look.is_judged(zone)]
        await self._judge_zones(account.route53(), own)
        await zones.look(account.route53(), name)
