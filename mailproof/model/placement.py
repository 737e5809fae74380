"""Place identities and records into stacks, and order the stacks."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from hashlib import sha256
from itertools import accumulate

from mailproof.model import stack_item
from mailproof.model.domain import SendingDomain
from mailproof.model.environment import Environment
from mailproof.model.errors import NoValue, Problem, describe
from mailproof.model.stack_id import StackId, StackKind
from mailproof.model.stack_item import AddressItem, IdentityItem, RecordSetsItem, StackItem, Weight

# CloudFormation allows 500 resources and 200 outputs in a stack; some room is left for what a user adds, an alarm say.
RESOURCES_LIMIT = 480
OUTPUTS_LIMIT = 198
TEMPLATE_LIMIT_BYTES = 1_000_000
NOTHING = Weight(0, 0, 0)
LIMITS = Weight(RESOURCES_LIMIT, OUTPUTS_LIMIT, TEMPLATE_LIMIT_BYTES)
STACKS_LIMIT = 99
OTHER_NAME = "choose another value for 'stack', or another name for the environment"
SAFE_GROWTH = "write 'stack: NAME' for the new domains, and no deployed one moves"
GROUPS = "only if nothing is deployed yet, 'record_sets: grouped'"


@dataclass(slots=True)
class StackPlan:
    """
    One stack.

    Attributes:
        id: Which stack.
        items: What it holds.
        after: Stacks that are deployed before it.
    """

    id: StackId
    items: list[StackItem] = field(default_factory=list)
    after: dict[StackId, None] = field(default_factory=dict)

    @property
    def domains(self) -> list[SendingDomain]:
        """The domains of what it holds, in the order of the file."""
        return list({item.domain.name: item.domain for item in self.items if item.domain}.values())

    @property
    def identities(self) -> list[str]:
        """The domains whose identities it holds."""
        return [item.domain.name for item in self.items if isinstance(item, IdentityItem)]

    @property
    def addresses(self) -> list[str]:
        """The addresses whose identities it holds."""
        return [item.address.name for item in self.items if isinstance(item, AddressItem)]

    @property
    def record_sets(self) -> list[RecordSetsItem]:
        """The records that it holds."""
        return [item for item in self.items if isinstance(item, RecordSetsItem)]


def plan_stacks(environment: Environment) -> list[StackPlan]:
    """
    Decide which stack holds which item.

    Returns:
        Every stack that holds something, each after those that it is deployed after.
    """
    plans: dict[StackId, StackPlan] = {}
    shared: dict[str, dict[StackId, None]] = defaultdict(dict)
    groups = {domain.name: stack_group(domain, environment.stacks) for domain in environment.domains}
    for item in (item for list_items in stack_item.ITEMS for item in list_items(environment)):
        stack = _stack_of(item, environment, groups)
        plans.setdefault(stack, StackPlan(stack)).items.append(item)
        if item.domain and stack.kind is StackKind.DNS:
            shared[item.domain.name][stack] = None
    for plan in plans.values():
        if plan.id.kind is StackKind.REGION:
            # A MAIL FROM name for which SES finds no MX ends in FAILED: what serves all regions is there first.
            for domain in plan.domains:
                plan.after.update(shared.get(domain.name, {}))
        elif plan.id.kind is StackKind.REGIONAL_DNS:
            identities = replace(plan.id, kind=StackKind.REGION, zone_account=None)
            plan.after.update({identities: None} if identities in plans else {})
    stages = (StackKind.DNS, StackKind.REGION, StackKind.REGIONAL_DNS)
    return sorted(plans.values(), key=lambda plan: stages.index(plan.id.kind))


def _stack_of(item: StackItem, environment: Environment, groups: Mapping[str, str]) -> StackId:
    group = groups[item.domain.name] if item.domain else ""
    name = environment.deployed_as
    if item.region is None:
        return StackId(environment.name, StackKind.DNS, environment.dns_region, item.zone_account, group, name)
    kind = StackKind.REGIONAL_DNS if item.zone_account else StackKind.REGION
    return StackId(environment.name, kind, item.region, item.zone_account, group, name)


def stack_group(domain: SendingDomain, stacks: int) -> str:
    """
    Return the group of a domain: its ``stack``, or its share of the stacks of a region.

    Shares are drawn by rendezvous hashing: neighbours have no say, and a further stack takes its domains evenly from
    the others while all the rest stay where they are.
    """
    if domain.stack:
        return domain.stack

    share = max(range(1, stacks + 1), key=lambda share: _lot(share, domain.name))
    return "" if share == 1 else str(share)  # the first has the name that it has alone


def _lot(share: int, name: str) -> bytes:
    return sha256(f"{share} {name}".encode()).digest()


def check_capacity(environment: Environment) -> Iterator[Problem]:
    """Find stacks that would hold more than CloudFormation takes, and say what to write."""
    tags = tags_bytes(environment)
    loads = {plan.id: _Load.of(plan, tags) for plan in plan_stacks(environment)}
    advice = ""
    for stack, load in loads.items():
        sums = list(accumulate(load.domains.values(), Weight.plus, initial=load.rest))
        if not (need := _excess(sums[-1])):
            continue
        advice = advice if load.is_named else advice or _more_stacks(environment, loads)
        todo = (
            f"write another 'stack' than {stack.group!r} for the new domains, and no deployed one moves"
            if load.is_named
            else advice
        )
        what = describe(f"stack {stack.path!r} with {len(load.domains)} domains needs {need}", NoValue, todo)
        if environment.stacks_line and not load.is_named:
            yield Problem(environment.path, environment.stacks_line, "stacks", what)
        else:
            first = next(name for name, total in zip(load.domains, sums[1:], strict=True) if _excess(total))
            source = environment.sources[first]
            yield Problem(source.path, source.line, source.key, what)


@dataclass(slots=True)
class _Load:
    """
    What a stack holds, weighed.

    Attributes:
        is_named: Whether its domains say in which stack they are.
        domains: Weight of each domain, by name.
        rest: Weight of what is of no domain.
    """

    is_named: bool
    domains: dict[str, Weight] = field(default_factory=lambda: defaultdict(lambda: NOTHING))
    rest: Weight = NOTHING

    @property
    def total(self) -> Weight:
        """All of it."""
        return reduce(Weight.plus, self.domains.values(), self.rest)

    @classmethod
    def of(cls, plan: StackPlan, tags: int) -> "_Load":
        load = cls(any(domain.stack for domain in plan.domains))
        for item in plan.items:
            if item.domain:
                load.domains[item.domain.name] = load.domains[item.domain.name].plus(item.weigh(tags))
            else:
                load.rest = load.rest.plus(item.weigh(tags))
        return load


def tags_bytes(environment: Environment) -> int:
    """Count the bytes of the tags of one identity."""
    tags = [{"Key": key, "Value": value} for key, value in environment.tags.items()]
    return len(json.dumps(tags, ensure_ascii=False).encode())


def _excess(weight: Weight) -> str:
    """Say what a stack needs too much of; empty if it holds all."""
    needs = zip(Weight._fields, weight, LIMITS, strict=True)
    return next((f"{need} {what}, at most {limit} fit" for what, need, limit in needs if need > limit), "")


def _more_stacks(environment: Environment, loads: Mapping[StackId, _Load]) -> str:
    """Find the number of stacks over which domains spread so that all fit; what each weighs hangs on none."""
    spread: dict[StackId, list[_Load]] = defaultdict(list)
    for stack, load in loads.items():
        if not load.is_named:
            spread[replace(stack, group="")].append(load)
    lots = {domain.name: (b"", 0) for domain in environment.domains}
    for stacks in range(1, STACKS_LIMIT + 1):
        lots = {name: max(lot, (_lot(stacks, name), stacks)) for name, lot in lots.items()}
        if stacks > environment.stacks and all(_fit(together, lots) for together in spread.values()):
            what = (
                f"or 'stacks: {stacks}', which moves some: 'mailproof move {environment.name}' takes the deployed ones"
            )
            in_groups = f"; {GROUPS}" if _fits_in_groups(environment) else ""
            return f"{SAFE_GROWTH}; {what}{in_groups}"
    return f"{SAFE_GROWTH}; only if nothing is deployed yet, divide the domains among several environments"


def _fits_in_groups(environment: Environment) -> bool:
    """Tell whether all fits once the records of each domain are a group."""
    if not any(domain.individual_records for domain in environment.domains):
        return False
    domains = tuple(replace(domain, individual_records=False) for domain in environment.domains)
    grouped = replace(environment, domains=domains)
    return not any(_excess(_Load.of(plan, tags_bytes(grouped)).total) for plan in plan_stacks(grouped))


def _fit(loads: Iterable[_Load], lots: Mapping[str, tuple[bytes, int]]) -> bool:
    sums: dict[int, Weight] = defaultdict(lambda: NOTHING)
    for load in loads:
        sums[1] = sums[1].plus(load.rest)
        for name, weight in load.domains.items():
            _, share = lots[name]
            sums[share] = sums[share].plus(weight)
    return not any(map(_excess, sums.values()))


def check_stack_names(environments: Sequence[Environment]) -> list[Problem]:
    """
    Find stacks that would have one name in one account and region: the second to be deployed would replace the first.

    Names are put together from parts that may hold hyphens, so that ``stack: eu-west-1`` can meet a region.
    """
    problems: list[Problem] = []
    owners: dict[tuple[str, str, str], StackPlan] = {}
    environments_by_name = {environment.name: environment for environment in environments}
    for environment in environments:
        for plan in plan_stacks(environment):
            # Ids below one Stage have to differ even where their regions do.
            keys = [environment.place_of(plan.id), ("", "", plan.id.path)]
            first = next((found for key in keys if (found := owners.setdefault(key, plan)) is not plan), None)
            if first:
                source = environment.sources[next(iter(plan.domains), environment.domains[0]).name]
                what = f"stack {plan.id.path!r} would have the name of stack {first.id.path!r}"
                is_renamed = environment.deployed_as or environments_by_name[first.id.environment].deployed_as
                todo = "take out 'deployed_as', or the other file" if is_renamed else OTHER_NAME
                problems.append(Problem(source.path, source.line, source.key, describe(what, plan.id.stack_name, todo)))
    return problems
