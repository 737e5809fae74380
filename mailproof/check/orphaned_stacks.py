"""
Find stacks of ours, and domains in them, that are not where the environment files put them.

No engine ever deletes a stack: one that left the files stays, and may hold what the files still ask for.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from mailproof.live.aws.clients import Clients, Target, refuse_other_account
from mailproof.live.aws.remedies import advise
from mailproof.live.aws.stack_status import delete_command
from mailproof.live.aws.stack_survey import LiveStack, survey_stacks
from mailproof.model.command_lines import move_command, prune_command, with_credentials_of
from mailproof.model.environment import Environment
from mailproof.model.in_use import keys_of
from mailproof.model.placement import StackPlan, plan_stacks
from mailproof.model.records import all_records
from mailproof.model.regions import regions_of_partition
from mailproof.model.resource_types import IDENTITY
from mailproof.model.resources import identity_id
from mailproof.model.stack_id import StackId, StackKind
from mailproof.model.wording import shorten
from mailproof.template.bootstrap import Bootstraps
from mailproof.template.contents import RecordKey
from mailproof.template.live_things import LiveThing

KEEP_THERE = "let the file put it there, as before"
TAKEN_OUT = "the next deployment takes it out, and asks before"
EMPTIED = "run again, deletes what an interrupted move has emptied, and so does"
LEFT_ZONE = (
    "its zone is {} in the file; once no resolver asks this hosted zone any more "
    "(`mailproof zone compare` told how long)"
)
Key = tuple[str, ...]
Claim = tuple[Environment, str]
"""The environment that asks for something, and where its deployment makes it: an account or a hosted zone."""


@dataclass(frozen=True, slots=True)
class OrphanedStack:
    """
    A stack, or a domain in one, that no file places there.

    Attributes:
        environment: Name of the environment in the name of the stack.
        region: AWS region of the stack.
        stack_name: Its name in CloudFormation.
        domains: Domains whose identities it holds and the file does not put there.
        others: Its records, if it holds no identity.
        is_whole: Whether the files have nothing in this stack: it stays until somebody deletes it.
        is_protected: Whether CloudFormation refuses to delete it.
        wanted: Identities and records that it holds, and that a file asks for, in another stack.
        records: Name and type of those records, but of DKIM, whose names are not known.
        asked_for_by: The environments that do.
        made_by: Those of them that would make it a second time: what lies in another provider's zone nobody makes.
        todo: What to do.
    """

    environment: str
    region: str
    stack_name: str
    domains: tuple[str, ...]
    is_whole: bool
    others: tuple[str, ...] = ()
    is_protected: bool = False
    wanted: tuple[str, ...] = ()
    records: tuple[RecordKey, ...] = ()
    asked_for_by: tuple[str, ...] = ()
    made_by: tuple[str, ...] = ()
    todo: str = ""

    @property
    def place(self) -> str:
        """Say which stack it is."""
        return f"{self.stack_name} in {self.region}"

    @property
    def holds(self) -> str:
        """Say what it holds that the files do not put there."""
        return shorten(self.domains) or shorten(self.others) or "no identity and no record"

    def __str__(self) -> str:
        """Say what stands there and what to do."""
        start = f"{self.environment}: stack {self.place}"
        if self.wanted:
            return f"{self.environment}: {holding([self])}; {self.todo}"
        left = "left the files, still holds" if self.is_whole else "still holds"
        return f"{start} {left} {self.holds}{'' if self.is_whole else ', not in the file'}; {self.todo}"


@dataclass(frozen=True, slots=True)
class OrphanedStacks:
    """
    What is not where the files put it.

    Attributes:
        found: Stacks and domains.
        unanswered: Where CloudFormation could not be asked.
        holders: Name and type of every record set to the stack of ours that holds it.
        readers: Name of an environment to the other accounts that may read the outputs of its stacks.
    """

    found: tuple[OrphanedStack, ...] = ()
    unanswered: tuple[str, ...] = ()
    holders: Mapping[RecordKey, str] = field(default_factory=dict, compare=False)
    readers: Mapping[str, frozenset[str]] = field(default_factory=dict, compare=False)

    def lines(self) -> Iterator[str]:
        """Yield what to tell of all of it."""
        yield from orphan_lines(self.found)
        yield from self.unanswered

    def in_the_way_of(self, environment: Environment) -> list[OrphanedStack]:
        """Return the stacks that hold what a deployment of an environment would make a second time."""
        return [stack for stack in self.found if stack.is_whole and environment.name in stack.made_by]

    def left_elsewhere_by(self, environment: Environment) -> list[OrphanedStack]:
        """Return the same, and the stacks with what it asks for and does not make: of a zone's former account."""
        name = environment.deployed_name
        return [stack for stack in self.found if stack.is_whole and stack.environment == name and not stack.made_by]

    def left_by(self, environment: Environment) -> list[OrphanedStack]:
        """Return the stacks of an environment that hold nothing any file asks for."""
        name = environment.deployed_name
        return [stack for stack in self.found if stack.is_whole and stack.environment == name and not stack.wanted]


def find_orphaned_stacks(
    environments: Sequence[Environment],
    clients_of: Callable[[Environment], Clients],
    bootstraps: Bootstraps,
    accounts: Sequence[str] = (),
) -> OrphanedStacks:
    """
    Ask CloudFormation in every region of every environment's own account, and of the accounts of its zones.

    Those are known by the files, and by the roles of deployed stacks that let them read.

    Args:
        environments: All of them: what one of them asks for is not orphaned.
        clients_of: Makes the clients of an environment.
        bootstraps: Say which roles open accounts of zones.
        accounts: More accounts, which owned zones.
    """
    found: list[OrphanedStack] = []
    unanswered: list[str] = []
    homes = {environment.account: environment for environment in reversed(environments)}
    for account, environment in reversed(homes.items()):
        clients = clients_of(environment)
        answer = find_in_account(environments, clients, Target(account, environment.regions[0]))
        found += answer.found
        unanswered += [f"{environment.name}: could not ask CloudFormation{line}" for line in answer.unanswered]
        own = [one for one in environments if one.account == account]
        owners = (zone.account for one in own for zone in one.zones.values() if zone.account)
        readers = sorted({reader for one in own for reader in answer.readers.get(one.deployed_name, ())})
        for zones in dict.fromkeys([*owners, *readers, *accounts]):
            if zones not in homes:
                there = find_in_zone_account(environments, own, clients, zones, bootstraps)
                found += there.found
                unanswered += there.unanswered
    return OrphanedStacks(tuple(found), tuple(unanswered))


def find_in_zone_account(
    environments: Sequence[Environment],
    own: Sequence[Environment],
    clients: Clients,
    account: str,
    bootstraps: Bootstraps,
) -> OrphanedStacks:
    """
    Ask CloudFormation for the stacks that environments have in an account that owns zones, or did.

    Args:
        environments: All of them.
        own: Those whose stacks are looked for: others there are left alone.
        clients: Ask CloudFormation.
        account: The account.
        bootstraps: Say which roles open it.
    """
    answer = find_in_account(environments, clients, zone_account_target(account, own, bootstraps))
    names = {one.deployed_name for one in own}
    unanswered = [
        f"could not ask CloudFormation of {account}, which owns or owned zones,{line}; "
        f"or name credentials of it: {account_options(account, own)}"
        for line in answer.unanswered[:1]
    ]
    found = [stack for stack in answer.found if stack.environment in names]
    return OrphanedStacks(tuple(found), tuple(unanswered), answer.holders)


def zone_account_target(account: str, own: Sequence[Environment], bootstraps: Bootstraps) -> Target:
    """Return an account that owns zones of environments, or did, with the roles that may open it for reading."""
    roles = (bootstraps.of(account, region).lookup_role for region in regions_used(own))
    return Target(account, own[0].dns_region, tuple(filter(None, roles)))


def regions_used(environments: Iterable[Environment]) -> tuple[str, ...]:
    """Return the regions in which environments have stacks, each once, that of the first DNS stack first."""
    return tuple(dict.fromkeys(region for one in environments for region in (one.dns_region, *one.all_regions())))


def account_options(account: str, environments: Iterable[Environment]) -> str:
    """Return the options by which commands look into an account that owns zones, or did."""
    owners = {zone.account for environment in environments for zone in environment.zones.values()}
    profile = f"--profile {account}=NAME"
    return profile if account in owners else f"--account {account} {profile}"


def find_in_account(environments: Sequence[Environment], clients: Clients, target: Target) -> OrphanedStacks:
    """
    Ask CloudFormation in every region of one account.

    Args:
        environments: All of them.
        clients: Ask CloudFormation.
        target: The account.
    """
    own = clients.account(target.region)
    is_open = bool(target.roles) and isinstance(own, str)
    if not is_open and (refused := refuse_other_account(own, target.account)):
        return OrphanedStacks(unanswered=(f": {refused}{advise(refused, target.region)}",))
    needed = {
        plan.id.region
        for environment in environments
        for plan in plan_stacks(environment)
        if environment.account_of(plan.id) == target.account
    }
    survey = survey_stacks(clients, target, needed, regions_of_partition(target.region))
    judge = StackJudge(environments, survey.stacks)
    return OrphanedStacks(
        tuple(found for stack in survey.stacks if (found := judge.judge(stack))),
        tuple(f" in {region}: {answer}{advise(answer, region)}" for region, answer in survey.unanswered),
        {record_key(thing): str(stack) for stack in survey.stacks for thing in stack.things},
        {name: _readers(survey.stacks, name) for name in {stack.environment for stack in survey.stacks}},
    )


def _readers(stacks: Iterable[LiveStack], environment: str) -> frozenset[str]:
    return frozenset[str]().union(*(stack.readers for stack in stacks if stack.environment == environment))


def together(stacks: Iterable[OrphanedStack]) -> list[list[OrphanedStack]]:
    """Put stacks together about which there is one thing to write."""
    found: dict[tuple[str, ...], list[OrphanedStack]] = {}
    for stack in stacks:
        key = (stack.environment, stack.todo) if stack.wanted else (stack.region, stack.stack_name)
        found.setdefault(key, []).append(stack)
    return list(found.values())


def holding(stacks: Sequence[OrphanedStack]) -> str:
    """Say what stacks hold that the files ask for elsewhere."""
    places = shorten([stack.place for stack in stacks])
    whom = " and ".join(repr(name) for name in sorted({name for stack in stacks for name in stack.asked_for_by}))
    subject = f"stack {places} holds" if len(stacks) == 1 else f"stacks {places} hold"
    return f"{subject} what {whom} asks for, {shorten([words for stack in stacks for words in stack.wanted])}"


def orphan_lines(stacks: Iterable[OrphanedStack]) -> Iterator[str]:
    """Yield what to tell of stacks, one line for each thing to do."""
    for first, *others in together(stacks):
        yield f"{first.environment}: {holding([first, *others])}; {first.todo}" if first.wanted else str(first)


class StackJudge:
    """
    Compares stacks with what the files ask for.

    Args:
        environments: All of them.
        stacks: All that there are in the account.
    """

    def __init__(self, environments: Sequence[Environment], stacks: Sequence[LiveStack]) -> None:
        self._environments = {(found.account, found.deployed_name): found for found in environments}
        self._plans = {
            environment.place_of(plan.id): (environment, plan)
            for environment in environments
            for plan in plan_stacks(environment)
        }
        self._claims = dict(_claims(environments))
        self._holders: dict[Key, list[LiveStack]] = {}
        for stack in stacks:
            for thing in stack.things:
                self._holders.setdefault(thing.key, []).append(stack)
        self._deployed = {found[0].name for stack in stacks if stack.things and (found := self._plans.get(stack.place))}

    def judge(self, stack: LiveStack) -> OrphanedStack | None:
        """Say what a stack holds that the files do not put there; None if it holds no such thing."""
        planned = self._plans.get(stack.place)
        return self._judge_planned(stack, *planned) if planned else self._judge_unplanned(stack)

    def _judge_planned(self, stack: LiveStack, environment: Environment, plan: StackPlan) -> OrphanedStack | None:
        gone = stack.identities.difference(plan.identities, plan.addresses)
        if not gone:
            return None
        things = [thing for thing in stack.things if thing.key[0] == IDENTITY and thing.name in gone]
        wanted = [thing for thing in things if self._claimant(thing)]
        todo = f"{KEEP_THERE}, or {self._take(wanted)}" if wanted else TAKEN_OUT
        return self._found(stack, environment.name, wanted, todo, domains=tuple(sorted(gone)), is_whole=False)

    def _judge_unplanned(self, stack: LiveStack) -> OrphanedStack:
        wanted = [thing for thing in stack.things if self._claimant(thing)]
        todo = self._keep(stack, wanted) if wanted else self._remove(stack)
        domains = tuple(sorted(stack.identities))
        return self._found(stack, stack.environment, wanted, todo, domains=domains, is_whole=True)

    def other_holders(self, stack: LiveStack, thing: LiveThing) -> list[LiveStack]:
        """Return the other stacks that hold what a stack holds: whichever deletes it deletes it for all."""
        return [other for other in self._holders.get(thing.key, ()) if other != stack]

    def _found(  # noqa: PLR0913 -- what is said of one stack
        self,
        stack: LiveStack,
        environment: str,
        wanted: Sequence[LiveThing],
        todo: str,
        *,
        domains: tuple[str, ...],
        is_whole: bool,
    ) -> OrphanedStack:
        return OrphanedStack(
            environment=environment,
            region=stack.region,
            stack_name=stack.name,
            domains=domains,
            is_whole=is_whole,
            others=() if domains else tuple(thing.words for thing in stack.things),
            is_protected=stack.is_protected,
            wanted=tuple(thing.words for thing in wanted),
            records=tuple(record_key(thing) for thing in wanted if thing.key[0] != IDENTITY),
            asked_for_by=tuple(sorted({found.name for found in self._claimants(wanted)})),
            made_by=tuple(sorted({found.name for found in self._claimants(filter(self._is_made, wanted))})),
            todo=todo,
        )

    def _claimant(self, thing: LiveThing) -> Environment | None:
        claim = self._claim(thing)
        return claim[0] if claim else None

    def _is_made(self, thing: LiveThing) -> bool:
        """Tell whether a deployment makes it a second time; it does not if its zone is another one in the file."""
        claim = self._claim(thing)
        return claim is not None and claim[1] == thing.key[1]

    def _claim(self, thing: LiveThing) -> Claim | None:
        if thing.key[0] == IDENTITY:
            return self._claims.get((thing.holder.account, thing.holder.region, thing.name))
        name, kind = record_key(thing)
        return self._claims.get((name, kind)) or self._claims.get((kind, thing.holder.region, "DKIM", name))

    def _claimants(self, things: Iterable[LiveThing]) -> list[Environment]:
        claimants = {found.name: found for thing in things if (found := self._claimant(thing))}
        return list(claimants.values())

    def _keep(self, stack: LiveStack, wanted: Sequence[LiveThing]) -> str:
        """Say what to write so that a stack keeps what the files ask for, and what to run so that another takes it."""
        if not any(map(self._is_made, wanted)):
            is_hosted = any(claim[1] for thing in wanted if (claim := self._claim(thing)))
            whose = "another hosted zone" if is_hosted else "another provider's"
            return f"{LEFT_ZONE.format(whose)}: {self._delete(stack)}"
        take = self._take(wanted)
        if home := self._other_home(stack):
            what = f"write `dns_region: {stack.region}` in {home.path}"
            return f"{what}, and the records that serve all regions stay where they are; or {take}"
        environment = stack.environment
        claimants = self._claimants(wanted)
        files = " and ".join(found.path for found in claimants)
        if not any(stack.account in _accounts(found) for found in claimants):
            return f"keep the stack as long as anybody asks for that there: {files} has it in another account"
        is_there = self._owner(stack) is not None
        if len(claimants) == 1 and not is_there and claimants[0].name not in self._deployed:
            new = claimants[0]
            what = f"{environment!r} is deployed, has no file, and its domains are now in {new.name!r}"
            return f"{what}: if the file was renamed, write `deployed_as: {environment}` in {new.path}, or {take}"
        return f"keep the stack, and write its domains in {files} so that they stay in it, as before, or {take}"

    def _take(self, wanted: Iterable[LiveThing]) -> str:
        """Say what to run so that the stacks in which the files put something take it over."""
        commands = " and ".join(f"`{move_command(found)}`" for found in self._claimants(wanted))
        return f"run {commands}: this moves it to where the file puts it, without a gap"

    def _other_home(self, stack: LiveStack) -> Environment | None:
        """Return the environment whose records of all regions the stack holds, if its file has them elsewhere now."""
        for (account, _, name), (environment, plan) in self._plans.items():
            if (account, name) == (stack.account, stack.name) and plan.id.kind is StackKind.DNS:
                return environment
        return None

    def _owner(self, stack: LiveStack) -> Environment | None:
        """Return the environment whose stack it is, also in the account of a zone; None if no file here has it."""
        if found := self._environments.get((stack.account, stack.environment)):
            return found
        is_of_zone = any(found.zone_account == stack.account for found in StackId.parse(stack.name, stack.region))
        named = (found for (_, name), found in self._environments.items() if name == stack.environment)
        return next(named, None) if is_of_zone else None

    def _remove(self, stack: LiveStack) -> str:
        """Say how a stack goes of which no file asks for anything: by a command that looks again, if it looks there."""
        owner = self._owner(stack)
        if not owner:
            return self._delete(stack)
        known = {owner.account, *(zone.account for zone in owner.zones.values())}
        there = () if stack.account in known else ("--account", stack.account)
        prune = prune_command(owner, "--environment", owner.name, *there, "--remove")
        return f"`{move_command(owner)}`, {EMPTIED} {prune}" if stack.is_emptied and not there else prune

    def _delete(self, stack: LiveStack) -> str:
        """Say how a stack goes that `mailproof prune` does not delete."""
        name, owner = stack.environment, self._owner(stack)
        if not owner:
            what = f"environment {name!r} has no file here; if it was deleted, and is not kept elsewhere"
            known = {account for file in self._environments.values() for account in _accounts(file)}
            there = () if stack.account in known else ("--account", stack.account)
            any_file = next(iter(self._environments.values()))
            return f"{what}: {prune_command(any_file, '--environment-gone', name, *there)}"
        command = delete_command(stack.region, stack.name, is_protected=stack.is_protected)
        return command if owner.account == stack.account else with_credentials_of(stack.account, command)


def _accounts(environment: Environment) -> set[str]:
    """Return the accounts that an environment deploys to."""
    return {environment.account_of(plan.id) for plan in plan_stacks(environment)}


def record_key(thing: LiveThing) -> RecordKey:
    """Return name and type of a record."""
    return thing.name, thing.key[-2]


def _claims(environments: Iterable[Environment]) -> Iterator[tuple[Key, Claim]]:
    """Yield what the files ask for, under what tells it from all others; names of DKIM are not known beforehand."""
    for environment in environments:
        for domain, region in environment.identities():
            yield (environment.account, region, domain.name), (environment, environment.account)
            # A stack that reads the tokens from another one knows the identity by its logical id alone.
            for owner in (domain.name, identity_id(domain.name)):
                yield ("CNAME", region, "DKIM", owner), (environment, domain.zone.id or "")
        for _, address, region in environment.addresses():
            yield (environment.account, region, address.name), (environment, environment.account)
        for domain in environment.domains:
            for record in all_records(domain):
                for key in keys_of(record):
                    yield key, (environment, record.zone.id or "")
