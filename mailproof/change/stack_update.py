"""
Update or delete one stack, refusing any change that was not reviewed before.

A change set says what CloudFormation would do before it does it, and cannot be executed once the stack has changed. So
of two commands that change one stack at once the later stops, with nothing changed.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import uuid4

from mailproof.change import rest
from mailproof.change.errors import CommandError
from mailproof.change.protection import protected
from mailproof.change.say import say
from mailproof.exit_codes import UNANSWERED
from mailproof.live.answer import NotFound, Unanswered
from mailproof.live.aws.change_sets import (
    Change,
    ChangeSet,
    create_change_set,
    delete_change_set,
    execute_change_set,
    fetch_change_set,
    new_stack,
)
from mailproof.live.aws.clients import Clients, Target
from mailproof.live.aws.remedies import advise
from mailproof.live.aws.stack_status import GOOD, NOTHING_YET, is_at_work, judge_state
from mailproof.live.aws.stacks import (
    DeployedStack,
    DeployedStacks,
    delete_stack,
    describe_stack,
    list_events,
    protect_stack,
)
from mailproof.live.aws.template_upload import template_argument
from mailproof.template.cloud_assembly import SynthesisedStack
from mailproof.template.contents import Template
from mailproof.template.plain_text import doubtful_tags, with_letters

LOST_LETTERS = (
    "tags of {} have letters outside ASCII, which CloudFormation gives back as question marks, and neither the tags of "
    "the stack nor the file tell them: write these tags in ASCII, deploy that, and run the same command again"
)
MEANWHILE = "another deployment changed it meanwhile, and nothing of this was done; run the same command again"
# A change set of a stack that has changed since: CloudFormation has deleted it, or made it obsolete.
OVERTAKEN = frozenset({"ChangeSetNotFound", "InvalidChangeSetStatus", "InvalidChangeSetStatusException"})
_CANCELLED = "cancelled"  # a resource that stopped because another one failed

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class StackUpdater:
    """
    Updates stacks.

    Attributes:
        clients: Ask CloudFormation.
        own: Read and set stack policies, by the credentials given: no role of the bootstrap may. None takes `clients`.
        sleep: Waits for so many seconds.
    """

    clients: Clients
    own: Clients | None = None
    sleep: Callable[[float], None] = field(default=time.sleep)

    def settle(self, stack: SynthesisedStack) -> DeployedStack:
        """
        Wait until CloudFormation has come to rest with a stack, and return it.

        Raises:
            CommandError: It is in a state that lets nothing change, does not exist, or could not be asked about.
        """
        found = self.read_at_rest(stack)
        verdict = judge_state(found.state, stack)
        if verdict.is_wrong:
            raise CommandError(f"{stack.path}: {verdict.words}")
        return found

    def await_rest(self, stack: SynthesisedStack) -> str | None:
        """
        Wait until CloudFormation is at work on a stack no more, and return its state; None if it does not exist.

        Raises:
            CommandError: It takes too long, or could not be asked about.
        """
        state = rest.await_rest(stack, DeployedStacks(self.clients), sleep=self.sleep)
        if isinstance(state, Unanswered):
            raise _unanswered(stack, "could not ask for its state", state)
        return state

    def read_at_rest(self, stack: SynthesisedStack) -> DeployedStack:
        """
        Wait until CloudFormation is at work on a stack no more, and return it, in whatever state it is left, or none.

        Raises:
            CommandError: It takes too long, or could not be asked about.
        """
        while True:
            self.await_rest(stack)
            found = DeployedStacks(self.clients).fetch(stack)
            if isinstance(found, Unanswered):
                raise _unanswered(stack, "could not ask for its state and template", found)
            if not is_at_work(found.state or ""):  # nobody has begun another update meanwhile
                return found

    def update(
        self,
        stack: SynthesisedStack,
        before: Template,
        after: Template,
        imports: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        """
        Put another template in force.

        Parameters, tags, capabilities and the role stay. A stack policy of ours is lifted for what the template lacks,
        while the update lasts.

        Args:
            stack: Which one; its own `template` does not count.
            before: The template in force, as the caller has judged it.
            after: The one to put in force.
            imports: What exists and the stack takes in, as `ResourcesToImport` of CreateChangeSet.

        Raises:
            CommandError: Nothing has changed: another deployment went between, CloudFormation would do more than the
                templates say, or it refused or could not be asked. Or the update failed, and was undone.
        """
        if self.settle(stack).template != before:
            raise CommandError(f"{stack.path}: {MEANWHILE}")
        expected = expected_changes(before, after, [found["LogicalResourceId"] for found in imports])
        lifted = {f"{stack.path}:{change.logical_id}" for change in expected if change.action == "Remove"}
        described = self._ask(stack, lambda client: describe_stack(client, stack.name))
        own = DeployedStacks(self.own or self.clients)
        with protected([stack], own, lifted, only_ours=True) if lifted else nullcontext():
            self._change(stack, described, after, expected, imports)

    def take_in(
        self, stack: SynthesisedStack, resources: Mapping[str, Any], imports: Sequence[Mapping[str, Any]]
    ) -> None:
        """
        Import resources into a stack, and make it if there is none. What it holds already is left alone.

        Args:
            stack: Which one; its own `template` does not count.
            resources: Logical id to resource, as the template is to have it.
            imports: The same, as `ResourcesToImport` of CreateChangeSet.

        Raises:
            CommandError: As of `update`.
        """
        if self.await_rest(stack) in NOTHING_YET:
            after = {"Resources": dict(resources)}
            expected = [Change(name, "Import") for name in resources]
            self._change(stack, new_stack(stack), after, expected, imports)
            return
        before = self.settle(stack).template or {}
        held = before.get("Resources", {})
        missing = {name: found for name, found in resources.items() if name not in held}
        if missing:
            after = {**before, "Resources": {**held, **missing}}
            self.update(stack, before, after, [found for found in imports if found["LogicalResourceId"] in missing])

    def delete(self, stack: SynthesisedStack, before: Template) -> None:
        """
        Delete a stack; its termination protection is lifted for that. One that is gone already is done.

        Args:
            stack: Which one; its own `template` does not count.
            before: The template in force, as the caller has judged it.

        Raises:
            CommandError: Nothing has changed: another deployment went between, or CloudFormation refused or could not
                be asked. Or the deletion failed, and what is left of the stack is told, or takes too long.
        """
        found = self.read_at_rest(stack)
        if found.state is None:
            return
        if (found.template or {}) != before:
            what = "another deployment changed it meanwhile, and it was not deleted; run the same command again"
            raise CommandError(f"{stack.path}: {what}")
        token = f"mailproof-{uuid4().hex}"
        described = self._ask(stack, lambda client: describe_stack(client, stack.name))
        is_protected = bool(described.get("EnableTerminationProtection"))
        if is_protected:
            self._ask(stack, lambda client: protect_stack(client, stack.name, on=False))
        try:
            self._ask(stack, lambda client: delete_stack(client, described["StackId"], token))
        except BaseException:
            if is_protected:
                self.clients.ask(*self._place(stack), lambda client: protect_stack(client, stack.name, on=True))
            raise
        state = rest.look_until(  # CloudFormation does not show it at once
            stack,
            lambda: self.await_rest(stack),
            lambda state: state in {None, "DELETE_FAILED"},
            lambda state: f"was to be deleted, and {rest.still_in(stack, state)}",
            self.sleep,
        )
        if state:
            failures = self._ask(stack, lambda client: list(_failures(client, stack.name, token)))
            words = [*failures, judge_state(state, stack).words]
            raise CommandError([f"{stack.path}: {line}" for line in words])

    def _change(
        self,
        stack: SynthesisedStack,
        described: Mapping[str, Any],
        after: Template,
        expected: Iterable[Change],
        imports: Sequence[Mapping[str, Any]],
    ) -> None:
        name = f"mailproof-{uuid4().hex}"
        sent = with_letters(after, _tag_texts(stack, described))
        template = template_argument(self.clients, stack, sent)
        if isinstance(template, Unanswered):
            raise _unanswered(stack, "could not hand the template to CloudFormation", template)
        self._ask(stack, lambda client: create_change_set(client, described, name, template, imports))
        try:
            change_set = self._await_change_set(stack, name)
            if not change_set.is_empty:
                _refuse_others(stack, change_set, expected, sent)
                self._execute(stack, name)
        except BaseException:
            self._discard(stack, name)
            raise
        if change_set.is_empty:
            self._discard(stack, name)
        else:
            self._await_update(stack, name)

    def _execute(self, stack: SynthesisedStack, name: str) -> None:
        done = self.clients.ask(*self._place(stack), lambda client: execute_change_set(client, stack.name, name, name))
        if isinstance(done, Unanswered) and done.reason in OVERTAKEN:
            raise CommandError(f"{stack.path}: {MEANWHILE}")
        if isinstance(done, NotFound | Unanswered):
            raise _refused(stack, done)

    def _discard(self, stack: SynthesisedStack, name: str) -> None:
        """Delete a change set; CloudFormation refuses that while it is executed."""
        self.clients.ask(*self._place(stack), lambda client: delete_change_set(client, stack.name, name))

    def _await_change_set(self, stack: SynthesisedStack, name: str) -> ChangeSet:
        return self._look_at(stack, name, lambda found: found.status in {"CREATE_COMPLETE", "FAILED"}, "finish")

    def _await_update(self, stack: SynthesisedStack, name: str) -> None:
        say(f"{stack.path}: CloudFormation is at work")
        ends = {"EXECUTE_COMPLETE", "EXECUTE_FAILED"}
        self._look_at(stack, name, lambda found: found.execution in ends, "carry out")
        state = self.await_rest(stack)
        if state not in GOOD:
            failures = self._ask(stack, lambda client: list(_failures(client, stack.name, name)))
            words = [*failures, judge_state(state, stack).words]
            raise CommandError([f"{stack.path}: {line}" for line in words])

    def _look_at(
        self, stack: SynthesisedStack, name: str, is_done: Callable[[ChangeSet], bool], what: str
    ) -> ChangeSet:
        """Look at a change set until CloudFormation has done something with it."""
        return rest.look_until(
            stack,
            lambda: self._ask(stack, lambda client: fetch_change_set(client, stack.name, name)),
            is_done,
            lambda _: f"CloudFormation does not {what} the change set {name}",
            self.sleep,
        )

    def _ask(self, stack: SynthesisedStack, call: Callable[[Any], T]) -> T:
        found = self.clients.ask(*self._place(stack), call)
        if isinstance(found, NotFound | Unanswered):
            raise _refused(stack, found)
        return found

    @staticmethod
    def _place(stack: SynthesisedStack) -> tuple[str, Target]:
        return "cloudformation", Target(stack.account, stack.region, stack.roles)


def expected_changes(before: Template, after: Template, imported: Iterable[str] = ()) -> list[Change]:
    """List what an update with another template does, of itself."""
    first, second, taken_in = before.get("Resources", {}), after.get("Resources", {}), set(imported)
    return [
        *(Change(name, "Remove") for name in first if name not in second),
        *(Change(name, "Import" if name in taken_in else "Add") for name in second if name not in first),
        *(Change(name, "Modify") for name in first if name in second and first[name] != second[name]),
    ]


def _tag_texts(stack: SynthesisedStack, described: Mapping[str, Any]) -> list[str]:
    """Return keys and values of tags, of which templates that CloudFormation gives back may lack letters."""
    tags = [*stack.tags.items(), *((tag["Key"], tag["Value"]) for tag in described.get("Tags", ()))]
    return [text for tag in tags for text in tag]


def _refuse_others(
    stack: SynthesisedStack, change_set: ChangeSet, expected: Iterable[Change], template: Template
) -> None:
    """Refuse a change set that would do anything else than the templates say, or that could not be made."""
    doubtful = set(doubtful_tags(template))
    if change_set.status == "FAILED":
        why = f"; {LOST_LETTERS.format(', '.join(sorted(doubtful)))}" if doubtful else ""
        raise CommandError(f"{stack.path}: CloudFormation refuses the change: {change_set.reason}{why}")
    known = {(change.logical_id, change.action) for change in expected}
    others = [change for change in change_set.changes if change[:2] not in known or change.replaces]
    if others:
        words = ", ".join(f"{change.action} {change.logical_id}" for change in others)
        what = f"CloudFormation would also do this, which nobody asked for: {words}; nothing was changed"
        if lost := sorted({change.logical_id for change in others} & doubtful):
            raise CommandError(f"{stack.path}: {what}; {LOST_LETTERS.format(', '.join(lost))}")
        raise CommandError(f"{stack.path}: {what}; run the same command again")


def _failures(client: Any, stack_name: str, token: str) -> Iterator[str]:
    """Yield why resources failed in one update, the first failure first."""
    events = [event for event in list_events(client, stack_name) if event.get("ClientRequestToken") == token]
    for event in reversed(events):
        reason = event.get("ResourceStatusReason", "")
        if event["ResourceStatus"].endswith("_FAILED") and reason and _CANCELLED not in reason:
            yield f"{event['LogicalResourceId']}: {reason}"


def _refused(stack: SynthesisedStack, answer: NotFound | Unanswered) -> CommandError:
    why = Unanswered("NotFound") if isinstance(answer, NotFound) else answer
    return _unanswered(stack, "CloudFormation refused or could not be asked", why)


def _unanswered(stack: SynthesisedStack, what: str, answer: Unanswered) -> CommandError:
    return CommandError(f"{stack.path}: {what}: {answer}{advise(answer, stack.region)}", UNANSWERED)
