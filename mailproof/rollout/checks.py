"""Check stacks in CloudFormation: the guard before a deployment, the status after it."""

import shlex
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from mailproof.change.errors import stop_if
from mailproof.change.limits import DEFAULT_MAX_REMOVALS
from mailproof.change.say import say, show_lines
from mailproof.check.drift import DriftReport
from mailproof.live.answer import Unanswered
from mailproof.live.aws.remedies import could_not_ask
from mailproof.live.aws.stack_status import judge_state
from mailproof.live.aws.stacks import DeployedStacks, Undeleted
from mailproof.model.resource_types import RECORD_SET_GROUP
from mailproof.rollout.two_steps import TwoSteps
from mailproof.template.allowances import words_of
from mailproof.template.cloud_assembly import SynthesisedStack
from mailproof.template.contents import Template
from mailproof.template.live_things import Holder
from mailproof.template.losses import (
    Fate,
    Loss,
    find_differences,
    find_gone,
    find_left_hosts,
    find_losses,
    refuse_losses,
)
from mailproof.template.mail_from import LeftName, Switch, all_records, find_left_names, find_switches
from mailproof.template.notices import find_notices
from mailproof.template.replicas import BereftReplica, Key, find_bereft, find_impossible, keys_of
from mailproof.template.signing import ACCEPT_GAP, KeySwitch, find_exchanged_keys, find_gaps, find_key_switches
from mailproof.template.type_changes import find_type_changes

FOREIGN = (
    "another deployment came in between, and {} are as that one left them; "
    "run one rollout at a time, from the same environment files"
)
TAKEN = (
    "another deployment created {} at the same time, and this one deleted it again; "
    "reconcile the environment files and roll out again"
)
NARROWING = frozenset({"--wave", "--only"})
STILL_ASKED_FOR = (
    "a file asks for it, and resolvers may still ask that zone: undo this change, write `removal_policy: retain`, "
    "roll that out, and make the change after it"
)


@dataclass(frozen=True, slots=True)
class Allowance:
    """
    What the guard allows to be lost, and the commands that its refusals print.

    Attributes:
        switches: What ``--allow`` was given: resources as ``STACK:ID``, and domains.
        limit: Resources and whole domains that may lose something.
        resume: The command that is refused.
        place: Options of the commands that are told: the folder of the environment files, and the profile.
        listed: Domains that the files list.
        parked: Those that the environment has parked.
        unsigned_gap: Whether mail may leave unsigned while an identity changes the way in which it signs.
        pending: Hosted zones that resolvers do not ask yet, so that SES finds nothing in them.
        elsewhere: Names of the records that the files ask for in zones that others serve, for now or for good, and
            their domains; and of those that they need and others publish.
    """

    switches: frozenset[str] = frozenset()
    limit: int = DEFAULT_MAX_REMOVALS
    resume: str = ""
    place: tuple[str, ...] = ()
    listed: frozenset[str] = frozenset()
    parked: frozenset[str] = frozenset()
    unsigned_gap: bool = False
    pending: frozenset[str] = frozenset()
    elsewhere: frozenset[str] = frozenset()

    @property
    def whole(self) -> str:
        """The command that is refused, of all waves and every part of them."""
        given = iter(shlex.split(self.resume))
        words = []
        for word in given:
            if word in NARROWING:
                next(given, None)
            elif word.partition("=")[0] not in NARROWING:
                words.append(word)
        return shlex.join(words)

    def command(self, losses: Iterable[Loss], domains: Mapping[str, str]) -> str:
        """
        Return the command that lets losses pass: all of them, since an option takes the place of the variable.

        Args:
            losses: That are to pass.
            domains: Switch of a loss to the domain that stands for it.
        """
        given = set(shlex.split(self.resume))
        words = dict.fromkeys(domains.get(loss.switch, loss.switch) for loss in losses)
        more = [option for word in words if word not in given for option in ("--allow", word)]
        if len(words) > self.limit:
            more += ["--max-removals", str(len(words))]
        return f"{self.resume} {shlex.join(more)}"


class Way(NamedTuple):
    """
    The command that moves a resource to the stack where the files put it.

    Attributes:
        words: What to do.
        command: What to run; empty if something has to be written first.
    """

    words: str
    command: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """
    Stacks as they are to be, compared with what is deployed.

    Attributes:
        unchanged: Ids of the stacks whose template in force is the wanted one.
        losses: What goes, as allowed.
        allowed: Resources that may lose something, those of allowed domains among them.
        notices: What becomes of mail although nothing goes.
        wanted: Switch of a loss to what takes it to another stack, which is to hold it.
        hosts: Custom domain names that stay in AWS, in no stack.
    """

    unchanged: frozenset[str] = frozenset()
    losses: tuple[Loss, ...] = ()
    allowed: frozenset[str] = frozenset()
    notices: tuple[str, ...] = ()
    wanted: Mapping[str, Way] = field(default_factory=dict)
    hosts: tuple[str, ...] = ()


def refuse_losses_of(
    stacks: Iterable[SynthesisedStack],
    deployed: DeployedStacks,
    allowance: Allowance,
    everything: Iterable[SynthesisedStack] = (),
) -> Comparison:
    """
    Compare stacks with what is deployed, and say what goes although it may.

    Args:
        stacks: As they are to be.
        deployed: Reads them as they are.
        allowance: What may be lost.
        everything: All stacks as they are to be, those of other environments too: what another of them is to hold is
            not lost, but has to be moved.

    Raises:
        CommandError: An identity or record would be lost, too many would be, or CloudFormation could not be asked.
    """
    chosen, wanted = list(stacks), list(everything)
    to_hold = all_records(stack.template for stack in wanted)
    unasked: list[str] = []
    read = list(_read(chosen, deployed, unasked))
    updates = [(stack, before, stack.template) for stack, before in read if before is not None]
    in_force = {stack.path: before for stack, before, _ in updates}
    left = [(stack, name) for stack, before, after in updates for name in find_left_names(before, after)]
    gaps = [gap for stack, before, after in updates for gap in find_gaps(stack.path, before, after)]
    losses = [loss for stack, before, after in updates for loss in find_losses(stack.path, before, after)]
    lossy = {loss.stack for loss in losses}
    losing = [replace(stack, template=dict(before)) for stack, before, _ in updates if stack.path in lossy]
    losses += [loss for stack, before, _ in updates for loss in find_exchanged_keys(stack, before, allowance.place)]
    parting = {key for stack, before, after in updates for key in {*keys_of(stack, before)} - {*keys_of(stack, after)}}
    switches: list[tuple[SynthesisedStack, Switch | KeySwitch]] = []
    for stack, before, after in updates:
        switches += ((stack, switch) for switch in find_switches(before, after))
        switches += ((stack, switch) for switch in find_key_switches(before, after, to_hold, allowance.place))
    losses += _unprepared(switches, in_force, wanted, deployed, unasked, pending=allowance.pending)
    two_steps = TwoSteps(chosen[0].environment if chosen else "", allowance.place, allowance.whole)
    moved = _find_moved(losing, wanted, allowance.place) if losing else {}
    impossible = [line for stack, before in read for line in find_impossible(stack, before or {}, allowance.place)]
    impossible += two_steps.bereft(list(_bereft(parting, in_force, wanted, deployed, unasked)) if parting else ())
    impossible += two_steps.parked(losses, allowance.parked)
    impossible += two_steps.given(losses, wanted)
    impossible += _taken_too_early(left, losses, chosen)
    impossible += find_type_changes(losing, [*chosen, *wanted]) if losing else ()
    impossible += _taken_from_a_zone(losses, moved, allowance)
    refused = impossible or _refuse_all(gaps, losses, allowance, moved)  # no word lets the first pass
    resume = [] if refused else [f"then: {allowance.resume}"]
    stop_if(refused, unasked, "nothing of this was deployed", *resume)
    for loss in losses:
        say(f"{loss}, as allowed")
    for gap in gaps:
        say(f"{gap}, as accepted")
    return Comparison(
        unchanged=frozenset(stack.path for stack, before, after in updates if before == after),
        losses=tuple(losses),
        allowed=allowance.switches | {loss.switch for loss in losses},
        notices=tuple(line for stack, before, after in updates for line in find_notices(stack.path, before, after)),
        wanted=moved,
        hosts=tuple(host for _, before, after in updates for host in find_left_hosts(before, after)),
    )


def _read(
    stacks: Iterable[SynthesisedStack], deployed: DeployedStacks, unasked: list[str]
) -> Iterator[tuple[SynthesisedStack, Template | None]]:
    """Yield stacks with their templates in force, if they have one; note what could not be asked."""
    for stack in stacks:
        found = deployed.fetch(stack)
        if isinstance(found, Unanswered):
            unasked.append(_unasked(stack, "the deployed template", found))
        else:
            yield stack, found.template


def _refuse_all(
    gaps: Sequence[str], losses: Sequence[Loss], allowance: Allowance, moved: Mapping[str, Way]
) -> list[str]:
    """Say which changes of signing and which losses nobody has accepted, and the one command that lets all pass."""
    if not gaps or allowance.unsigned_gap:
        return _refuse(losses, allowance, moved)
    accepting = replace(allowance, resume=f"{allowance.resume} {ACCEPT_GAP}")
    lost = _refuse(losses, accepting, moved)
    return [*gaps, *(lost or [f"if this is intended, at a quiet time: {accepting.resume}"])]


def _bereft(
    parting: Collection[Key],
    in_force: Mapping[str, Template],
    everything: Collection[SynthesisedStack],
    deployed: DeployedStacks,
    unasked: list[str],
) -> Iterator[BereftReplica]:
    """Yield the replicas of keys that would go, in all stacks."""
    gone = frozenset(parting).difference(*(keys_of(stack, stack.template) for stack in everything))
    accounts = {key.account for key in gone}
    possible = [stack for stack in everything if stack.account in accounts]
    others = _read((stack for stack in possible if stack.path not in in_force), deployed, unasked)
    templates = {**in_force, **{stack.path: template for stack, template in others}}
    for stack in possible:
        yield from find_bereft(stack, templates.get(stack.path) or {}, gone)


def _taken_from_a_zone(losses: Iterable[Loss], moved: Collection[str], allowance: Allowance) -> Iterator[str]:
    """Yield what would go from a hosted zone that may be asked still, though the files ask for it elsewhere now."""
    for loss in losses:
        is_taken = loss.fate in {Fate.DELETED, Fate.REPLACED} and loss.switch not in moved
        if is_taken and loss.zones - allowance.pending and not loss.names.isdisjoint(allowance.elsewhere):
            yield f"{loss}; {STILL_ASKED_FOR}"


def _taken_too_early(
    left: Iterable[tuple[SynthesisedStack, LeftName]], losses: Sequence[Loss], stacks: Iterable[SynthesisedStack]
) -> Iterator[str]:
    """Yield where records of a MAIL FROM name go before the identity that uses it is updated, in a stack of its own."""
    after = {stack.path: stack.after for stack in stacks}
    going = [loss for loss in losses if loss.fate in {Fate.DELETED, Fate.REPLACED}]
    for stack, name in left:
        # One resource is enough to say it; a group holds both.
        for loss in going:
            if name.name in loss.names and loss.stack != stack.path and stack.path not in after[loss.stack]:
                yield name.bereft_by(loss, stack)
                break


def _unprepared(  # noqa: PLR0913 -- what is read, and where it is noted
    switches: Sequence[tuple[SynthesisedStack, Switch | KeySwitch]],
    in_force: Mapping[str, Template],
    everything: Collection[SynthesisedStack],
    deployed: DeployedStacks,
    unasked: list[str],
    *,
    pending: Collection[str],
) -> Iterator[Loss]:
    """
    Yield the changes of a MAIL FROM name or key whose records no template in force has; all are read if need be.

    Records in zones that resolvers do not ask yet do not count.
    """
    records = all_records(in_force.values(), pending)
    wanted = all_records((stack.template for stack in everything), pending)
    if all(switch.is_prepared(records) for _, switch in switches):
        return
    unread: list[str] = []
    others = _read((stack for stack in everything if stack.path not in in_force), deployed, unread)
    records |= all_records((template or {} for _, template in others), pending)
    unprepared = [found for found in switches if not found[1].is_prepared(records)]
    if unprepared and unread:  # which may have them
        unasked += unread
        return
    for stack, switch in unprepared:
        yield switch.loss(stack, wanted)


def refuse_drift(report: DriftReport, account: str, command: str) -> None:
    """
    Stop at what stacks hold and is not there, or is another: a deployment would leave it so, and the gate fail.

    Args:
        report: What was found.
        account: The environment's. Others, which own zones, may be closed to these credentials: that is said.
        command: What puts it back.

    Raises:
        CommandError: There is drift, or something could not be asked.
    """
    own = [str(unasked) for unasked in report.unanswered if unasked.stack.account == account]
    for unasked in report.unanswered:
        if unasked.stack.account != account:
            say(str(unasked))
    wrong = [str(drift) for drift in report.drifts]
    stop_if(wrong, own, "nothing was deployed", *([f"to put back what the stacks hold: {command}"] if wrong else []))


def _refuse(losses: Sequence[Loss], allowance: Allowance, moved: Mapping[str, Way]) -> list[str]:
    lasting = [loss for loss in losses if loss.switch not in moved]  # by the name of its domain nothing goes that moves
    domains = words_of(lasting, allowance.switches, allowance.listed)
    refused = refuse_losses(
        losses, allowance.switches, allowance.limit, {switch: way.words for switch, way in moved.items()}, domains
    )
    lost = [loss for loss in losses if loss.switch not in moved or loss.switch in allowance.switches]
    if refused and lost:
        moves = [loss for loss in losses if loss not in lost]
        what, first = ("the rest", "after the move, ") if moves else ("all", "")
        refused.append(f"{first}to allow {what} of this: {allowance.command(lost, domains)}")
    return refused


def _find_moved(
    losing: Sequence[SynthesisedStack], everything: Iterable[SynthesisedStack], place: Sequence[str]
) -> dict[str, Way]:
    """Find the resources of deployed stacks that hold what another is to hold; say what takes it there."""
    wanted = {stack.place: stack for stack in everything}
    paths = {stack.place: stack.path for stack in losing}
    moved = {}
    for gone in find_gone(losing, wanted.values()):
        thing, now = gone.thing, gone.now
        if now:
            path = paths[thing.holder.account, thing.holder.region, thing.holder.stack]
            way = _way(thing.holder, now, wanted[now.account, now.region, now.stack], place)
            moved[f"{path}:{thing.holder.logical_id}"] = way
    return moved


def _way(before: Holder, now: Holder, stack: SynthesisedStack, place: Sequence[str]) -> Way:
    """Say what takes something to where it is wanted."""
    command = ("mailproof", "move", stack.environment, *place)
    is_group = stack.resources[now.logical_id]["Type"] == RECORD_SET_GROUP
    if is_group and before.place == now.place:
        return Way("write `record_sets: individual` again: CloudFormation cannot import what a group is to hold")
    wanted, moved = f"the files put it into {now.place}", f"`{shlex.join(command)}` moves it there without a gap"
    if is_group:
        what = "in a group, which CloudFormation cannot import: write `record_sets: individual`"
        return Way(f"{wanted}, {what}, and {moved}")
    return Way(f"{wanted}, and {moved}", command)


def check_states(stacks: Iterable[SynthesisedStack], deployed: DeployedStacks) -> None:
    """
    Print the state of stacks, and look whether what is in force is what was deployed.

    `cdk deploy` ends well on a failed stack whose template is the wanted one, and knows nothing of a deployment that
    went between.

    Raises:
        CommandError: One is in a state that is wrong, holds somebody else's change, or could not be asked about.
    """
    wrong, unasked = [], []
    for stack in stacks:
        found = deployed.fetch(stack)
        if isinstance(found, Unanswered):
            unasked.append(_unasked(stack, "its state and template", found))
            continue
        show_lines(f"{stack.path} {found.state or 'ABSENT'}")
        verdict = judge_state(found.state, stack)
        if verdict.is_wrong:
            wrong.append(f"{stack.path}: {verdict.words}")
        elif others := find_differences(found.template or {}, stack.template):
            wrong.append(f"{stack.path}: {FOREIGN.format(', '.join(others))}")
        elif verdict.words:
            say(f"{stack.path}: {verdict.words}")
    stop_if(wrong, unasked)


def check_removals(
    stacks: Iterable[SynthesisedStack], deployed: DeployedStacks, change_set: str, allowed: Collection[str]
) -> None:
    """
    Look whether a deployment has taken away what another one made after the guard had looked.

    Raises:
        CommandError: It has, or CloudFormation could not be asked.
    """
    wrong, unasked = [], []
    for stack in stacks:
        removed = deployed.fetch_removed(stack, change_set)
        if isinstance(removed, Unanswered):
            unasked.append(_unasked(stack, "what it has removed", removed))
        elif others := sorted(name for name in removed if f"{stack.path}:{name}" not in allowed):
            wrong.append(f"{stack.path}: {TAKEN.format(', '.join(others))}")
    stop_if(wrong, unasked)


def find_undeleted(
    stacks: Iterable[SynthesisedStack], deployed: DeployedStacks, allowed: Collection[str]
) -> Iterator[Undeleted | str]:
    """
    Yield what a deployment was to delete and could not, or where that could not be asked.

    CloudFormation deletes once the update is complete, and what it cannot delete then fails nothing.
    """
    for stack in stacks:
        if any(switch.startswith(f"{stack.path}:") for switch in allowed):
            found = deployed.fetch_undeleted(stack)
            yield from [_unasked(stack, "what it could not delete", found)] if isinstance(found, Unanswered) else found


def explain_states(stacks: Iterable[SynthesisedStack], deployed: DeployedStacks) -> Iterator[str]:
    """Say of each stack that a failed deployment has left in a state worth a word, or in an unknown one, what to do."""
    for stack in stacks:
        state = deployed.fetch_state(stack)
        if isinstance(state, Unanswered):
            yield _unasked(stack, "its state", state)
        elif state and (words := judge_state(state, stack).words):
            yield f"{stack.path}: {words}"


def _unasked(stack: SynthesisedStack, what: str, answer: Unanswered) -> str:
    return f"{stack.path}: {could_not_ask(f'for {what}', answer, stack.region)}"
