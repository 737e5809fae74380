"""Rollout as data: which stacks are deployed in which wave, and what is waited for after each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mailproof.model.environment import Environment
from mailproof.model.errors import EnvironmentFileError, Problem, describe
from mailproof.model.messages import did_you_mean
from mailproof.model.placement import StackPlan, plan_stacks
from mailproof.model.stack_id import StackKind

AFTER = "rollout.after"
# What a stack may take to deploy: 250 identities at SES's one management request a second, several requests each.
STACK_LIMIT_MINUTES = 20
DEPLOY_LIMIT_MINUTES = 180


@dataclass(frozen=True, slots=True)
class Wave:
    """
    Stacks that are deployed together, and the proof after them.

    Attributes:
        environment: Name of the environment.
        number: Counted from 1 in each environment.
        regions: Regions whose domains are waited for.
        stacks: Ids by which the CDK's command line selects them, each after those that it is deployed after.
        concurrency: Stacks deployed at once.
        approval: Whether a person agrees before.
        gate_timeout_s: How long the domains may take to verify.
        replicas: Its identities that CloudFormation cannot make, in words.
        gate_probes: Whether a message of every domain and region is sent then.
    """

    environment: str
    number: int
    regions: tuple[str, ...]
    stacks: tuple[str, ...]
    concurrency: int
    approval: bool
    gate_timeout_s: int
    replicas: tuple[str, ...] = ()
    gate_probes: bool = False

    @property
    def first(self) -> tuple[tuple[str, ...], ...]:
        """What a person runs before it where replicas are missing: they are made, then taken into stacks."""
        if not self.replicas:
            return ()
        replicate = ("mailproof", "dkim", "replicate", self.environment)
        return replicate, ("mailproof", "adopt", "--environment", self.environment)

    @property
    def command(self) -> tuple[str, ...]:
        """What every engine runs for this wave, apart from where it finds things."""
        return ("mailproof", "rollout", "run", self.environment, "--wave", str(self.number))

    @property
    def deploy_limit_minutes(self) -> int:
        """How long an engine lets the deployment run before it takes it for hung."""
        rounds = -(-len(self.stacks) // self.concurrency)
        return min(STACK_LIMIT_MINUTES * rounds, DEPLOY_LIMIT_MINUTES)


def build_rollout(environments: Sequence[Environment]) -> list[Wave]:
    """
    Compute the rollout of all environments: one wave after the other.

    Raises:
        EnvironmentFileError: They form no chain, so that their order is in doubt.
    """
    if problems := [*check_after(environments), *_check_chain(environments)]:
        raise EnvironmentFileError(problems)
    return [wave for environment in order_environments(environments) for wave in build_waves(environment)]


def build_waves(environment: Environment) -> list[Wave]:
    """Compute the waves of one environment."""
    rollout, plans = environment.rollout, plan_stacks(environment)
    return [
        Wave(
            environment=environment.name,
            number=number,
            regions=regions,
            stacks=tuple(plan.id.path for plan in plans if _is_in(plan, regions, number)),
            concurrency=rollout.concurrency,
            approval=rollout.approval and number == 1,
            gate_timeout_s=rollout.gate_timeout_minutes * 60,
            gate_probes=rollout.gate_probes,
            replicas=tuple(
                f"{domain.name} in {region}"
                for domain, region in environment.identities()
                if region in regions and domain.parent_of(region)
            ),
        )
        for number, regions in enumerate(rollout.order(environment.all_regions()), 1)
    ]


def _is_in(plan: StackPlan, regions: Sequence[str], number: int) -> bool:
    """Tell whether a stack goes with a wave; what serves all regions is there before the first identity."""
    return number == 1 if plan.id.kind is StackKind.DNS else plan.id.region in regions


def check_after(environments: Sequence[Environment]) -> Iterator[Problem]:
    """Find environments that follow one that is not there, or in the end themselves."""
    after = {environment.name: environment.rollout.after for environment in environments}
    for environment in environments:
        name = environment.rollout.after
        if name is not None and name not in after:
            others = after.keys() - {environment.name}
            todo = did_you_mean(name, others) or "name another environment file's stem, or leave it out"
            yield _problem(environment, describe("is not an environment", name, todo))
        elif name is not None and environment.name in (cycle := _predecessors(environment.name, after)):
            todo = "leave it out of the environment that goes first"
            yield _problem(environment, describe(f"forms a cycle ({' after '.join(cycle)})", name, todo))


def _predecessors(name: str, after: dict[str, str | None]) -> list[str]:
    """List what goes before an environment, nearest first; ends where it comes round."""
    found: list[str] = []
    before = after.get(name)
    while before is not None and before not in found:
        found.append(before)
        before = after.get(before)
    return found


def order_environments(environments: Sequence[Environment]) -> list[Environment]:
    """Sort environments so that each follows the one it names; they must form a chain."""
    after = {environment.name: environment.rollout.after for environment in environments}
    return sorted(environments, key=lambda environment: len(_predecessors(environment.name, after)))


def _check_chain(environments: Sequence[Environment]) -> Iterator[Problem]:
    """Find a second first environment and a second one after the same: their order would be anybody's guess."""
    first: dict[str | None, Environment] = {}
    for environment in environments:
        name = environment.rollout.after
        other = first.setdefault(name, environment)
        if other is environment:
            continue
        if name is None:
            what = f"is missing, as in environment {other.name!r}, so both would be the first"
            yield _problem(environment, describe(what, todo="name the environment that goes before, in one of the two"))
        else:
            what = f"is what environment {other.name!r} follows too"
            yield _problem(environment, describe(what, name, f"let one of the two follow the other: {other.name!r}"))


def _problem(environment: Environment, what: str) -> Problem:
    return Problem(environment.path, environment.rollout.after_line, AFTER, what)
