"""Reasons why something cannot be adopted, each with the steps that clear it."""

from collections.abc import Iterable, Mapping, Sequence
from shlex import quote

from mailproof.adopt.import_plan_result import Blocker
from mailproof.adopt.missing import MissingIdentity
from mailproof.change.zone_change import batch_command, creation
from mailproof.live.aws.route53 import RecordSet
from mailproof.live.aws.ses_facts import IdentityFacts
from mailproof.live.aws.stack_contents import ManagingStack
from mailproof.live.aws.stack_status import IN_FORCE, NOTHING_YET, delete_command, is_at_work, judge_state
from mailproof.model import pages
from mailproof.model.command_lines import records_command, repair_command, with_credentials_of
from mailproof.model.environment import Environment
from mailproof.model.placement import plan_stacks
from mailproof.model.records import all_records
from mailproof.model.stack_id import StackId, StackKind
from mailproof.template.cloud_assembly import Place, SynthesisedStack
from mailproof.template.identities import own_selector
from mailproof.template.records import TemplateRecord
from mailproof.template.replicas import NO_CONVERSION
from mailproof.template.type_changes import WAY

ONE_BY_ONE = "undo what else was changed in the files, run the same command again, and change the rest after it"
REPAIR_FIRST = "put it back first, by `mailproof repair` of its environment"
KEEP_SINGLE = (
    f"write `record_sets: individual` again: a live record cannot move into a group in place; see {pages.MIGRATING}"
)
RELEASE_FIRST = (
    "with `removal_policy: retain`, have the file ask for it in neither way (`identity: elsewhere`), and roll out",
    "write the file as it is now, and run the same command again",
)


def is_managed_by_another(
    stack: SynthesisedStack, words: str, manager: ManagingStack, move: str, *, is_grouped: bool = False
) -> Blocker:
    """Explain how to take a resource out of another stack, or another resource of the same, without deleting it."""
    itself = (manager.stack_name, manager.region) == (stack.name, stack.region)
    if itself and not manager.is_group:
        held = f"{words} is held by another resource of the same stack ({manager.logical_id})"
        return Blocker(stack.path, held, (KEEP_SINGLE,) if is_grouped else RELEASE_FIRST)
    if manager.is_ours:
        return Blocker(
            stack.path,
            f"{words} is held by {manager}",
            (f"run `{move}`, which takes it into {stack.path} without a gap",),
        )
    where = f"--region {manager.region} --stack-name {manager.stack_name}"
    return Blocker(
        stack.path,
        f"{words} is held by {manager}",
        (
            f"in stack {manager.stack_name} give it DeletionPolicy Retain (CDK: RemovalPolicy.RETAIN), and deploy that",
            f"see that the policy is in force: aws cloudformation get-template {where}",
            f"take it out of stack {manager.stack_name}, and deploy that: CloudFormation skips the deletion",
            f"run the same command again; {pages.MIGRATING} shows it step by step",
        ),
    )


def is_gone(
    stack: SynthesisedStack,
    words: str,
    manager: ManagingStack,
    environment: Environment,
    environments: Iterable[Environment],
) -> Blocker:
    """Explain that a stack holds what is not there: without it the rest of the domain would move, and it could not."""
    place = (stack.account, manager.region, manager.stack_name)
    homes = {found.deployed_name: found for found in environments if found.account == environment.account}
    if place in _places(environment):
        todo = f"run `{repair_command(environment)}`, which puts it back there, then the same command again"
    else:
        todo = _put_it_back(StackId.parse(manager.stack_name, manager.region), place, environment, homes)
    return Blocker(stack.path, f"{words} is held by {manager}, but does not exist any more", (todo,))


def _places(environment: Environment) -> set[Place]:
    return {environment.place_of(plan.id) for plan in plan_stacks(environment)}


def _put_it_back(
    possible: Sequence[StackId], place: Place, environment: Environment, homes: Mapping[str, Environment]
) -> str:
    """Say how what its file has no longer there is put back: a repair looks at what the files ask for."""
    known = [(found, homes[found.environment]) for found in possible if found.environment in homes]
    home = known[0][1] if known else environment
    if not known:
        what = f"write `deployed_as: {possible[-1].environment}` in {home.path}"
    elif known[0][0].kind is StackKind.DNS and not known[0][0].group and place not in _places(home):
        what = f"write `dns_region: {known[0][0].region}` in {home.path}"
    else:
        what = f"let {home.path} put its domain there again, as before"
    return f"{what}, run `{repair_command(home)}`, which puts it back, undo the first, and run the same command again"


def is_in_a_group(stack: SynthesisedStack, record: TemplateRecord, domain: str, environment: Environment) -> Blocker:
    """Explain that CloudFormation cannot import record set groups."""
    todo = f"write `record_sets: individual` for {domain!r}, synthesise again, and run the same command again"
    return Blocker(
        stack.path,
        f"{record.words} exists, and belongs to a group of {domain!r}, which CloudFormation cannot import",
        (f"{_source_of(domain, environment)}{todo}",),
    )


def is_of_another_type(stack: SynthesisedStack, there: RecordSet, wanted: TemplateRecord) -> Blocker:
    """Explain that a record of a stack of ours is to become a CNAME, or was one: a move takes things as they are."""
    return Blocker(stack.path, f"{there.words} exists, and bars {wanted.words}", (f"{ONE_BY_ONE}: {WAY}",))


def is_barred_by_an_alias(
    stack: SynthesisedStack, alias: RecordSet, wanted: TemplateRecord, domain: str, environment: Environment
) -> Blocker:
    """Explain that a CNAME exists at the name, beside which no other record can be created."""
    records = (record for found in environment.domains if found.name == domain for record in all_records(found))
    kind = next((record.kind for record in records if (record.name, record.type) == wanted.key), None)
    leave = kind.leave_out if kind else "leave it out"
    return Blocker(
        stack.path,
        f"{alias.words} exists, and bars {wanted.words}: beside a CNAME no other record can be",
        (
            f"if it is to stay: {_source_of(domain, environment)}{leave} for {domain!r}, and synthesise again",
            "else replace it by the records that are wanted, in one batch of Route 53, so that the name is never empty",
        ),
    )


def is_in_the_place_of_an_alias(
    stack: SynthesisedStack, there: RecordSet, wanted: TemplateRecord, domain: str, environment: Environment
) -> Blocker:
    """Explain that a record exists where a CNAME is wanted, which can be beside no other."""
    show = records_command(environment, domain) if domain else "mailproof records"
    exchange = f"else put the CNAME that `{show}` shows in its place, in one batch of Route 53"
    return Blocker(
        stack.path,
        f"{there.words} exists, and bars {wanted.words}: beside a CNAME no other record can be",
        (
            f"if it is to stay: {_source_of(domain, environment)}do not ask for the CNAME, and synthesise again",
            f"{exchange}, so that the name is never empty, and run the same command again",
        ),
    )


def _source_of(domain: str, environment: Environment) -> str:
    source = environment.sources.get(domain)
    return f"{source.path}:{source.line}: {source.key}: " if source else ""


def is_no_simple_record(stack: SynthesisedStack, found: tuple[RecordSet, ...]) -> Blocker:
    """Explain that a record with a routing policy or an alias cannot be imported as a simple record."""
    extras = ", ".join(dict.fromkeys(extra for record in found for extra in record.extras))
    return Blocker(
        stack.path,
        f"{found[0].words} has {extras}, which our records do not have",
        ("replace it by a simple record of the wanted value in one batch of Route 53, so that it is never gone",),
    )


def has_other_keys(
    stack: SynthesisedStack, wanted: MissingIdentity, found: IdentityFacts, *, is_ours: bool = False
) -> Blocker | None:
    """
    Explain that an identity does not sign with Easy DKIM, so that it has no tokens for our records.

    With a key of its own it needs none, and the next deployment gives SES the one of the file. A replica has those of
    its parent.

    Args:
        stack: That is to have it.
        wanted: As it is to be.
        found: As it is.
        is_ours: Whether a stack of ours made it so, and the file has changed: SES is told nothing by hand then.
    """
    domain = wanted.domain
    if wanted.parent:
        return None if found.primary_region == wanted.parent else _is_no_replica(stack, wanted, found)
    has_own_key = bool(own_selector(wanted.properties))
    if not (found.uses_byodkim or found.primary_region) or (has_own_key and found.uses_byodkim):
        return None
    if is_ours:
        how = f"identity {domain!r} signs in another way than the file asks for, and a move takes it as it is"
        return Blocker(stack.path, how, (f"{ONE_BY_ONE}; if somebody has changed it by hand, {REPAIR_FIRST}",))
    how = "its own key (BYODKIM)" if found.uses_byodkim else f"the keys of {found.primary_region} (DEED)"
    name = f"--region {stack.region} --email-identity {quote(domain)}"
    return Blocker(
        stack.path,
        f"identity {domain!r} signs with {how}, and we publish Easy DKIM",
        (
            f"aws sesv2 put-email-identity-dkim-signing-attributes {name} --signing-attributes-origin AWS_SES",
            "SES signs with its new key only once the new records are verified: publish them first, keep the old ones",
        ),
    )


def _is_no_replica(stack: SynthesisedStack, wanted: MissingIdentity, found: IdentityFacts) -> Blocker:
    return Blocker(
        stack.path,
        f"identity {wanted.domain!r} is to be a replica of {wanted.parent}, and {found.keys_in_words}",
        (f"{NO_CONVERSION}: leave {stack.region} out of the domain's regions, or see {pages.REPLICAS}",),
    )


def is_in_a_bad_state(stack: SynthesisedStack, state: str | None) -> Blocker | None:
    """Explain that CloudFormation cannot import into a stack in this state."""
    if state in NOTHING_YET or state in IN_FORCE:
        return None
    found = f"stack {stack.name} is in {state}, into which nothing can be imported"
    if is_at_work(str(state)):
        return Blocker(
            stack.path, found, ("wait until CloudFormation is done with it, and run the same command again",)
        )
    if state == "ROLLBACK_COMPLETE":  # a deployment makes such a stack anew, an import does not
        todo = "nothing lives in it after a failed creation; see that this is so, then delete it:"
        return Blocker(stack.path, found, (todo, delete_command(stack.region, stack.name, is_protected=True)))
    return Blocker(
        stack.path, f"stack {stack.name} {judge_state(state, stack).words}", ("then run the same command again",)
    )


def differs_and_cannot_be_imported(
    stack: SynthesisedStack, found: RecordSet, wanted: TemplateRecord, differences: str
) -> Blocker:
    """Explain how to change a record to the wanted one where CloudFormation cannot import record sets."""
    return Blocker(
        stack.path,
        f"{found.words} differs ({differences}), and CloudFormation imports no record sets in {stack.region}",
        (
            "change it to the wanted record in one step, without a gap; the deployment then takes it over:",
            with_credentials_of(stack.account, batch_command(wanted.zone_id, [creation(wanted, "UPSERT")])),
        ),
    )
