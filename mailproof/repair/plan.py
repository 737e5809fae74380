"""Decide how each drift is put right."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from mailproof.check.drift import (
    Drift,
    DriftReport,
    IdentityChanged,
    IdentityGone,
    IdentityReplaced,
    RecordDrift,
    Unfinished,
)
from mailproof.check.identity_settings import KEY
from mailproof.live.aws.stack_status import judge_state
from mailproof.model import pages
from mailproof.model.command_lines import move_command, replicate_command, with_credentials_of
from mailproof.model.environment import Environment
from mailproof.repair.records import command_line
from mailproof.template.cloud_assembly import SynthesisedStack
from mailproof.template.contents import is_retained, parent_region
from mailproof.template.replicas import NO_CONVERSION

OTHER_KIND = (
    "left as it is, since its type is not the stack's; if the stack is right, this command replaces it "
    "in one batch: {command}"
)
STRANGER = "its hosted zone is in another account; {command}"
SECOND_LIFE = (
    "it was recreated outside its stack, which has other DKIM tokens and would delete it (removal_policy: destroy). To "
    "keep it and its signatures: write `removal_policy: retain`, deploy that without the guard, `cdk deploy {stack}`, "
    "then this command again; if no mail is sent from it, delete it, then run this command again"
)

LIVE_IN_A_GROUP = (
    "its DKIM records are live, and no stack can take them into a group of record sets; to keep them without a gap, "
    "write `record_sets: individual`, then `{command}`; or delete them, then run the same command again: mail is "
    "unsigned meanwhile"
)


REPLICA_GONE = "it was a replica: `{command}` makes it again, and the stack goes on holding it"


class StuckStack(NamedTuple):
    """A stack in a state in which nothing of it can be changed, and whose drift is not looked for."""

    stack: SynthesisedStack
    state: str | None

    def __str__(self) -> str:
        """Say what to do."""
        words = judge_state(self.state, self.stack).words
        return f"stack {self.stack.name} in {self.stack.region} {words}; what it holds was not looked at"


@dataclass(slots=True)
class RepairPlan:
    """
    What is to be done in one environment.

    Attributes:
        records: Put back in Route 53.
        identities: Set up again in SES.
        gone: Stack id to logical ids of what leaves its stack and comes back.
        has_notes: Whether an earlier repair is to be finished.
        lifted: Stacks whose policy an interrupted command has left lifted.
        left: What cannot be put right, and why.
        lines: What is done, for people.
    """

    records: list[RecordDrift] = field(default_factory=list)
    identities: list[IdentityChanged] = field(default_factory=list)
    gone: dict[str, set[str]] = field(default_factory=dict)
    has_notes: bool = False
    lifted: list[SynthesisedStack] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.records or self.identities or self.gone or self.has_notes or self.lifted)


def plan_repair(environment: Environment, report: DriftReport, stuck: Iterable[StuckStack] = ()) -> RepairPlan:
    """
    Decide what is done.

    Args:
        environment: The environment.
        report: What was found.
        stuck: Stacks that were not looked at. What leaves a stack of the same region stays: they may read its tokens.
    """
    known = list(stuck)
    plan = RepairPlan(left=list(map(str, known)))
    closed = {one.stack.region: one.stack.name for one in known}
    for drift in report.drifts:
        if isinstance(drift, Unfinished):
            plan.has_notes = True
            plan.lines.append(str(drift))
        elif isinstance(drift, IdentityGone | IdentityReplaced) and drift.stack.region in closed:
            plan.left.append(
                f"{drift}: first bring stack {closed[drift.stack.region]} to rest, which may read its tokens"
            )
        elif isinstance(drift, IdentityGone) and parent_region(drift.stack.resources[drift.logical_id]):
            plan.left.append(f"{drift}: {REPLICA_GONE.format(command=replicate_command(environment, drift.domain))}")
        elif isinstance(drift, IdentityChanged) and drift.setting is KEY and _is_replica(drift):
            plan.left.append(f"{drift}: {NO_CONVERSION}; {pages.REPLICAS} has the ways")
        elif isinstance(drift, IdentityGone):
            _add_gone(plan, drift, "recreate it, with new DKIM tokens")
        elif isinstance(drift, IdentityReplaced):
            _add_replaced(plan, drift, environment)
        elif isinstance(drift, IdentityChanged):
            plan.identities.append(drift)
            plan.lines.append(f"{drift}: set it again")
        elif isinstance(drift, RecordDrift):
            _add_record(plan, drift, environment)
    return plan


def _is_replica(drift: IdentityChanged) -> bool:
    """Tell whether an identity is to be a replica."""
    return bool(parent_region(drift.stack.resources[drift.logical_id]))


def _add_gone(plan: RepairPlan, drift: Drift, what: str) -> None:
    plan.gone.setdefault(drift.stack.path, set()).add(drift.logical_id)
    plan.lines.append(f"{drift}: {what}")


def _add_replaced(plan: RepairPlan, drift: IdentityReplaced, environment: Environment) -> None:
    if not is_retained(drift.stack.resources[drift.logical_id]):
        plan.left.append(f"{drift}: {SECOND_LIFE.format(stack=drift.stack.path)}")
    elif drift.has_live_group:
        plan.left.append(f"{drift}: {LIVE_IN_A_GROUP.format(command=move_command(environment))}")
    else:
        _add_gone(plan, drift, "import the one made by hand, with the DKIM tokens that it has now; its records follow")


def _add_record(plan: RepairPlan, drift: RecordDrift, environment: Environment) -> None:
    is_ours = drift.stack.account == environment.account
    command = with_credentials_of(drift.stack.account, command_line(drift))
    if not drift.is_simple:
        plan.left.append(f"{drift}: {OTHER_KIND.format(command=command)}")
    elif is_ours:
        plan.records.append(drift)
        plan.lines.append(f"{drift}: {'replace it in one batch' if drift.found else 'create it'}")
    elif not drift.found and not drift.record.is_grouped:
        _add_gone(plan, drift, "create it, through its stack")
    else:
        plan.left.append(f"{drift}: {STRANGER.format(command=command)}")
