"""Find live identities and records that the stacks of an environment would create."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from mailproof.adopt.blockers import (
    differs_and_cannot_be_imported,
    has_other_keys,
    is_barred_by_an_alias,
    is_gone,
    is_in_a_bad_state,
    is_in_a_group,
    is_in_the_place_of_an_alias,
    is_managed_by_another,
    is_no_simple_record,
    is_of_another_type,
)
from mailproof.adopt.difference import (
    identity_as_found,
    identity_differences,
    record_as_found,
    record_differences,
)
from mailproof.adopt.import_plan_result import Adoption, Blocker, ImportPlan
from mailproof.adopt.missing import MissingIdentity, missing_identities, missing_records, owner_of
from mailproof.check.selection import Selection
from mailproof.live.answer import NotFound, Unanswered
from mailproof.live.aws.clients import Clients, Target, reading_target, refuse_other_account
from mailproof.live.aws.identifiers import fetch_identifiers, identifier_of
from mailproof.live.aws.live_resources import LiveResources
from mailproof.live.aws.remedies import could_not_ask
from mailproof.live.aws.route53 import BARRING_TYPES, RecordSet, RecordSets
from mailproof.live.aws.ses_facts import IdentityFacts
from mailproof.live.aws.stack_contents import ManagingStack, StackContents, could_not_tell, fetch_stack_contents
from mailproof.live.aws.stacks import DeployedStack, DeployedStacks, read_template
from mailproof.model.command_lines import move_command
from mailproof.model.environment import Environment
from mailproof.model.resource_types import IDENTITY, RECORD_SET
from mailproof.model.resources import identity_id
from mailproof.template.cloud_assembly import SynthesisedStack
from mailproof.template.contents import RecordKey, Template
from mailproof.template.identities import own_selector, properties_of
from mailproof.template.intrinsics import IntrinsicEvaluator, Tokens, outputs_read
from mailproof.template.records import TemplateRecord
from mailproof.template.type_changes import ALIAS

IN_NO_STACK = "in no stack"


class ImportPlanner:
    """
    Plans the import of one environment.

    Args:
        environment: The environment.
        stacks: Its stacks, in the order of deployment.
        clients: Ask SES, Route 53 and CloudFormation.
        from_our_stacks: All environments, if what another stack of ours holds, or another resource of the same, can be
            taken over, since it is released there first; else that is in the way.
        options: Of the command that is running, and of use to those that are told: ``--profile``.
    """

    def __init__(
        self,
        environment: Environment,
        stacks: Mapping[str, SynthesisedStack],
        clients: Clients,
        *,
        from_our_stacks: Sequence[Environment] = (),
        options: Sequence[str] = (),
    ) -> None:
        self._environment = environment
        self._stacks = stacks
        self._clients = clients
        self._deployed = DeployedStacks(clients)
        self._live = LiveResources(clients)
        self._evaluator = self._evaluate(self._tokens)
        self._from_our_stacks = from_our_stacks
        self._move = move_command(environment, options)
        self.contents: dict[str, StackContents] = {}
        """By account: what its stacks hold, as far as that was asked for."""
        self._identifiers: dict[tuple[str, str], Mapping[str, tuple[str, ...]] | Unanswered] = {}
        self.import_plan = ImportPlan()

    def run(self, selection: Selection) -> ImportPlan:
        """Look at every stack; reads only."""
        own = self._clients.account(self._environment.regions[0])
        if refused := refuse_other_account(own, self._environment.account):
            self._could_not_ask(self._environment.name, "AWS", refused, self._environment.regions[0])
            return self.import_plan
        deployed = {
            stack.path: self._deployed.fetch(stack)
            for stack in self._stacks.values()
            if not selection.regions or stack.region in selection.regions
        }
        self._prefetch(deployed, selection)
        for path, found in deployed.items():
            self._look_at(self._stacks[path], found, selection)
        return self.import_plan

    def _prefetch(self, deployed: Mapping[str, DeployedStack | Unanswered], selection: Selection) -> None:
        """Read the identities that will be asked for: those that are missing, and those that name DKIM records."""
        asked = dict[tuple[Target, str], None]()
        account = self._environment.account
        blind = self._evaluate(lambda region, domain: asked.setdefault((Target(account, region), domain)))
        for path, found in deployed.items():
            if isinstance(found, DeployedStack):
                stack = self._stacks[path]
                missing = _missing_identities(stack, found.template, selection)
                asked |= dict.fromkeys((reading_target(stack), identity.domain) for identity in missing)
                for _ in missing_records(stack, found.template, blind):
                    pass
        self._live.prefetch(asked)

    def _evaluate(self, tokens: Tokens) -> IntrinsicEvaluator:
        names = {identity_id(domain.name): domain.name for domain in self._environment.domains}
        return IntrinsicEvaluator(self._stacks.values(), self._environment.account, tokens, names)

    def _look_at(self, stack: SynthesisedStack, deployed: DeployedStack | Unanswered, selection: Selection) -> None:
        if isinstance(deployed, Unanswered):
            self._could_not_ask(stack.path, "for the deployed template", deployed, stack.region)
            return
        template = deployed.template
        results = [*self._identities(stack, template, selection), *self._records(stack, template, selection)]
        if results and (blocker := is_in_a_bad_state(stack, deployed.state)):
            results.append(blocker)
        adoptions = [found for found in results if isinstance(found, Adoption)]
        if producer := self._undeployed_producer(adoptions):
            adoptions = [self._put_off(found, producer) for found in adoptions]
        self.import_plan.adoptions += adoptions
        self.import_plan.blockers += [found for found in results if isinstance(found, Blocker)]

    def _undeployed_producer(self, adoptions: Iterable[Adoption]) -> SynthesisedStack | None:
        """
        Return the stack that lacks outputs which an import would read: only a deployment creates them.

        Records in a zone of another account read the names of DKIM so, by a role that the same deployment makes.
        """
        outputs: dict[str, set[str]] = {}
        for name, output in outputs_read([found.properties for found in adoptions if found.needs_import]):
            outputs.setdefault(name, set()).add(output)
        for stack in self._stacks.values():
            if stack.name in outputs:
                deployed = self._deployed.fetch(stack)
                template = None if isinstance(deployed, Unanswered) else deployed.template  # `_look_at` tells of that
                if outputs[stack.name] - (template or {}).get("Outputs", {}).keys():
                    return stack
        return None

    def _identities(
        self, stack: SynthesisedStack, deployed: Template | None, selection: Selection
    ) -> Iterator[Adoption | Blocker]:
        for missing in _missing_identities(stack, deployed, selection):
            found = self._live.identity(reading_target(stack), missing.domain)
            if isinstance(found, Unanswered):
                self._could_not_ask(
                    self._environment.name, f"SES for {missing.domain!r} in {stack.region}", found, stack.region
                )
            elif isinstance(found, NotFound):
                yield from self._gone(stack, missing)
            elif answer := self._adopt_identity(stack, missing, found):
                yield answer

    def _manager_of(self, stack: SynthesisedStack, missing: MissingIdentity) -> ManagingStack | None:
        return self._stack_contents(stack).identities.get((stack.region, missing.domain))

    def _gone(self, stack: SynthesisedStack, missing: MissingIdentity) -> Iterator[Blocker]:
        """Tell of an identity that a stack of ours would have to release, and that is not there."""
        manager = self._manager_of(stack, missing) if self._from_our_stacks else None
        if manager and self._can_release(manager):
            yield self._is_gone(stack, f"identity {missing.domain!r}", manager)

    def _is_gone(self, stack: SynthesisedStack, words: str, manager: ManagingStack) -> Blocker:
        return is_gone(stack, words, manager, self._environment, self._from_our_stacks)

    def _adopt_identity(
        self, stack: SynthesisedStack, missing: MissingIdentity, found: IdentityFacts
    ) -> Adoption | Blocker | None:
        words = f"identity {missing.domain!r}"
        manager = self._manager_of(stack, missing)
        if manager and not self._can_release(manager):
            return is_managed_by_another(stack, words, manager, self._move)
        if blocker := has_other_keys(stack, missing, found, is_ours=bool(self._from_our_stacks)):
            return blocker
        found = self._with_selector(stack, found, manager)
        identifiers = self._identifiers_of(stack)
        if isinstance(identifiers, Unanswered):
            return None
        return Adoption(
            stack=stack,
            logical_id=missing.logical_id,
            words=words,
            origin=_origin(manager, f"retained by stack {found.stack_name}" if found.stack_name else IN_NO_STACK),
            identifier={key: str(missing.properties[key]) for key in identifiers[IDENTITY]},
            properties=identity_as_found(stack.region, found, missing.properties),
            differences=tuple(identity_differences(missing.domain, stack.region, found, missing.properties)),
            held_by=manager,
        )

    def _with_selector(
        self, stack: SynthesisedStack, found: IdentityFacts, manager: ManagingStack | None
    ) -> IdentityFacts:
        """Name the selector of an own key by the stack of ours that holds the identity, where SES names none."""
        if not (manager and manager.is_ours and found.uses_byodkim and not found.own_selector):
            return found
        held = self._clients.ask(
            "cloudformation", reading_target(stack), lambda client: read_template(client, manager.stack_name)
        )
        if isinstance(held, NotFound | Unanswered):
            return found
        selector = own_selector(properties_of(held.get("Resources", {}).get(manager.logical_id, {})))
        return replace(found, tokens=(selector,)) if selector else found

    def _records(
        self, stack: SynthesisedStack, deployed: Template | None, selection: Selection
    ) -> Iterator[Adoption | Blocker]:
        for missing in missing_records(stack, deployed, self._evaluator):
            domain = owner_of(missing.name, self._environment)
            if selection.domains and domain not in selection.domains:
                continue
            zone = self._live.zone(reading_target(stack), missing.zone_id)
            if isinstance(zone, Unanswered):
                self._could_not_ask(stack.path, f"Route 53 for zone {missing.zone_id}", zone, stack.region)
            elif found := zone.get(missing.key):
                if answer := self._adopt_record(stack, domain, missing, found):
                    yield answer
            elif there := _in_its_place(missing, zone):
                if blocker := self._barred(stack, domain, missing, there):
                    yield blocker
            elif manager := self._holder_of_ours(stack, missing.zone_id, missing.key):
                yield self._is_gone(stack, missing.words, manager)

    def _barred(
        self, stack: SynthesisedStack, domain: str, missing: TemplateRecord, there: RecordSet
    ) -> Blocker | None:
        """Tell of a record in whose place another is wanted; of one that a stack of ours holds the guard does."""
        key = (there.name, there.type)
        if self._holder_of_ours(stack, missing.zone_id, key):
            return is_of_another_type(stack, there, missing)
        if there.type == ALIAS:
            return is_barred_by_an_alias(stack, there, missing, domain, self._environment)
        manager = self._stack_contents(stack).record(missing.zone_id, key)
        if manager:
            return None if manager.is_ours else is_managed_by_another(stack, there.words, manager, self._move)
        return is_in_the_place_of_an_alias(stack, there, missing, domain, self._environment)

    def _holder_of_ours(self, stack: SynthesisedStack, zone_id: str, key: RecordKey) -> ManagingStack | None:
        """Return the resource of ours that would have to release a record, whether or not that is there."""
        manager = self._stack_contents(stack).record(zone_id, key) if self._from_our_stacks else None
        return manager if manager and self._can_release(manager) else None

    def _adopt_record(
        self, stack: SynthesisedStack, domain: str, missing: TemplateRecord, found: tuple[RecordSet, ...]
    ) -> Adoption | Blocker | None:
        contents = self._stack_contents(stack)
        manager = contents.record(missing.zone_id, missing.key)
        if manager and not self._can_release(manager):
            return is_managed_by_another(stack, missing.words, manager, self._move, is_grouped=missing.is_grouped)
        if not manager and (possible := contents.maybe(missing.zone_id, missing.key)):
            self._note_unanswered(f"{stack.path}: {could_not_tell(possible, missing.words)}")
            return None
        if found[0].extras:
            return is_no_simple_record(stack, found)
        if missing.is_grouped:
            return is_in_a_group(stack, missing, domain, self._environment)
        return self._take_in(stack, missing, found[0], manager)

    def _take_in(
        self, stack: SynthesisedStack, missing: TemplateRecord, found: RecordSet, manager: ManagingStack | None
    ) -> Adoption | Blocker | None:
        identifiers = self._identifiers_of(stack)
        if isinstance(identifiers, Unanswered):
            return None
        differences = tuple(record_differences(found, missing))
        keys = identifiers.get(RECORD_SET, ())
        if differences and not keys:
            return differs_and_cannot_be_imported(stack, found, missing, "; ".join(d.what for d in differences))
        resource = stack.template["Resources"][missing.logical_id]
        return Adoption(
            stack=stack,
            logical_id=missing.logical_id,
            words=missing.words,
            origin=_origin(manager, IN_NO_STACK),
            identifier=identifier_of(missing, keys),
            properties=record_as_found(found, missing, resource["Properties"]),
            differences=differences,
            needs_import=bool(keys),
            held_by=manager,
        )

    def _can_release(self, manager: ManagingStack) -> bool:
        return bool(self._from_our_stacks) and manager.is_ours

    def _put_off(self, found: Adoption, producer: SynthesisedStack) -> Adoption:
        """Mark what has to wait for outputs of another stack; a move makes them itself."""
        return (
            replace(found, needs_import=bool(self._from_our_stacks), after=producer.path)
            if found.needs_import
            else found
        )

    def _stack_contents(self, stack: SynthesisedStack) -> StackContents:
        """Return what stacks of the account hold; read when something is found, and once."""
        if stack.account not in self.contents:
            needed = {other.region for other in self._stacks.values() if other.account == stack.account}
            contents = fetch_stack_contents(self._clients, reading_target(stack), needed, self._evaluator)
            self.contents[stack.account] = contents
            for region, answer in contents.unanswered.items():
                whom = f"the stacks of {stack.account} in {region}"
                if region in needed:
                    self._could_not_ask(self._environment.name, whom, answer, region)
                else:
                    line = could_not_ask(whom, answer, region)
                    self.import_plan.notes.append(f"{line}; see yourself that none of them holds what is adopted")
        return self.contents[stack.account]

    def _identifiers_of(self, stack: SynthesisedStack) -> Mapping[str, tuple[str, ...]] | Unanswered:
        key = (stack.account, stack.region)
        if key not in self._identifiers:
            self._identifiers[key] = found = fetch_identifiers(self._clients, reading_target(stack))
            if isinstance(found, Unanswered):
                self._could_not_ask(stack.path, "CloudFormation what it imports", found, stack.region)
        return self._identifiers[key]

    def _tokens(self, region: str, domain: str) -> tuple[tuple[str, str], ...] | None:
        target = Target(self._environment.account, region)
        if isinstance(found := self._live.identity(target, domain), Unanswered):
            self._could_not_ask(self._environment.name, f"SES for {domain!r} in {region}", found, region)
        return self._live.dkim(target, domain)

    def _could_not_ask(self, where: str, whom: str, why: Unanswered, region: str) -> None:
        self._note_unanswered(f"{where}: {could_not_ask(whom, why, region)}")

    def _note_unanswered(self, line: str) -> None:
        if line not in self.import_plan.unanswered:
            self.import_plan.unanswered.append(line)


def _in_its_place(missing: TemplateRecord, zone: RecordSets) -> RecordSet | None:
    """Return what stands at the name of a record that is not there: the CNAME, or what stands where one is to be."""
    types = BARRING_TYPES if missing.type == ALIAS else (ALIAS,)
    return next((zone[missing.name, rdtype][0] for rdtype in types if (missing.name, rdtype) in zone), None)


def _missing_identities(
    stack: SynthesisedStack, deployed: Template | None, selection: Selection
) -> Iterator[MissingIdentity]:
    """Yield the identities of a selection that a stack is to have and lacks."""
    for missing in missing_identities(stack, deployed):
        if not selection.domains or missing.domain.rpartition("@")[2] in selection.domains:
            yield missing


def _origin(manager: ManagingStack | None, otherwise: str) -> str:
    return f"held by {manager}" if manager else otherwise
