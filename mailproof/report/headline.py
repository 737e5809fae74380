"""Headline of a report: its verdict in one sentence."""

from collections import Counter

from mailproof.check.finding import CheckReport, Severity
from mailproof.report.matrix import CellState, Matrix

NOUNS = {
    Severity.ERROR: ("error", "errors"),
    Severity.UNKNOWN: ("question unanswered", "questions unanswered"),
    Severity.WARNING: ("warning", "warnings"),
    Severity.INFO: ("note", "notes"),
}


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
    """Say how many identities are verified, and how many findings there are."""
    verified, found = matrix.counts()[CellState.VERIFIED], counted_findings(report)
    identities = f"{counted_identities(report)} {'is' if len(report.identities) == 1 else 'are'}"
    right = sum(row.records == "right" for row in report.domains)
    others = f"{right:,} of {counted_others(report)} right" if report.domains else ""
    parts = (f"{verified:,} of {identities} verified" if report.identities or not others else "", others, found)
    return f"{'; '.join(filter(None, parts))}."
