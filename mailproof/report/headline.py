"""
Headline of a report: its verdict in one sentence, how many identities can send, and what to do first.

Identities are counted, one per domain and region; where findings are, it is said.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from mailproof.check.finding import CheckReport, Finding, Severity, worst_first
from mailproof.model.names import shown_name
from mailproof.report.matrix import CellState, Matrix, Row
from mailproof.report.rule_words import rule_title

NOUNS = {
    Severity.ERROR: ("error", "errors"),
    Severity.UNKNOWN: ("question unanswered", "questions unanswered"),
    Severity.WARNING: ("warning", "warnings"),
    Severity.INFO: ("note", "notes"),
}
DATE = 10  # characters of the date in ISO 8601
NOT_JUDGED = "Not judged this time, so neither gone nor still there"
TO_DO = (Severity.ERROR, Severity.UNKNOWN)


@dataclass(frozen=True, slots=True)
class ToDo:
    """
    What to do first.

    Attributes:
        what: The finding, in words.
        fix: What to do about it.
    """

    what: str
    fix: str

    def __str__(self) -> str:
        """Show both."""
        return f"{self.what}: {self.fix}"


def headline(report: CheckReport) -> str:
    """Say in a few words how it stands."""
    if not report.identities and not report.domains and not report.findings:
        return "Nothing was checked"
    if report.exit_code == 1:
        return "Mail is not fully authenticated"
    return "Not everything could be asked" if report.exit_code else "Mail authenticates everywhere it is asked for"


def counted(count: int, severity: Severity) -> str:
    """Write a number of findings: ``1 error``, ``3 notes``."""
    return f"{count:,} {NOUNS[severity][count != 1]}"


def counted_findings(report: CheckReport) -> str:
    """Write how many findings of each severity there are: ``1 error, 3 notes``; empty if there are none."""
    severities = Counter(finding.severity for finding in report.findings)
    return ", ".join(counted(severities[severity], severity) for severity in Severity if severities[severity])


def findings_in_all(count: int) -> str:
    """Write a number of findings of all kinds."""
    return f"{count:,} finding{'s' if count != 1 else ''}" if count else "No findings"


def counted_identities(report: CheckReport) -> str:
    """Write how many identities were looked at: ``1 identity``, ``4,000 identities``."""
    count = len(report.identities)
    return "1 identity" if count == 1 else f"{count:,} identities"


def counted_others(report: CheckReport) -> str:
    """Write how many domains without an identity were looked at; empty if there are none."""
    count = len(report.domains)
    return f"{count:,} domain{'s' if count > 1 else ''} without an identity" if count else ""


def age_of_facts(report: CheckReport) -> str:
    """Say when SES was asked, if that was not for all identities since the check began; else empty."""
    return f"SES asked between {report.asked_from} and {report.asked_until}" if report.holds_older_facts else ""


def summary(report: CheckReport, matrix: Matrix) -> str:
    """Say how many identities can send authenticated mail, and how many cannot; without any, how much was found."""
    parts = list(_identities(report, matrix)) if report.identities else []
    if report.domains:
        right = sum(row.records == "right" for row in report.domains)
        parts.append(f"{right:,} of {counted_others(report)} right")
    return f"{'; '.join(parts) or findings_in_all(len(report.findings))}."


def _identities(report: CheckReport, matrix: Matrix) -> list[str]:
    cells = [cell for _, cell in matrix.identities()]
    counts = matrix.counts()
    can = sum(cell.sends for cell in cells)
    unknown = counts[CellState.UNKNOWN]
    warned = sum(cell.sends and cell.state is CellState.WARNING for cell in cells)
    parts = [f"{can:,} of {counted_identities(report)} can send authenticated mail"]
    parts += [f"{warned:,} of them with a warning"] if warned else []
    parts += [f"{cannot:,} cannot{_since(report, matrix)}"] if (cannot := len(cells) - can - unknown) else []
    parts += [f"{unknown:,} could not be asked about"] if unknown else []
    return parts


def _since(report: CheckReport, matrix: Matrix) -> str:
    """Say since when, if earlier runs tell: the first day on which an identity that cannot send was seen so."""
    if report.changes is None or report.changes.former_run is None:
        return ""
    days = {
        min(seen)[:DATE]
        for row, cell in matrix.identities()
        if cell.state is CellState.ERROR
        and (seen := _errors_first_seen((*cell.findings, *matrix.above(row, cell.region))))
    }
    first = f" since {day_words(min(days))}" if days else ""
    return first.replace(" since", ", the first since") if len(days) > 1 else first


def _errors_first_seen(findings: Iterable[Finding]) -> list[str]:
    return [found.first_seen for found in findings if found.severity is Severity.ERROR and found.first_seen]


def day_words(moment: str) -> str:
    """Write ``2026-11-24T08:30:00+00:00`` as ``Tuesday, 24 November 2026``."""
    day = date.fromisoformat(moment[:DATE])
    return f"{day:%A}, {day.day} {day:%B} {day.year}"


def time_words(moment: str) -> str:
    """Write the same with its time, in UTC."""
    time = datetime.fromisoformat(moment).astimezone(UTC)
    return f"{day_words(time.isoformat())}, {time:%H:%M} UTC"


def changes_words(report: CheckReport) -> str:
    """Say how many findings are new since the last run, gone, and still there; empty if no runs are kept."""
    changes = report.changes
    if changes is None:
        return ""
    if changes.former_run is None:
        return "This is the first run that is kept: the next one says what is new since, and what is gone."
    still = len(report.findings) - len(changes.new)
    parts = [f"{findings_in_all(len(changes.new))} new", f"{len(changes.gone):,} gone", f"{still:,} still there"]
    parts += [f"{len(changes.not_judged):,} not judged this time"] if changes.not_judged else []
    return f"Since the last run, {time_words(changes.former_run)}: {', '.join(parts)}."


def changed_findings(report: CheckReport) -> list[tuple[str, Sequence[Finding]]]:
    """List what is new since the last run, gone and not judged, each with a heading; nothing without one."""
    changes = report.changes
    if changes is None or changes.former_run is None:
        return []
    listed = [("New", worst_first(changes.new)), ("Gone", worst_first(changes.gone)), (NOT_JUDGED, changes.not_judged)]
    return [(heading, found) for heading, found in listed if found]


def first_thing_to_do(report: CheckReport, matrix: Matrix) -> ToDo | None:
    """Name what mends the most identities; of nothing wrong, what could not be asked. None if there is neither."""
    for severity in TO_DO:
        by_rule: defaultdict[str, list[Finding]] = defaultdict(list)
        for finding in report.findings:
            if finding.severity is severity:
                by_rule[finding.rule].append(finding)
        if by_rule:
            worst = max(by_rule.values(), key=lambda found: _reach(found, matrix))
            return _to_do(worst, several=is_of_several(report))
    return None


def _to_do(same: list[Finding], *, several: bool) -> ToDo:
    first = same[0]
    more = f", and {len(same) - 1:,} more like it" if len(same) > 1 else ""
    return ToDo(f"{rule_title(first.rule)} ({subject(first, several=several)}{more})", first.fix)


def subject(finding: Finding, *, several: bool = False) -> str:
    """
    Name what a finding is about: a domain, a region, a zone, or the environment.

    Args:
        finding: It.
        several: Whether the report has several environments, so that it is named as well.
    """
    domain = shown_name(finding.domain) if finding.domain else None
    where = ", ".join(filter(None, (domain, finding.region))) or finding.name
    return f"{finding.environment}: {where}" if several and where else where or finding.environment


def is_of_several(report: CheckReport) -> bool:
    """Tell whether a report has several environments."""
    names = {row.environment for row in report.identities} | {row.environment for row in report.domains}
    return len(names) > 1


def _reach(found: list[Finding], matrix: Matrix) -> int:
    """Count the identities that some findings concern."""
    touched = {id(finding) for finding in found}
    return sum(
        any(id(finding) in touched for finding in (*cell.findings, *matrix.above(row, cell.region)))
        for row, cell in matrix.identities()
    ) or sum(any(id(finding) in touched for finding in row.findings) for row in _alone(matrix))


def _alone(matrix: Matrix) -> list[Row]:
    return [row for row in matrix.rows if row.alone]
