"""
What is new since an earlier check, what is gone, and what is still there.

A finding is gone only if it was looked for: where this check got no answer, or was not to look, it is neither gone nor
still there.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from mailproof.check.finding import Changes, CheckedDomain, CheckedIdentity, CheckReport, Finding, Severity
from mailproof.check.rules import servers
from mailproof.check.rules.zone import route53_unanswered
from mailproof.check.selection import Selection
from mailproof.model.names import dmarc_domain, is_within

COMPARING_SERVERS = frozenset({servers.dns_answer_cached.id, servers.name_server_out_of_step.id})
UNKNOWN = "UNKNOWN"
MISSING = "MISSING"


@dataclass(frozen=True, slots=True)
class Scope:
    """
    What a check was to look at.

    Attributes:
        environments: Names.
        selection: The part of them.
        compares_servers: Whether the zones' own servers are asked beside a resolver.
    """

    environments: Collection[str]
    selection: Selection = field(default_factory=Selection)
    compares_servers: bool = True


@dataclass(frozen=True, slots=True)
class Known:
    """
    What an earlier check left to compare with.

    Attributes:
        checked_at: When it began.
        findings: Those that it had, and those that it could not judge; each with the time when it was first seen.
    """

    checked_at: str
    findings: Sequence[Finding]


def with_changes(report: CheckReport, known: Known | None, scope: Scope) -> CheckReport:
    """
    Say what is other than in an earlier check, and since when there is what there is.

    Args:
        report: Of this check.
        known: Of the earlier one; None if there is none.
        scope: What this one was to look at.
    """
    before = {finding.key: finding for finding in known.findings} if known else {}
    findings = [replace(found, first_seen=_first_seen(before.get(found.key), report)) for found in report.findings]
    keys = {finding.key for finding in findings}
    absent = [finding for key, finding in before.items() if key not in keys]
    outcome = _Outcome(report, scope)
    gone = [finding for finding in absent if outcome.is_judged(finding)]
    gone_keys = {finding.key for finding in gone}
    changes = Changes(
        former_run=known.checked_at if known else None,
        new=[finding for finding in findings if finding.key not in before],
        gone=gone,
        not_judged=[finding for finding in absent if finding.key not in gone_keys],
    )
    return replace(report, findings=findings, changes=changes)


def _first_seen(before: Finding | None, report: CheckReport) -> str:
    return (before.first_seen if before else None) or report.checked_at


class _Outcome:
    """
    What a check has looked at, and what it could not see.

    Args:
        report: Of the check.
        scope: What it was to look at.
    """

    def __init__(self, report: CheckReport, scope: Scope) -> None:
        self._scope = scope
        self._rows: defaultdict[tuple[str, str | None], list[CheckedIdentity | CheckedDomain]] = defaultdict(list)
        every: list[CheckedIdentity | CheckedDomain] = [*report.identities, *report.domains]
        for row in every:
            self._rows[row.environment, row.domain].append(row)
        self._unanswered: defaultdict[str, list[Finding]] = defaultdict(list)
        for finding in report.findings:
            if finding.severity is Severity.UNKNOWN:
                self._unanswered[finding.environment].append(finding)

    def is_judged(self, finding: Finding) -> bool:
        """Tell whether the check has looked for a finding, and would have found it."""
        scope = self._scope
        if finding.environment not in scope.environments or not _is_selected(finding, scope.selection):
            return False
        if finding.rule in COMPARING_SERVERS and not scope.compares_servers:
            return False
        of_domain = self._rows.get((finding.environment, finding.domain), ())
        rows = [row for row in of_domain if finding.region in {None, row.region} or not row.region]
        if any(_is_open_in(row, finding) for row in rows):
            return False
        is_right = all(row.records == "right" for row in rows)
        unanswered = self._unanswered.get(finding.environment, ())
        return not any(_leaves_open(other, finding, is_right=is_right) for other in unanswered)


def _is_selected(finding: Finding, selection: Selection) -> bool:
    if selection.regions and finding.region not in selection.regions:
        return False
    return not selection.domains or finding.domain in selection.domains


def _is_open_in(row: CheckedIdentity | CheckedDomain, finding: Finding) -> bool:
    """Tell whether a row of its domain leaves a finding open: SES or DNS did not answer for it."""
    if row.records == "unknown":
        return True
    state = row.identity if isinstance(row, CheckedIdentity) else ""
    # Without an identity it is not known which DKIM records there should be.
    is_open = state == UNKNOWN or (state == MISSING and finding.name is not None)
    return is_open and not _is_about_dmarc(finding)


def _leaves_open(unanswered: Finding, finding: Finding, *, is_right: bool) -> bool:
    """
    Tell whether a question without an answer may be what hides a finding.

    Args:
        unanswered: The question.
        finding: What was there before.
        is_right: Whether all records are right that the domain of the finding is to have.
    """
    if unanswered.rule == route53_unanswered.id:
        return finding.domain is None and finding.name == unanswered.name
    if unanswered.domain is None and unanswered.region is None:  # a zone, or a whole environment
        return unanswered.name is None or _is_in(finding, unanswered.name)
    if unanswered.name is None:  # SES in a region, or on an identity
        is_there = finding.region in {None, unanswered.region} and unanswered.domain in {None, finding.domain}
        return is_there and not _is_about_dmarc(finding)
    # A name is reported once, on the first domain that needed it: others may have needed it as well.
    return unanswered.domain == finding.domain or (finding.domain is not None and not is_right)


def _is_in(finding: Finding, zone: str) -> bool:
    return any(name is not None and is_within(name, zone) for name in (finding.name, finding.domain))


def _is_about_dmarc(finding: Finding) -> bool:
    """Tell whether it is found without SES."""
    return bool(dmarc_domain(finding.name or ""))
