"""Place identities and records into stacks, and order the stacks."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import accumulate
from typing import NamedTuple

from mailproof.model.dns_record import DkimPair, DnsRecord
from mailproof.model.domain import SendingDomain
from mailproof.model.environment import Environment
from mailproof.model.errors import NoValue, Problem, describe
from mailproof.model.records import domain_wide_records, regional_records
from mailproof.model.stack_id import StackId, StackKind


class Weight(NamedTuple):
    """
    What something takes of a stack.

    Attributes:
        resources: As CloudFormation counts them.
        outputs: As CloudFormation counts them.
        bytes: Of its template, estimated from above.
    """

    resources: int
    outputs: int
    bytes: int

    def plus(self, other: "Weight") -> "Weight":
        """Add two."""
        return Weight(self.resources + other.resources, self.outputs + other.outputs, self.bytes + other.bytes)


# CloudFormation allows 500 resources and 200 outputs in a stack; some room is left for what a user adds, an alarm say.
RESOURCES_LIMIT = 480
OUTPUTS_LIMIT = 198
TEMPLATE_LIMIT_BYTES = 1_000_000
LIMITS = Weight(RESOURCES_LIMIT, OUTPUTS_LIMIT, TEMPLATE_LIMIT_BYTES)
DKIM_OUTPUTS = 6  # name and target of three records
STACKS_LIMIT = 99
# Bytes of a template, apart from names and values: tests/spec/test_template_size.py holds them against real ones.
ID_BYTES = 16  # kind and hash; the letters and digits of the domain between them have a limit
READABLE_ID_LIMIT = 120
IDENTITY_BYTES = 210
MAIL_FROM_BYTES = 85
RECORD_SET_BYTES = 190
RECORD_BYTES = 66
ATTRIBUTE_BYTES = 64
OUTPUT_BYTES = 100
UNKNOWN_DKIM: tuple[DkimPair, ...] = (("", ""),) * 3


@dataclass(frozen=True, slots=True)
class Holding:
    """
    What one stack holds of one domain.

    Attributes:
        domain: The domain.
        region: The region served; None for what serves all regions.
        zone_account: Records in zones of this account; None for the environment's own.
        has_identity: Whether the SES identity is among it.
    """

    domain: SendingDomain
    region: str | None
    zone_account: str | None = None
    has_identity: bool = False

    def records(self, dkim: Sequence[DkimPair]) -> list[DnsRecord]:
        """List the records to deploy here; arguments as for `expected_records`."""
        if self.region is None:
            found = domain_wide_records(self.domain)
        else:
            found = regional_records(self.domain, self.region, dkim)
        return [r for r in found if not r.zone.is_external and r.zone.account == self.zone_account]

    def weigh(self, tags_bytes: int = 0) -> Weight:
        """Say what it takes: the identity, its records, outputs that hand DKIM tokens to a stack in another account."""
        records = self.records(UNKNOWN_DKIM)
        record_sets = len(records) if self.domain.individual_records else len({record.zone for record in records})
        resources = record_sets + self.has_identity
        hands_over = self.has_identity and self.domain.zone.account and self.domain.signing.needs_tokens
        outputs = DKIM_OUTPUTS if hands_over else 0
        id_bytes = ID_BYTES + min(len(self.domain.name) - self.domain.name.count("."), READABLE_ID_LIMIT)
        size = record_sets * (RECORD_SET_BYTES + id_bytes) + outputs * (OUTPUT_BYTES + 2 * id_bytes)
        size += sum(_record_bytes(record, id_bytes) for record in records)
        if self.has_identity:
            size += IDENTITY_BYTES + id_bytes + len(self.domain.name) + tags_bytes
            if self.domain.mail_from:
                size += MAIL_FROM_BYTES + len(self.domain.mail_from.name(str(self.region)))
        return Weight(resources, outputs, size)


def _record_bytes(record: DnsRecord, id_bytes: int) -> int:
    # Attributes of the identity. Read from another stack they take more, of which outputs let only a few through.
    if record.token_number is not None:
        return RECORD_BYTES + 2 * (ATTRIBUTE_BYTES + id_bytes)
    values = sum(len(str(value)) for value in record.values)
    return RECORD_BYTES + len(str(record.name)) + values * 51 // 50  # text is quoted in pieces


@dataclass(slots=True)
class StackPlan:
    """
    One stack.

    Attributes:
        id: Which stack.
        holdings: What it holds, in the order of the file.
        after: Stacks that are deployed before it.
    """

    id: StackId
    holdings: list[Holding] = field(default_factory=list)
    after: dict[StackId, None] = field(default_factory=dict)


def plan_stacks(environment: Environment) -> list[StackPlan]:
    """
    Decide which stack holds which identity and which record.

    Returns:
        Every stack that holds something, each after those that it is deployed after.
    """
    plans: dict[StackId, StackPlan] = {}
    for domain in environment.domains:
        group = stack_group(domain, environment.stacks)
        shared = [
            _hold(plans, StackId(environment.name, StackKind.DNS, environment.dns_region, account, group), domain)
            for account in dict.fromkeys(r.zone.account for r in domain_wide_records(domain) if not r.zone.is_external)
        ]
        for region in domain.regions:
            identity = StackId(environment.name, StackKind.REGION, region, None, group)
            plan = _hold(plans, identity, domain)
            # A MAIL FROM name for which SES finds no MX ends in FAILED: what serves all regions is there first.
            plan.after.update(dict.fromkeys(stack.id for stack in shared))
            if account := domain.zone.account:
                elsewhere = StackId(environment.name, StackKind.REGIONAL_DNS, region, account, group)
                _hold(plans, elsewhere, domain).after[identity] = None
    stages = (StackKind.DNS, StackKind.REGION, StackKind.REGIONAL_DNS)
    return sorted(plans.values(), key=lambda plan: stages.index(plan.id.kind))


def _hold(plans: dict[StackId, StackPlan], stack: StackId, domain: SendingDomain) -> StackPlan:
    plan = plans.setdefault(stack, StackPlan(stack))
    region = None if stack.kind is StackKind.DNS else stack.region
    plan.holdings.append(Holding(domain, region, stack.zone_account, stack.kind is StackKind.REGION))
    return plan


def stack_group(domain: SendingDomain, stacks: int) -> str:
    """
    Return the group of a domain: its ``stack``, or its share of the stacks of a region.

    Shares are drawn by rendezvous hashing: neighbours have no say, and a further stack takes its domains evenly from
    the others while all the rest stay where they are.
    """
    if domain.group:
        return domain.group

    share = max(range(1, stacks + 1), key=lambda share: _lot(share, domain.name))
    return "" if share == 1 else str(share)  # the first has the name that it has alone


def _lot(share: int, name: str) -> bytes:
    return sha256(f"{share} {name}".encode()).digest()


def check_capacity(environment: Environment) -> Iterator[Problem]:
    """Find stacks that would hold more than CloudFormation takes, and say what to write."""
    tags = tags_bytes(environment)
    held = {
        plan.id: [(holding.domain, holding.weigh(tags)) for holding in plan.holdings]
        for plan in plan_stacks(environment)
    }
    advice = ""
    for stack, domains in held.items():
        sums = list(accumulate((weight for _, weight in domains), Weight.plus))
        if not (need := _excess(sums[-1])):
            continue
        is_named = bool(domains[0][0].group)
        advice = advice if is_named else advice or _more_stacks(environment, held)
        todo = f"divide the domains of stack {stack.group!r} among more names" if is_named else advice
        what = describe(f"stack {stack.path!r} with {len(domains)} domains needs {need}", NoValue, todo)
        if environment.stacks_line and not is_named:
            yield Problem(environment.path, environment.stacks_line, "stacks", what)
        else:
            first = next(domain for (domain, _), total in zip(domains, sums, strict=True) if _excess(total))
            source = environment.sources[first.name]
            yield Problem(source.path, source.line, source.key, what)


def tags_bytes(environment: Environment) -> int:
    """Count the bytes of the tags of one identity."""
    tags = [{"Key": key, "Value": value} for key, value in environment.tags.items()]
    return len(json.dumps(tags, ensure_ascii=False).encode())


def _excess(weight: Weight) -> str:
    """Say what a stack needs too much of; empty if it holds all."""
    needs = zip(Weight._fields, weight, LIMITS, strict=True)
    return next((f"{need} {what}, at most {limit} fit" for what, need, limit in needs if need > limit), "")


def _more_stacks(environment: Environment, held: Mapping[StackId, Sequence[tuple[SendingDomain, Weight]]]) -> str:
    """Find the number of stacks over which domains spread so that all fit; what each weighs hangs on none."""
    spread: dict[StackId, list[tuple[SendingDomain, Weight]]] = defaultdict(list)
    for stack, domains in held.items():
        if not domains[0][0].group:
            spread[replace(stack, group="")] += domains
    lots = {domain.name: (b"", 0) for domain in environment.domains}
    for stacks in range(1, STACKS_LIMIT + 1):
        lots = {name: max(lot, (_lot(stacks, name), stacks)) for name, lot in lots.items()}
        if stacks > environment.stacks and all(_fit(domains, lots) for domains in spread.values()):
            return f"write 'stacks: {stacks}'"
    return "divide the domains among several environments"


def _fit(domains: Iterable[tuple[SendingDomain, Weight]], lots: Mapping[str, tuple[bytes, int]]) -> bool:
    sums: dict[int, Weight] = defaultdict(lambda: Weight(0, 0, 0))
    for domain, weight in domains:
        _, share = lots[domain.name]
        sums[share] = sums[share].plus(weight)
    return not any(map(_excess, sums.values()))


def check_stack_names(environments: Sequence[Environment]) -> list[Problem]:
    """
    Find stacks that would have one name in one account and region: the second to be deployed would replace the first.

    Names are put together from parts that may hold hyphens, so that ``stack: eu-west-1`` can meet a region.
    """
    problems: list[Problem] = []
    owners: dict[tuple[str, str, str], StackPlan] = {}
    for environment in environments:
        for plan in plan_stacks(environment):
            account, region = plan.id.zone_account or environment.account, plan.id.region
            # Ids below one Stage have to differ even where their regions do.
            keys = [(account, region, plan.id.stack_name), ("", "", plan.id.path)]
            first = next((found for key in keys if (found := owners.setdefault(key, plan)) is not plan), None)
            if first:
                source = environment.sources[plan.holdings[0].domain.name]
                what = f"stack {plan.id.path!r} would have the name of stack {first.id.path!r}"
                todo = "choose another value for 'stack', or another name for the environment"
                problems.append(Problem(source.path, source.line, source.key, describe(what, plan.id.stack_name, todo)))
    return problems
