"""Drift of the stacks that are deployed, and the records that they hold."""

from mailproof.check.drift import DriftReport, RecordDrift, Unfinished
from mailproof.check.drift_search import find_drift
from mailproof.check.preflight.inspection import Inspection
from mailproof.check.preflight.subjects import Drifted
from mailproof.live.answer import AwsAnswer, NotFound
from mailproof.live.aws.clients import Clients
from mailproof.model.command_lines import repair_command
from mailproof.model.stack_id import StackId
from mailproof.template.contents import RecordKey, record_keys
from mailproof.template.stack_handles import stack_handles


def look_at_drift(inspection: Inspection, *, is_compared: bool) -> DriftReport:
    """Compare what is deployed with what there is; if that was done just now, read the templates in force alone."""
    environment = inspection.environment
    handles = {stack.path: stack for stack in stack_handles(environment, inspection.bootstraps)}
    chosen = [handles[plan.id.path] for plan in inspection.plans]
    regions = inspection.sending_regions()
    looked_at = [plan for plan in inspection.plans if plan.id.region in regions or not plan.identities]
    # In this thread, to which the state file belongs; nothing else goes on meanwhile.
    report = find_drift(
        environment,
        chosen,
        Clients(inspection.account.session),
        inspection.options.kept,
        compared=() if is_compared else {plan.id.path for plan in looked_at},
    )
    names = {domain.name for domain in inspection.domains}
    names |= {address.name for domain in inspection.domains for address in domain.addresses}
    for drift in report.drifts:
        is_chosen = drift.domain in names and (drift.stack.region in regions or isinstance(drift, RecordDrift))
        if is_chosen or isinstance(drift, Unfinished):
            inspection.findings.judge_first(Drifted(drift, repair_command(environment, inspection.given)))
    zones = {zone.id: zone.name for zone in environment.zones.values()}
    for unasked in report.unanswered:
        if unasked.stack.account == environment.account:  # another one that is closed is reported as such
            zone = zones.get(unasked.subject)
            inspection.report_unanswered(None if zone else unasked.stack.region, zone, unasked.operation, unasked.why)
    return report


def held_records(report: DriftReport, stack: StackId) -> AwsAnswer[frozenset[RecordKey]]:
    """Return the record sets that a stack holds, but those whose names only CloudFormation knows."""
    for found in report.stacks:
        if found.path == stack.path:
            return frozenset(record_keys(found.template))
    unread = (asked.why for asked in report.unanswered if asked.stack.path == stack.path and not asked.subject)
    return next(unread, NotFound())
