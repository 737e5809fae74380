"""Records that hosted zones have before a deployment writes into them: whose they are, and the room beside them."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mailproof.check.drift import DriftReport
from mailproof.check.preflight.dns import DnsView
from mailproof.check.preflight.drift import held_records
from mailproof.check.preflight.identity import read_identity
from mailproof.check.preflight.inspection import Inspection
from mailproof.check.preflight.stack import OtherStacks
from mailproof.check.preflight.subjects import RecordThere, ZoneQuota
from mailproof.check.subjects import DelegatedName
from mailproof.live.answer import Absent, NotFound, Unanswered
from mailproof.live.aws.pooled import Route53Reader
from mailproof.live.aws.route53 import BARRING_TYPES, RecordSet, RecordSets
from mailproof.live.aws.ses_facts import IdentityFacts
from mailproof.live.zone_facts import ZoneFacts
from mailproof.model.command_lines import move_command
from mailproof.model.dmarc import dropped_from
from mailproof.model.dns_record import DnsRecord, RecordType
from mailproof.model.domain import Zone
from mailproof.model.names import dkim_name, dkim_subdomain, host_name, is_within
from mailproof.model.record_kind import REVOKED_KEYS
from mailproof.model.stack_id import StackId
from mailproof.model.stack_item import UNKNOWN_DKIM


@dataclass(frozen=True, slots=True)
class _RecordSite:
    """A place where a record will be created."""

    stack: StackId
    domain: str
    record: DnsRecord

    @property
    def known_name(self) -> str:
        """The record's name; of a DKIM record, whose token SES chooses in the deployment, the name above it."""
        return dkim_subdomain(self.domain) if self.record.token_number else str(self.record.name)


@dataclass(frozen=True, slots=True)
class HostedZones:
    """
    The look into hosted zones.

    Attributes:
        inspection: The environment.
        dns: Looks at the keys of parked domains.
        stacks: May hold a record that the deployment would make.
        drift: Says what the stacks of the plan hold.
    """

    inspection: Inspection
    dns: DnsView
    stacks: OtherStacks
    drift: DriftReport

    async def look(self, route53: Route53Reader, zone_account: str | None) -> None:
        """Look at the zones of an account; None stands for the environment's own."""
        places: dict[Zone, list[_RecordSite]] = {}
        for found in self._sites(zone_account):
            places.setdefault(found.record.zone, []).append(found)
        await asyncio.gather(*(self._look_at_zone(route53, zone, found) for zone, found in places.items()))

    def _sites(self, zone_account: str | None) -> Iterable[_RecordSite]:
        """Yield where each record will be created; the names of DKIM records are not known before the deployment."""
        names = {domain.name for domain in self.inspection.domains}
        for plan in self.inspection.plans:
            for item in plan.record_sets:
                if item.zone_account == zone_account and item.domain.name in names:
                    for record in item.records(UNKNOWN_DKIM):
                        yield _RecordSite(plan.id, item.domain.name, record)

    async def _look_at_zone(self, route53: Route53Reader, zone: Zone, places: Sequence[_RecordSite]) -> None:
        sets, room = await asyncio.gather(route53.record_sets(zone.id or ""), route53.record_limit(zone.id or ""))
        if isinstance(sets, NotFound):
            if not self.inspection.is_judged(zone):  # whose name servers told nothing
                self.inspection.shared.judge_first(ZoneFacts(zone=zone, servers=Absent(), hosted_zone=sets))
            return
        self.inspection.report_unanswered(None, zone.name, "route53:ListResourceRecordSets", sets)
        self.inspection.report_unanswered(None, zone.name, "route53:GetHostedZoneLimit", room)
        if isinstance(sets, Unanswered):
            return
        self._look_at_delegations(zone, sets, places)
        await self._look_at_keys(sets, places)
        missing = [place for place in places if (str(place.record.name), place.record.type.value) not in sets]
        if isinstance(room, tuple):
            await self._look_at_room(zone, sets, missing, *room)
        for where in places:
            if where.record.token_number is None and (found := _find_obstacle(sets, where.record)):
                await self._look_at_owner(where, found)

    def _look_at_delegations(self, zone: Zone, sets: RecordSets, places: Sequence[_RecordSite]) -> None:
        """Report what the hosted zone delegates above a record that the deployment will write into it."""
        environment, shared = self.inspection.environment, self.inspection.shared
        cuts = sorted((name for name, kind in sets if kind == "NS" and name != zone.name), key=len)
        for place in places if cuts else ():
            if cut := next((cut for cut in cuts if is_within(place.known_name, cut)), None):
                servers = tuple(host_name(value) for found in sets[cut, "NS"] for value in found.values)
                shared.report_cut(DelegatedName(place.domain, cut, servers, place.record.kind, environment))

    async def _look_at_keys(self, sets: RecordSets, places: Sequence[_RecordSite]) -> None:
        """Look at the names below `_domainkey` that a hosted zone has of parked domains, beside the wildcard."""
        parked = [place for place in places if place.record.kind is REVOKED_KEYS]
        names = dict.fromkeys(name for name, rdtype in sets if rdtype in {"CNAME", "TXT"}) if parked else {}
        for place in parked:
            subdomain = dkim_subdomain(place.domain)
            below = [name for name in names if name != place.record.name and is_within(name, subdomain)]
            domain = next(d for d in self.inspection.domains if d.name == place.domain)
            await self.dns.look_at_keys(domain, below)

    async def _look_at_room(
        self, zone: Zone, sets: RecordSets, missing: Sequence[_RecordSite], present: int, limit: int
    ) -> None:
        """Count what is new; SES is asked for the names of DKIM records only where they decide."""
        count = len(missing)
        if present + count > limit:
            dkim = [place for place in missing if place.record.token_number]
            sources = list(dict.fromkeys((str(place.record.region), place.domain) for place in dkim))
            identities = await asyncio.gather(*(read_identity(self.inspection, *source) for source in sources))
            if any(isinstance(identity, Unanswered) for identity in identities):
                return
            count -= sum(
                (dkim_name(token, domain), "CNAME") in sets
                for (_, domain), identity in zip(sources, identities, strict=True)
                if isinstance(identity, IdentityFacts)
                for token in identity.tokens
            )
        self.inspection.findings.judge_first(ZoneQuota(zone.name, present, count, limit))

    async def _look_at_owner(self, where: _RecordSite, found: tuple[RecordSet, ...]) -> None:
        environment, record, name = self.inspection.environment, where.record, str(where.record.name)
        key, holder, held = (name, found[0].type), "", held_records(self.drift, where.stack)
        if not isinstance(held, Unanswered) and not (isinstance(held, frozenset) and key in held):
            around = await self.stacks.survey(environment.account_of(where.stack))
            if self.stacks.report_elsewhere(around, lambda stack: key in stack.records):
                return
            holder = around.holders.get(key, "")
        self.inspection.findings.judge_first(
            RecordThere(
                domain=where.domain,
                region=record.region,
                name=name,
                type=record.type.value,
                found=f"{found[0].type} {', '.join(record_set.shown for record_set in found)}",
                found_type=found[0].type,
                extras=found[0].extras,
                ours=where.stack.stack_name,
                held=held,
                holder=holder,
                is_pending=record.zone.is_pending,
                move=move_command(environment, self.inspection.given),
                dropped=tuple(dropped_from(name, found[0].values, list(map(str, record.values)))),
                kind=record.kind,
            )
        )


def _find_obstacle(sets: RecordSets, record: DnsRecord) -> tuple[RecordSet, ...]:
    """Return what is in the way of a record: the same record set, or a CNAME; empty if nothing is."""
    name = str(record.name)
    if record.type is RecordType.CNAME:  # nothing may stand beside it: the text of a key or a policy, a web server
        return next((sets[name, there] for there in ("CNAME", *BARRING_TYPES) if (name, there) in sets), ())
    return sets.get((name, record.type.value)) or sets.get((name, "CNAME"), ())
