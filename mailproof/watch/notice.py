"""What a run of the watch says: a count per severity for its log, and what is new for people."""

from collections import Counter
from collections.abc import Iterator, Sequence

from mailproof.check.finding import CheckReport, Finding, Severity, worst_first
from mailproof.model.watch import COUNT_MARK, WATCHED
from mailproof.report.rule_words import rule_title

SUBJECT_LIMIT = 100  # characters, ASCII (Amazon SNS API Reference, Publish)
MESSAGE_LIMIT_BYTES = 200_000  # SNS takes 262,144 with all that is around it
LISTED = frozenset({Severity.ERROR, Severity.UNKNOWN, Severity.WARNING})


def count_lines(report: CheckReport) -> list[str]:
    """Write the lines of which the stack makes metrics: one per severity, also of none."""
    counts = Counter(finding.severity.value for finding in report.findings)
    return [f"{COUNT_MARK} {severity} {counts[severity]}" for severity in WATCHED]


def build_notice(report: CheckReport, name: str) -> tuple[str, str] | None:
    """
    Write what is to be told of a run.

    Args:
        report: With what is other than in the last run.
        name: Of the environment.

    Returns:
        Subject and text; None if there is nothing to tell.
    """
    new = _told(report.changes.new) if report.changes else []
    gone = _told(report.changes.gone) if report.changes else []
    if not new and not gone:
        return None
    subject = f"mailproof: {len(new)} new, {len(gone)} gone in {name}"
    lines = [*_section("New", new, fixes=True), *_section("Gone", gone, fixes=False)]
    still = len(_told(report.findings)) - len(new)
    lines.append(f"{still} as before. Checked at {report.checked_at}.")
    text = "\n".join(lines) + "\n"
    return subject[:SUBJECT_LIMIT], text.encode()[:MESSAGE_LIMIT_BYTES].decode(errors="ignore")


def _told(findings: Sequence[Finding]) -> list[Finding]:
    return [finding for finding in worst_first(findings) if finding.severity in LISTED]


def _section(title: str, findings: Sequence[Finding], *, fixes: bool) -> Iterator[str]:
    if not findings:
        return
    yield f"{title} ({len(findings)}):"
    for finding in findings:
        where = " ".join(filter(None, (finding.domain, finding.region, finding.name, finding.type)))
        yield f"- {finding.severity.value}: {rule_title(finding.rule)} ({finding.rule}) {where}".rstrip()
        if fixes:
            yield f"  observed: {finding.observed}"
            yield f"  fix: {finding.fix}"
    yield ""
