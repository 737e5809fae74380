"""
Recreate resources of a stack that are gone, through the stack.

CloudFormation takes them for there, and makes none until the template has been without them. So they leave the stack
and come back into it. What the stack lacks meanwhile is noted in its template: see `mailproof.template.repair_note`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from mailproof.change.errors import CommandError, stop_if
from mailproof.change.say import say
from mailproof.change.stack_update import StackUpdater
from mailproof.change.zone_change import Change, batch_command, creation, deletion
from mailproof.exit_codes import UNANSWERED
from mailproof.live.answer import NotFound, Unanswered
from mailproof.live.aws.clients import Clients, Target, reading_target
from mailproof.live.aws.identifiers import fetch_identifiers, identifier_of, import_entry
from mailproof.live.aws.live_resources import LiveResources
from mailproof.live.aws.remedies import advise
from mailproof.live.aws.route53 import RecordSet, same_values
from mailproof.model.command_lines import with_credentials_of
from mailproof.model.resource_types import IDENTITY, RECORD_SET
from mailproof.repair.records import change_zone
from mailproof.template.cloud_assembly import SynthesisedStack
from mailproof.template.contents import Template, as_text, identity_domain, is_retained
from mailproof.template.intrinsics import DKIM_ATTRIBUTE, IntrinsicEvaluator, outputs_read, scope_of
from mailproof.template.records import TemplateRecord, template_records
from mailproof.template.repair_note import whole_template, with_note
from mailproof.template.taking_out import PLACEHOLDER, Refers, find_records, find_referring, referring_to, take_out


@dataclass(frozen=True, slots=True)
class Departure:
    """
    What leaves a stack, to come back.

    Attributes:
        stack: With the template in force.
        gone: Logical ids of what is not there any more.
        records: Logical ids of what hangs on it.
        after: The template without both.
    """

    stack: SynthesisedStack
    gone: frozenset[str]
    records: frozenset[str]
    after: Template

    def is_retained(self, name: str) -> bool:
        """Tell whether CloudFormation leaves live what leaves the stack."""
        return is_retained(self.stack.resources[name])

    def obstacles(self) -> Iterator[str]:
        """Say what would be lost that is live, or could not stay."""
        resources = self.stack.resources
        for name in sorted(self.records):
            is_dead = DKIM_ATTRIBUTE.search(as_text(resources[name].get("Properties", {})))
            if not is_dead and not self.is_retained(name):
                yield f"{self.stack.path}: {name} would be deleted, and it may be live"
        for name, others in find_referring(self.after, self.gone | self.records).items():
            yield f"{self.stack.path}: {name} refers to {', '.join(others)}, and cannot stay without"


def plan_departures(stacks: Sequence[SynthesisedStack], gone: Mapping[str, Iterable[str]]) -> list[Departure]:
    """
    Find what leaves which stack: what is gone, and what hangs on it there and in the stacks that read its outputs.

    Args:
        stacks: With the templates in force.
        gone: Stack id to logical ids of identities, or of records, that are not there.

    Returns:
        Those that read outputs first: what they read is about to leave.
    """
    departures, outputs = [], set[tuple[str, str]]()
    for stack in stacks:
        if names := frozenset(gone.get(stack.path, ())):
            refers = referring_to(names)
            whole = whole_template(stack.template)
            outputs |= {(stack.name, name) for name, output in whole.get("Outputs", {}).items() if refers(output)}
            departures.append(_departure(stack, names, refers))
    own = {departure.stack.path for departure in departures}
    reads = _reading(outputs)
    readers = [_departure(stack, frozenset(), reads) for stack in stacks if stack.path not in own]
    return [*(found for found in readers if found.after["Resources"] != found.stack.resources), *departures]


def _departure(stack: SynthesisedStack, gone: frozenset[str], refers: Refers) -> Departure:
    records = frozenset(find_records(stack.template, refers)) - gone
    after = take_out(stack.template, gone | records, refers)
    return Departure(stack, gone, records, after)


def _reading(outputs: set[tuple[str, str]]) -> Refers:
    return lambda part: not outputs.isdisjoint(outputs_read(part))


class Rebuilder:
    """
    Takes out of stacks what is gone, and brings it back.

    Args:
        updater: Updates stacks.
        clients: Ask SES and Route 53, by the credentials given.
        account: Of the identities.
    """

    def __init__(self, updater: StackUpdater, clients: Clients, account: str) -> None:
        self._updater = updater
        self._clients = clients
        self._account = account

    def take_out(self, departures: Sequence[Departure]) -> None:
        """
        Update stacks so that they lack what is gone, with a note of it.

        Raises:
            CommandError: Something live would be lost, and nothing is done; or an update failed.
        """
        stop_if([line for departure in departures for line in departure.obstacles()], [], "nothing was changed")
        for departure in departures:
            before = departure.stack.template
            say(f"{departure.stack.path}: taking out what is gone, with the DKIM records that hang on it")
            self._updater.update(departure.stack, before, with_note(departure.after, whole_template(before)))

    def bring_back(self, stacks: Sequence[SynthesisedStack]) -> None:
        """
        Bring back what stacks lack by their notes: identities first, then the records that hold their new tokens.

        Args:
            stacks: In the order of deployment; what they hold is read anew.

        Raises:
            CommandError: An update failed, or something could not be asked. The same command goes on.
        """
        for stack in stacks:
            self._bring_identities(stack)
        for stack in stacks:
            self._bring_rest(stack, stacks)

    def _bring_identities(self, stack: SynthesisedStack) -> None:
        before = self._updater.settle(stack).template or {}
        whole = whole_template(before)
        lacking = {
            name: resource
            for name, resource in whole.get("Resources", {}).items()
            if resource["Type"] == IDENTITY and name not in before.get("Resources", {})
        }
        if there := [name for name in lacking if self._exists(stack, identity_domain(lacking[name]))]:
            say(f"{stack.path}: importing {', '.join(there)}, made by hand meanwhile")
            after = {**before, "Resources": {**before["Resources"], **{name: lacking[name] for name in there}}}
            imports = [
                import_entry(name, IDENTITY, {"EmailIdentity": identity_domain(lacking[name])}) for name in there
            ]
            self._updater.update(stack, before, after, imports)
            before = self._updater.settle(stack).template or {}
        if new := {name: found for name, found in lacking.items() if name not in there}:
            say(f"{stack.path}: recreating {', '.join(map(identity_domain, new.values()))}, with new DKIM tokens")
            resources = {name: found for name, found in before["Resources"].items() if name != PLACEHOLDER}
            parts = {"Resources": {**resources, **new}, "Outputs": whole.get("Outputs", {})}
            after = {name: section for name, section in {**before, **parts}.items() if section != {}}
            is_whole = after["Resources"] == whole["Resources"]
            self._updater.update(stack, before, whole if is_whole else with_note(after, whole))

    def _exists(self, stack: SynthesisedStack, domain: str) -> bool:
        found = LiveResources(self._clients).identity(Target(stack.account, stack.region), domain)
        if isinstance(found, Unanswered):
            what = f"{stack.path}: could not ask SES for {domain!r}: {found}{advise(found, stack.region)}"
            raise CommandError(what, UNANSWERED)
        return not isinstance(found, NotFound)

    def _bring_rest(self, stack: SynthesisedStack, stacks: Sequence[SynthesisedStack]) -> None:
        before = self._updater.settle(stack).template or {}
        whole = whole_template(before)
        if whole == before:
            return
        if there := self._find_there(stack, before, whole, stacks):
            before = self._take_in(stack, before, whole, there)
        say(f"{stack.path}: putting back all that it held")
        self._updater.update(stack, before, whole)

    def _find_there(
        self, stack: SynthesisedStack, before: Template, whole: Template, stacks: Sequence[SynthesisedStack]
    ) -> list[tuple[TemplateRecord, RecordSet]]:
        """
        Find the records that are there already, of those that a stack is to get back.

        Those are old ones if SES draws the same tokens again, or published by hand meanwhile. Route 53 takes no record
        twice, so that CloudFormation would fail.
        """
        live = LiveResources(self._clients)
        wholes = [replace(s, template=whole_template(self._updater.settle(s).template or {})) for s in stacks]
        evaluator = IntrinsicEvaluator(
            wholes, self._account, lambda region, domain: live.dkim(Target(self._account, region), domain)
        )
        held = {record.key for record in template_records(scope_of(stack, before), evaluator)}
        there = []
        for record in template_records(scope_of(stack, whole), evaluator):
            if record.key in held or not (record.name and record.zone_id):
                continue
            zone = live.zone(reading_target(stack), record.zone_id)
            if isinstance(zone, Unanswered):
                what = f"{stack.path}: could not list hosted zone {record.zone_id}: {zone}"
                raise CommandError(f"{what}{advise(zone, stack.region)}", UNANSWERED)
            for found in zone.get(record.key, ()):
                if not same_values(record.type, found.values, record.values):
                    what = f"{stack.path}: {record.words} is there with another value, {found.shown}"
                    batch = batch_command(record.zone_id, [deletion(found), creation(record)])
                    todo = with_credentials_of(stack.account, batch)
                    raise CommandError([f"{what}; in one batch, {todo}", "then run the same command again"])
                there.append((record, found))
        return there

    def _take_in(
        self,
        stack: SynthesisedStack,
        before: Template,
        whole: Template,
        there: Sequence[tuple[TemplateRecord, RecordSet]],
    ) -> Template:
        """
        Import the records that are there, so that they are live throughout, and return the template in force then.

        What CloudFormation cannot import, members of groups above all, is deleted just before it makes it.
        """
        identifiers = fetch_identifiers(self._clients, reading_target(stack))
        if isinstance(identifiers, Unanswered):
            what = f"{stack.path}: could not ask CloudFormation what it imports: {identifiers}"
            raise CommandError(f"{what}{advise(identifiers, stack.region)}", UNANSWERED)
        keys = identifiers.get(RECORD_SET, ())
        changes: dict[str, list[Change]] = {}
        imports = []
        for record, found in there:
            if record.is_grouped or not keys:
                changes.setdefault(record.zone_id, []).append(deletion(found))
                continue
            if found.ttl_s != record.ttl_s:
                changes.setdefault(record.zone_id, []).extend([deletion(found), creation(record)])
            imports.append(import_entry(record.logical_id, RECORD_SET, identifier_of(record, keys)))
        for zone_id, batch in changes.items():
            change_zone(self._clients, Target(stack.account, stack.region), zone_id, batch)
        if not imports:
            return before
        names = [found["LogicalResourceId"] for found in imports]
        say(f"{stack.path}: importing {len(names)} records, which are there already")
        after = {**before, "Resources": {**before["Resources"], **{name: whole["Resources"][name] for name in names}}}
        self._updater.update(stack, before, after, imports)
        return self._updater.settle(stack).template or {}
