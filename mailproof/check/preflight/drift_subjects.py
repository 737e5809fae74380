"""Drift as subjects of the rules of preflight."""

from mailproof.check.drift import Drift, IdentityGone, IdentityReplaced, RecordDrift, Unfinished
from mailproof.check.preflight.subjects import DriftedIdentity, DriftedRecord, ReplacedIdentity, UnfinishedRepair

Subject = DriftedIdentity | DriftedRecord | ReplacedIdentity | UnfinishedRepair


def drift_subject(drift: Drift, command: str) -> Subject:
    """
    Return what the rules judge.

    Args:
        drift: What was found.
        command: What repairs it.
    """
    if isinstance(drift, Unfinished):
        return UnfinishedRepair(drift.stack.name, drift.stack.region, drift.expected, command)
    if isinstance(drift, IdentityReplaced):
        return ReplacedIdentity(drift.domain, drift.stack.region, drift.holder, command)
    if isinstance(drift, RecordDrift):
        return DriftedRecord(
            domain=drift.domain,
            name=drift.record.name,
            type=drift.record.type,
            holder=drift.holder,
            is_simple=drift.is_simple,
            is_gone=not drift.found,
            expected=drift.expected,
            observed=drift.observed,
            command=command,
        )
    return DriftedIdentity(
        domain=drift.domain,
        region=drift.stack.region,
        holder=drift.holder,
        is_gone=isinstance(drift, IdentityGone),
        expected=drift.expected,
        observed=drift.observed,
        command=command,
    )
