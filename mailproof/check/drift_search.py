"""Look for drift in the deployed stacks of an environment."""

from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, NamedTuple

from mailproof.check.drift import (
    NONE,
    Drift,
    DriftReport,
    IdentityChanged,
    IdentityGone,
    IdentityReplaced,
    RecordDrift,
    Unasked,
    Unfinished,
)
from mailproof.check.identity_settings import differences, settings_of
from mailproof.live.answer import AwsAnswer, NotFound, Unanswered
from mailproof.live.aws.api_gateway import fetch_domain_target
from mailproof.live.aws.clients import THREADS, Clients, Target, reading_target
from mailproof.live.aws.kept_facts import KeptFacts, KeptRegion
from mailproof.live.aws.live_resources import LiveResources
from mailproof.live.aws.made_names import fetch_made_names
from mailproof.live.aws.pooled import utc_now
from mailproof.live.aws.route53 import RecordSet, same_values
from mailproof.live.aws.ses import ListedRegion, list_region
from mailproof.live.aws.ses_facts import IdentityFacts
from mailproof.live.aws.stack_status import IN_FORCE
from mailproof.live.aws.stacks import DeployedStacks
from mailproof.model.dns_record import route53_values
from mailproof.model.environment import Environment
from mailproof.model.mta_sts import policy_host
from mailproof.model.names import DKIM_LABEL, fully_qualified
from mailproof.model.records import all_records
from mailproof.model.resources import address_id, build_address, build_identity, identity_id
from mailproof.template.cloud_assembly import SynthesisedStack
from mailproof.template.contents import RecordKey, Resource, identity_domain, live_resources
from mailproof.template.identities import identities_of
from mailproof.template.intrinsics import IntrinsicEvaluator, scope_of
from mailproof.template.records import TemplateRecord, template_records
from mailproof.template.repair_note import whole_template


def find_drift(
    environment: Environment,
    stacks: Iterable[SynthesisedStack],
    clients: Clients,
    kept: KeptFacts | None = None,
    *,
    compared: Collection[str] | None = None,
) -> DriftReport:
    """
    Compare what deployed stacks hold with what there is.

    What the file asks for no longer is left out: the next deployment takes it away. So is what there is as the file has
    it, though the stack does not yet: the next deployment brings the stack along.

    Args:
        environment: The environment of the stacks.
        stacks: With the roles that open their accounts; their own templates do not count.
        clients: Ask AWS.
        kept: What SES has said before; of that only what is verified and listed as it was is used.
        compared: Ids of the stacks to compare: of others the templates are read, and SES is not asked. None takes all.
    """
    return _Search(environment, clients, kept).run(list(stacks), compared)


class _Wanted(NamedTuple):
    """A record as the file has it."""

    domain: str
    values: tuple[str, ...]
    ttl_s: int


class _Known(NamedTuple):
    """What is kept of a region, and the names of what need not be asked for."""

    region: KeptRegion
    names: frozenset[str]


class _Holder(NamedTuple):
    """A stack that holds an identity."""

    stack: SynthesisedStack
    logical_id: str
    domain: str

    @property
    def place(self) -> tuple[str, str]:
        """Region and domain."""
        return self.stack.region, self.domain

    def replaced(self, *, has_live_group: bool) -> IdentityReplaced:
        """Say that the identity is another one."""
        return IdentityReplaced(
            stack=self.stack,
            logical_id=self.logical_id,
            domain=self.domain,
            expected="the DKIM records of an earlier one",
            observed="one recreated outside it, with other tokens",
            has_live_group=has_live_group,
        )


class _Search:
    """One look at the stacks of an environment."""

    def __init__(self, environment: Environment, clients: Clients, kept: KeptFacts | None) -> None:
        self._environment = environment
        self._clients = clients
        self._live = LiveResources(clients)
        self._kept = kept
        self._domains = {domain.name: domain for domain in environment.domains}
        self._identities = dict(_wanted_identities(environment))
        self._wanted = dict(_wanted_records(environment))
        self._drifts: list[Drift] = []
        self._unanswered: dict[tuple[str, ...], Unasked] = {}
        self._skipped: list[str] = []

    def run(self, stacks: Sequence[SynthesisedStack], compared: Collection[str] | None) -> DriftReport:
        """Read what is needed, then compare."""
        with ThreadPoolExecutor(THREADS) as pool:
            deployed = [found for found in pool.map(self._read, stacks) if found]
        chosen = [stack for stack in deployed if compared is None or stack.path in compared]
        identities = self._identities_of(chosen)
        known = self._read_identities(identities)
        self._read_zones(chosen)
        evaluator = IntrinsicEvaluator(deployed, self._environment.account, self._tokens)
        for stack in chosen:
            for logical_id, resource in identities_of(stack.template).items():
                self._compare_identity(stack, logical_id, resource)
            for record in template_records(scope_of(stack, stack.template), evaluator):
                self._compare_record(stack, record)
            self._look_for_note(stack)
        self._look_for_replaced(chosen, evaluator, known)
        drifted = {found.place for found in self._drifts if isinstance(found, IdentityChanged | IdentityReplaced)}
        for place, (region, _) in known.items():  # what has drifted is asked for at the next check
            region.doubt(name for name in identities[place] if (place.region, name) in drifted)
        return DriftReport(tuple(self._drifts), tuple(self._unanswered.values()), tuple(self._skipped), tuple(deployed))

    def _read(self, stack: SynthesisedStack) -> SynthesisedStack | None:
        """Return a stack with the template in force; None if there is nothing to compare."""
        found = DeployedStacks(self._clients).fetch(replace(stack, roles=reading_target(stack).roles))
        if isinstance(found, Unanswered):
            self._note(stack, "cloudformation:GetTemplate", found)
            return None
        if found.template is None:  # there is no stack, or nothing lives in it
            return None
        if found.state not in IN_FORCE:
            self._skipped.append(stack.path)
            return None
        return replace(stack, template=dict(found.template))

    def _identities_of(self, stacks: Sequence[SynthesisedStack]) -> dict[Target, list[str]]:
        """Return the domains whose identities stacks hold, by where they are."""
        found: dict[Target, list[str]] = {}
        for stack in stacks:
            names = map(identity_domain, identities_of(stack.template).values())
            found.setdefault(reading_target(stack), []).extend(names)
        return {place: names for place, names in found.items() if names}

    def _read_identities(self, identities: Mapping[Target, Sequence[str]]) -> dict[Target, _Known]:
        """
        Read every identity once, and keep each as soon as it is read: who is interrupted goes on from there.

        Returns:
            The parts of the state file that were of use.
        """
        started, known = utc_now(), self._take_known(identities)
        pairs = ((place, name) for place, names in identities.items() for name in names)
        unread = [(place, name) for place, name in pairs if place not in known or name not in known[place].names]
        for place, name in self._live.read_identities(unread):
            facts = self._live.identity(place, name)
            if place in known and isinstance(facts, IdentityFacts):
                known[place].region.save(name, facts, started)
        return known

    def _take_known(self, identities: Mapping[Target, Sequence[str]]) -> dict[Target, _Known]:
        """List the identities of each region, and take what need not be asked for again."""
        known: dict[Target, _Known] = {}
        for place, listed in self._list_regions(identities):
            if self._kept and isinstance(listed, ListedRegion):
                region = self._kept.region(place.account, place.region, utc_now)
                found = region.find(listed)
                known[place] = _Known(region, frozenset(found))
                for name in found.keys() & set(identities[place]):
                    self._live.know(place, name, found[name].facts)
        return known

    def _list_regions(self, places: Iterable[Target]) -> list[tuple[Target, AwsAnswer[ListedRegion]]]:
        """List the identities of regions, if that saves asking for each."""
        asked = list(places if self._kept else ())
        with ThreadPoolExecutor(THREADS) as pool:
            found = pool.map(lambda place: self._clients.ask("sesv2", place, list_region), asked)
            return list(zip(asked, found, strict=True))

    def _read_zones(self, stacks: Sequence[SynthesisedStack]) -> None:
        """Read every zone once, some at a time."""
        blind = IntrinsicEvaluator((), self._environment.account, lambda *_: None)  # zones are literal
        zones = dict.fromkeys(
            (reading_target(stack), record.zone_id)
            for stack in stacks
            for record in template_records(scope_of(stack, stack.template), blind)
            if record.zone_id
        )
        with ThreadPoolExecutor(THREADS) as pool:
            for _ in pool.map(lambda pair: self._live.zone(*pair), zones):
                pass

    def _tokens(self, region: str, domain: str) -> tuple[tuple[str, str], ...] | None:
        return self._live.dkim(Target(self._environment.account, region), domain)

    def _compare_identity(self, stack: SynthesisedStack, logical_id: str, resource: Resource) -> None:
        name = identity_domain(resource)
        asked = self._identities.get((name, stack.region))
        if asked is None:
            return
        found = self._live.identity(reading_target(stack), name)
        if isinstance(found, Unanswered):
            self._note(stack, "ses:GetEmailIdentity", found, name)
        elif isinstance(found, NotFound):
            gone = IdentityGone(stack=stack, logical_id=logical_id, domain=name, expected="it", observed=NONE)
            self._drifts.append(gone)
        else:
            self._drifts += [
                IdentityChanged(
                    stack=stack, logical_id=logical_id, domain=name, expected=expected, observed=there, setting=setting
                )
                for setting, expected, there in differences(settings_of(resource), asked, found)
            ]

    def _compare_record(self, stack: SynthesisedStack, record: TemplateRecord) -> None:
        domain = self._owner_of(record.key)
        if not record.values and record.name == policy_host(domain):
            record = self._with_target(stack, record)
        if not (domain and record.zone_id and record.values and record.ttl_s):
            return  # nobody asks for it any more, or its identity is gone, or only CloudFormation knows what it says
        zone = self._live.zone(reading_target(stack), record.zone_id)
        if isinstance(zone, Unanswered):
            self._note(stack, "route53:ListResourceRecordSets", zone, record.zone_id)
            return
        there = zone.get(record.key) or zone.get((record.name, "CNAME"), ())
        file = self._wanted.get(record.key)
        if _is_same(record.type, record.values, record.ttl_s, there):
            return
        if file and _is_same(record.type, file.values, file.ttl_s, there):
            return
        self._drifts.append(
            RecordDrift(
                stack=stack,
                logical_id=record.logical_id,
                domain=domain,
                expected=f"{', '.join(record.values)} (TTL {record.ttl_s})",
                observed=" and ".join(f"{f.type} {f.shown} (TTL {f.ttl_s})" for f in there) or NONE,
                record=record,
                found=there,
            )
        )

    def _with_target(self, stack: SynthesisedStack, record: TemplateRecord) -> TemplateRecord:
        """Ask API Gateway where the host of an MTA-STS policy points, which a template does not tell."""
        target = self._clients.ask(
            "apigateway", reading_target(stack), lambda client: fetch_domain_target(client, record.name)
        )
        if isinstance(target, Unanswered):
            self._note(stack, "apigateway:GET", target, record.name)
        return replace(record, values=(str(fully_qualified(target)),)) if isinstance(target, str) else record

    def _look_for_replaced(
        self, stacks: Sequence[SynthesisedStack], evaluator: IntrinsicEvaluator, known: Mapping[Target, _Known]
    ) -> None:
        """
        Look for identities that were recreated, so that stacks hold DKIM records of other tokens.

        CloudFormation is asked only where that may be: its tag does not say that it has made the identity, or DKIM
        records are not there.
        """
        records = [one for one in self._drifts if isinstance(one, RecordDrift) and one.is_dkim]
        gone = {one.place for one in records}
        doubtful = [
            holder for holder in self._holders(stacks) if holder.place in gone or self._is_foreign(holder, known)
        ]
        wanted = {holder.place for holder in doubtful}
        stale = [found for stack in stacks if wanted for found in self._find_stale(stack, evaluator, wanted)]
        absent = {one.record.name for one in records if not one.found}
        for holder in doubtful:
            if own := [record for place, record in stale if place == holder.place]:
                is_live = any(record.is_grouped and record.name not in absent for record in own)
                hanging = [one for one in records if one.place == holder.place]
                others = [one for one in self._drifts if one not in hanging]
                self._drifts = [*others, holder.replaced(has_live_group=is_live)]

    def _holders(self, stacks: Sequence[SynthesisedStack]) -> Iterator["_Holder"]:
        """Yield the identities of stacks that a file asks for."""
        for stack in stacks:
            for logical_id, resource in identities_of(stack.template).items():
                if identity_domain(resource) in self._domains:
                    yield _Holder(stack, logical_id, identity_domain(resource))

    def _is_foreign(self, holder: "_Holder", known: Mapping[Target, _Known]) -> bool:
        """Tell whether another than its stack has made an identity; facts that are kept do not tell."""
        place = reading_target(holder.stack)
        found = self._live.identity(place, holder.domain)
        is_kept = place in known and holder.domain in known[place].names
        return isinstance(found, IdentityFacts) and not is_kept and found.stack_name != holder.stack.name

    def _find_stale(
        self, stack: SynthesisedStack, evaluator: IntrinsicEvaluator, wanted: Container[tuple[str, str]]
    ) -> Iterator[tuple[tuple[str, str], TemplateRecord]]:
        """Yield region and domain, with a DKIM record that a stack has made under another name than it has now."""
        records = [
            ((stack.region, record.name.partition(DKIM_LABEL)[2]), record)
            for record in template_records(scope_of(stack, stack.template), evaluator)
        ]
        records = [(key, record) for key, record in records if key in wanted]
        if not records:
            return
        singles, groups = ({r.logical_id for _, r in records if r.is_grouped is kind} for kind in (False, True))
        made = fetch_made_names(self._clients, reading_target(stack), stack.name, singles, groups)
        if isinstance(made, NotFound | Unanswered):
            why = made if isinstance(made, Unanswered) else Unanswered("NotFound")
            self._note(stack, "cloudformation:ListStackResources and cloudformation:DescribeStackEvents", why)
            return
        for key, record in records:
            if record.name not in made.get(record.logical_id, {record.name}):
                yield key, record

    def _owner_of(self, key: RecordKey) -> str:
        """Return the domain of the file that asks for a record; empty if none does."""
        if key in self._wanted:
            return self._wanted[key].domain
        domain = key[0].partition(DKIM_LABEL)[2]
        return domain if domain in self._domains else ""

    def _look_for_note(self, stack: SynthesisedStack) -> None:
        try:
            whole = whole_template(stack.template)
        except ValueError as err:
            self._note(stack, "cloudformation:GetTemplate", Unanswered("unreadable", str(err)))
            return
        if lacking := sorted(live_resources(whole).keys() - live_resources(stack.template).keys()):
            words = ", ".join(lacking)
            self._drifts.append(
                Unfinished(stack=stack, logical_id=lacking[0], domain="", expected=words, observed=NONE)
            )

    def _note(self, stack: SynthesisedStack, operation: str, why: Unanswered, subject: str = "") -> None:
        self._unanswered[stack.path, operation, subject] = Unasked(stack, operation, why, subject)


def _wanted_identities(environment: Environment) -> Iterator[tuple[tuple[str, str], Mapping[str, Any]]]:
    """Yield the properties of the identities that a file asks for, addresses included, by name and region."""
    for domain, region in environment.identities():
        yield (domain.name, region), settings_of(build_identity(domain, region)[identity_id(domain.name)])
    for domain, address, region in environment.addresses():
        properties = build_address(address, domain, region)[address_id(address, domain)]["Properties"]
        yield (address.name, region), properties


def _wanted_records(environment: Environment) -> Iterator[tuple[RecordKey, _Wanted]]:
    """Yield the records that a file asks for, but those of DKIM, whose names it does not know."""
    for domain in environment.domains:
        for record in all_records(domain):
            values = tuple(map(str, route53_values(record)))
            yield (str(record.name), record.type.value), _Wanted(domain.name, values, record.ttl_s)


def _is_same(rdtype: str, values: Sequence[str], ttl_s: int, there: Sequence[RecordSet]) -> bool:
    if len(there) != 1 or there[0].extras or there[0].type != rdtype:
        return False
    return there[0].ttl_s == ttl_s and same_values(rdtype, there[0].values, values)
