"""Plan of a move: what moves, in which steps, and what is in the way."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from mailproof.adopt.import_plan import ImportPlanner
from mailproof.adopt.import_plan_result import ImportPlan
from mailproof.change.stack_update import StackUpdater
from mailproof.check.selection import Selection
from mailproof.live.aws.clients import reading_target
from mailproof.live.aws.stack_status import delete_command
from mailproof.live.aws.stack_survey import survey_stacks
from mailproof.model.environment import Environment
from mailproof.model.placement import plan_stacks
from mailproof.model.regions import regions_of_partition
from mailproof.model.stack_id import StackId
from mailproof.move.refusals import find_refusals, is_not_at_rest
from mailproof.move.steps import Release, Removal, Step, build_releases, order_steps, source_of
from mailproof.template.cloud_assembly import Place, SynthesisedStack
from mailproof.template.contents import LIVE_TYPES


@dataclass(frozen=True, slots=True)
class MovePlan:
    """
    Plan of a move.

    Attributes:
        found: What is imported, and what is in the way.
        steps: In order.
    """

    found: ImportPlan
    steps: tuple[Step, ...] = ()


class MovePlanner:
    """
    Plans the move into the stacks of one environment; reads only.

    Args:
        environment: The environment.
        environments: All of them: a stack that one of them has is not deleted.
        stacks: The stacks of the environment, in the order of deployment.
        updater: Waits for stacks that CloudFormation is at work on: a command that was killed may have begun that.
    """

    def __init__(
        self,
        environment: Environment,
        environments: Sequence[Environment],
        stacks: Mapping[str, SynthesisedStack],
        updater: StackUpdater,
    ) -> None:
        self._environment = environment
        self._environments = environments
        self._stacks = stacks
        self._updater = updater
        self._kept = {found.place_of(plan.id) for found in environments for plan in plan_stacks(found)}

    def run(self, selection: Selection) -> MovePlan:
        """
        Find what moves.

        Raises:
            CommandError: CloudFormation does not come to rest, or could not be asked.
        """
        deployed = [self._settled(stack) for stack in self._stacks.values()]
        planner = ImportPlanner(
            self._environment, self._stacks, self._updater.clients, from_our_stacks=self._environments
        )
        found = planner.run(selection)
        sources = self._read_sources(found)
        if found.unanswered or found.blockers:
            return MovePlan(found)
        releases = build_releases(found.adoptions, sources)
        found.blockers += find_refusals(releases, found.adoptions, planner.contents, deployed)
        found.notes += [*self._strangers(releases), *self._kept_for_others(releases)]
        steps = order_steps([one for one in found.adoptions if one.needs_import], releases, self._stacks, self._kept)
        return MovePlan(found, (*steps, *self._emptied(steps, found)))

    def _settled(self, stack: SynthesisedStack) -> SynthesisedStack:
        """Return a stack with the template in force, once CloudFormation is at rest."""
        return replace(stack, template=dict(self._updater.read_at_rest(stack).template or {}))

    def _read_sources(self, found: ImportPlan) -> dict[Place, SynthesisedStack]:
        """Read the stacks that hold what moves."""
        read: dict[Place, SynthesisedStack] = {}
        for one in found.adoptions:
            if one.held_by and (place := source_of(one)) not in read:
                stack = self._stack_at(place, one.stack)
                deployed = self._updater.read_at_rest(stack)
                read[place] = replace(stack, template=dict(deployed.template or {}))
                if blocker := is_not_at_rest(stack, deployed.state):
                    found.blockers.append(blocker)
        return read

    def _stack_at(self, place: Place, sibling: SynthesisedStack) -> SynthesisedStack:
        """Return a stack that no assembly has, with the roles and the bucket of one that has."""
        for stack in self._stacks.values():
            if stack.place == place:
                return stack
        _, region, name = place
        return sibling.twin(name, region)

    def _strangers(self, releases: Iterable[Release]) -> Iterator[str]:
        """Yield what to know of environments that have no file here, and whose stacks hold what moves."""
        known = {found.deployed_name for found in self._environments if found.account == self._environment.account}
        possible = (
            tuple(found.environment for found in StackId.parse(release.stack.name, release.stack.region))
            for release in releases
            if release.stack.place not in self._kept
        )
        for names in dict.fromkeys(possible):
            if known.isdisjoint(names):
                what = f"environment {names[-1]!r} has no file here, and its stacks hold what moves"
                yield f"{what}: if there is a file elsewhere, take it out there"

    def _kept_for_others(self, releases: Iterable[Release]) -> Iterator[str]:
        """Yield the stacks that nothing of ours is left in, and that are not deleted."""
        for stack, rest in ((release.stack, release.rest) for release in releases):
            if rest and LIVE_TYPES.isdisjoint(rest.values()) and stack.place not in self._kept:
                held = ", ".join(f"{name} ({kind})" for name, kind in sorted(rest.items()))
                gone = delete_command(stack.region, stack.name, is_protected=True)
                what = f"stack {stack.name} in {stack.region} stays, for it holds {held}, which no file asks for"
                yield f"{what}; once that is not needed: {gone}"

    def _emptied(self, steps: Sequence[Step], found: ImportPlan) -> Iterator[Removal]:
        """Find the stacks that an earlier move has emptied and has not come to delete."""
        known = {step.stack.place for step in steps if isinstance(step, Removal)} | self._kept
        first = {stack.account: stack for stack in reversed(list(self._stacks.values()))}
        for sibling in first.values():
            target = reading_target(sibling)
            survey = survey_stacks(
                self._updater.clients, target, {sibling.region}, regions_of_partition(sibling.region)
            )
            for region, answer in survey.unanswered:
                found.notes.append(f"could not ask for stacks of {sibling.account} in {region}: {answer}")
            for stack in survey.stacks:
                if stack.is_emptied and stack.place not in known:
                    yield Removal(sibling.twin(stack.name, stack.region))
