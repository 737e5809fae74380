"""Decide how each drift is put right."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from mailproof.check.drift import Drift, DriftReport, IdentityChanged, IdentityGone, RecordDrift, Unfinished
from mailproof.model.environment import Environment
from mailproof.model.names import host_name
from mailproof.model.resource_types import IDENTITY
from mailproof.repair.records import command_line
from mailproof.template.cloud_assembly import SynthesisedStack
from mailproof.template.contents import as_text, identity_domain, is_retained, live_resources
from mailproof.template.intrinsics import DKIM_ATTRIBUTE

OTHER_KIND = (
    "left as it is: it is of another kind than the stack's; delete it or replace it yourself, then run the same"
)
STRANGER = "its hosted zone is in another account; with its credentials: {command}"
SECOND_LIFE = (
    "it was made anew past its stack, which knows other DKIM tokens and would delete it (removal_policy: destroy); "
    "delete it yourself, then run the same again"
)

PhysicalIds = Mapping[tuple[str, str], str]
"""Stack id and logical id to the name that a resource has in AWS."""


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


def plan_repair(environment: Environment, report: DriftReport, physical_ids: PhysicalIds) -> RepairPlan:
    """
    Decide what is done.

    Args:
        environment: The environment.
        report: What was found.
        physical_ids: Of the record sets whose names hold DKIM tokens.
    """
    plan = RepairPlan()
    replaced = dict(_replaced(report, physical_ids))
    for drift in report.drifts:
        identity = replaced.get((drift.stack.path, drift.logical_id))
        if isinstance(drift, Unfinished):
            plan.has_notes = True
            plan.lines.append(str(drift))
        elif isinstance(drift, IdentityGone):
            _add_gone(plan, drift, drift.stack.path, drift.logical_id, "make it anew, with new DKIM tokens")
        elif isinstance(drift, IdentityChanged):
            plan.identities.append(drift)
            plan.lines.append(f"{drift}: set it again")
        elif isinstance(drift, RecordDrift) and identity:
            _add_replaced(plan, drift, identity)
        elif isinstance(drift, RecordDrift):
            _add_record(plan, drift, environment)
    return plan


def _add_gone(plan: RepairPlan, drift: Drift, path: str, logical_id: str, what: str) -> None:
    plan.gone.setdefault(path, set()).add(logical_id)
    plan.lines.append(f"{drift}: {what}")


def _add_record(plan: RepairPlan, drift: RecordDrift, environment: Environment) -> None:
    is_ours = drift.stack.account == environment.account
    if not drift.is_simple:
        plan.left.append(f"{drift}: {OTHER_KIND}")
    elif is_ours:
        plan.records.append(drift)
        plan.lines.append(f"{drift}: {'replace it in one batch' if drift.found else 'create it'}")
    elif not drift.found and not drift.record.is_grouped:
        _add_gone(plan, drift, drift.stack.path, drift.logical_id, "create it, through its stack")
    else:
        plan.left.append(f"{drift}: {STRANGER.format(command=command_line(drift))}")


def _add_replaced(plan: RepairPlan, drift: RecordDrift, identity: "_Identity") -> None:
    if identity.is_retained:
        what = "import the identity made by hand, with the DKIM tokens that it has now"
        _add_gone(plan, drift, identity.path, identity.logical_id, what)
    else:
        plan.left.append(f"{drift}: identity {drift.domain!r}: {SECOND_LIFE}")


class _Identity(NamedTuple):
    """A resource that is an identity, and whether it survives its stack."""

    path: str
    logical_id: str
    is_retained: bool


def _replaced(report: DriftReport, physical_ids: PhysicalIds) -> Iterator[tuple[tuple[str, str], _Identity]]:
    """
    Yield the records whose stack knows another token than SES has, with their identity, made anew past its stack.

    Of a group the stack's tokens cannot be read.
    """
    identities = {
        (identity_domain(resource), stack.region): _Identity(stack.path, logical_id, is_retained(resource))
        for stack in report.stacks
        for logical_id, resource in live_resources(stack.template).items()
        if resource["Type"] == IDENTITY
    }
    for drift in token_records(report):
        key = (drift.stack.path, drift.logical_id)
        identity = identities.get((drift.domain, drift.stack.region))
        if identity and key in physical_ids and host_name(physical_ids[key]) != drift.record.name:
            yield key, identity


def token_records(report: DriftReport) -> list[RecordDrift]:
    """Return the single record sets with a DKIM token in their name that are not there, or are another."""
    return [drift for drift in report.drifts if isinstance(drift, RecordDrift) and _holds_token(drift)]


def _holds_token(drift: RecordDrift) -> bool:
    resource = drift.stack.resources[drift.logical_id]
    return not drift.record.is_grouped and bool(DKIM_ATTRIBUTE.search(as_text(resource["Properties"].get("Name"))))
