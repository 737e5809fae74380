"""Move what is live into the stacks of an environment, step by step."""

from dataclasses import dataclass, field

from mailproof.adopt.importing import import_into
from mailproof.change.consent import Consent
from mailproof.change.errors import CommandError, run_each, stop_if
from mailproof.change.release import release
from mailproof.change.say import say
from mailproof.change.stack_update import StackUpdater
from mailproof.model.environment import Environment
from mailproof.move.live_state import LiveState, StateChanges
from mailproof.move.move_plan import MovePlan
from mailproof.move.steps import Import, Publish, Release, Removal, Step
from mailproof.move.templates import retaining, with_outputs
from mailproof.template.cloud_assembly import SynthesisedStack
from mailproof.template.taking_out import worthwhile_resources


@dataclass(frozen=True, slots=True)
class MoveOptions:
    """
    Options of a move.

    Attributes:
        plan_only: Show, and change nothing.
        consent: Whether a person has agreed, and how to ask.
        resume: The command that goes on after a failure.
        following: The command that is next.
    """

    plan_only: bool = False
    consent: Consent = field(default_factory=Consent)
    resume: str = ""
    following: str = ""


class Mover:
    """
    Moves into the stacks of one environment.

    Args:
        environment: The environment.
        options: Options of the move.
        updater: Releases from stacks, by credentials that may lift their policies: no role of the bootstrap may.
        importer: Imports into stacks, by the roles that deploy them.
    """

    def __init__(
        self, environment: Environment, options: MoveOptions, updater: StackUpdater, importer: StackUpdater
    ) -> None:
        self._name = environment.name
        self._options = options
        self._updater = updater
        self._importer = importer

    def move(self, plan: MovePlan) -> None:
        """
        Do what is planned, after asking once.

        Raises:
            CommandError: Something is in the way or could not be asked, nobody agreed, a step failed, or what moves is
                not what it was: it says how to go on.
        """
        name = self._name
        stop_if(
            [f"{name}: nothing was moved; see above"] if plan.found.blockers else [],
            [f"{name}: nothing was moved: not everything answered"]
            if plan.found.unanswered and not plan.found.blockers
            else [],
        )
        if self._options.plan_only or not plan.steps:
            return
        say("Asking SES and Route 53 how it is now …")
        state = LiveState(self._updater.clients)
        self._stop_if_other(state.remember(plan.found.adoptions), "nothing was moved")
        question = f"Move this into {name!r}, in {len(plan.steps)} steps?"
        self._options.consent.obtain(question, otherwise="nothing was moved", option="--yes, or --plan to look only")
        run_each(plan.steps, lambda step: self._run(step, state), str, self._options.resume)
        say(f"{name}: moved; next: {self._options.following}")

    def _run(self, step: Step, state: LiveState) -> None:
        say(f"== {step}")
        if isinstance(step, Release):
            self._release(step)
        elif isinstance(step, Publish):
            self._publish(step.stack)
        elif isinstance(step, Import):
            import_into(self._importer, step.stack, step.adoptions)
        elif isinstance(step, Removal):
            self._remove(step.stack)
        self._stop_if_other(state.changes(step.adoptions), "look at this first; the move stops here")

    def _stop_if_other(self, changes: StateChanges, closing: str) -> None:
        stop_if(changes.worse, changes.unanswered, f"{self._name}: {closing}")

    def _release(self, step: Release) -> None:
        """Take resources out of a stack, after an update that lets it retain them, if it does not."""
        before = self._updater.settle(step.stack).template or {}
        kept = retaining(before, step.logical_ids)
        if kept != before:
            say(f"{step.stack.path}: first, it is made to retain what leaves it")
            self._updater.update(step.stack, before, kept)
        release(self._updater, step.stack, step.logical_ids)

    def _publish(self, stack: SynthesisedStack) -> None:
        before = self._importer.settle(stack).template or {}
        self._importer.update(stack, before, with_outputs(before, stack.template))

    def _remove(self, stack: SynthesisedStack) -> None:
        """Delete a stack, if it holds nothing at this moment."""
        template = self._updater.read_at_rest(stack).template or {}
        if held := worthwhile_resources(template):
            raise CommandError(f"{stack.path}: another deployment has put {', '.join(sorted(held))} into it; it stays")
        self._updater.delete(stack, template)
