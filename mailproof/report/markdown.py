"""A report as markdown, for a GitHub job summary or a pull request."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from mailproof.check.finding import CheckReport, Finding, Severity, worst_first
from mailproof.check.receiver_verdict import Receiver
from mailproof.model.names import unicode_name
from mailproof.report.domain_table import ACCOUNTS_HEAD, ACCOUNTS_TITLE, HEAD, Told, account_rows, domain_rows
from mailproof.report.domain_table import TITLE as DOMAINS_TITLE
from mailproof.report.headline import (
    age_of_facts,
    changed_findings,
    changes_words,
    counted,
    findings_in_all,
    first_thing_to_do,
    headline,
    is_of_several,
    subject,
    summary,
)
from mailproof.report.markdown_text import Bounded, code, plain
from mailproof.report.matrix import Cell, CellState, Matrix, Row, build_matrix
from mailproof.report.receivers import TITLE, requirement_rows, source_lines
from mailproof.report.rule_words import rule_meaning, rule_title
from mailproof.report.source_link import SourceLink, source_links

JOB_SUMMARY_LIMIT_BYTES = 1_048_576  # of one step; the comment of a pull request takes 65,536 characters
ROWS_LIMIT = 200
FINDINGS_A_RULE = 25
REST_BYTES = 400  # room for the lines that say what was cut
TABLE_SHARE = 0.5  # of the text, left for what comes behind the matrix
FINDINGS_SHARE = 0.4

SIGNS = {
    CellState.VERIFIED: "✅",
    CellState.WARNING: "⚠️",
    CellState.ERROR: "❌",
    CellState.UNKNOWN: "❔",
    CellState.NOT_ASKED: "—",
}
HEADINGS = {
    Severity.ERROR: "❌ Errors",
    Severity.UNKNOWN: "❔ Could not ask",
    Severity.WARNING: "⚠️ Warnings",
    Severity.INFO: "Notes",
}
LEGEND = "✅ verified · ⚠️ warning · ❌ error · ❔ could not ask · — not asked for"


def build_markdown(report: CheckReport, *, limit_bytes: int = JOB_SUMMARY_LIMIT_BYTES) -> str:
    """
    Write a report as markdown: the verdict, domains by regions, then the findings, worst first, each with its fix.

    Args:
        report: What a check found.
        limit_bytes: The text is no longer; long lists are cut and say by how much.

    Source: GitHub Docs, "Workflow commands for GitHub Actions", job summaries: at most 1 MiB a step
    """
    matrix = build_matrix(report)
    text = Bounded(limit_bytes - REST_BYTES)
    text.add(
        f"## {_verdict_sign(report)} {headline(report)}",
        "",
        summary(report, matrix),
        "",
        *_first(report, matrix),
        *_changes(report),
        f"Checked at {plain('; '.join(filter(None, (report.checked_at, age_of_facts(report)))))}.",
        "",
    )
    several = len({identity.environment for identity in report.identities}) > 1
    _add_table(text, matrix, reserve_bytes=int(limit_bytes * TABLE_SHARE), several=several)
    _add_domains(text, report, matrix, reserve_bytes=int(limit_bytes * FINDINGS_SHARE))
    for severity in Severity:
        found = [finding for finding in report.findings if finding.severity is severity]
        _add_findings(text, severity, found, several=several)
    if report.receivers:
        _add_receivers(text, report)
    return text.text()


def _first(report: CheckReport, matrix: Matrix) -> list[str]:
    todo = first_thing_to_do(report, matrix)
    return [f"**First thing to do:** {plain(str(todo))}", ""] if todo else []


def _changes(report: CheckReport) -> Iterator[str]:
    """Say what is other than in the last run."""
    several = is_of_several(report)
    if words := changes_words(report):
        yield from (plain(words), "")
    for heading, found in changed_findings(report):
        yield f"**{heading}**"
        yield ""
        shown = ((rule_title(one.rule), subject(one, several=several)) for one in found[:FINDINGS_A_RULE])
        yield from (f"- {plain(title)}: {plain(where)}" for title, where in shown)
        yield from ((f"- … and {len(found) - FINDINGS_A_RULE:,} more",) if len(found) > FINDINGS_A_RULE else ())
        yield ""


def _add_domains(text: Bounded, report: CheckReport, matrix: Matrix, *, reserve_bytes: int) -> None:
    """Write what one wants to know of each domain, and of the accounts."""
    rows = domain_rows(report, matrix)
    told = ([_name(row.row), *(_told(cell) for cell in (row.dmarc, row.spf, row.key))] for row in rows[:ROWS_LIMIT])
    _add_told(text, DOMAINS_TITLE, HEAD, told, len(rows), reserve_bytes=reserve_bytes)
    accounts = (
        [plain(account.environment), code(account.account), code(account.region), _told(state), plain(quota)]
        for account, state, quota in account_rows(report)
    )
    _add_told(text, ACCOUNTS_TITLE, ACCOUNTS_HEAD, accounts, len(report.accounts), reserve_bytes=reserve_bytes)


def _add_told(  # noqa: PLR0913 -- a table, each part by its name
    text: Bounded, title: str, head: Sequence[str], rows: Iterable[list[str]], count: int, *, reserve_bytes: int
) -> None:
    if not count:
        return
    opening = (f"### {title}", "", f"| {' | '.join(head)} |", "|" + " --- |" * len(head))
    text.add(*opening, reserve_bytes=reserve_bytes)
    shown = 0
    for row in rows:
        if not text.add(f"| {' | '.join(row)} |", reserve_bytes=reserve_bytes):
            break
        shown += 1
    text.add("", *([f"… and {count - shown:,} more.", ""] if shown < count else []))


def _told(told: Told) -> str:
    return f"{SIGNS[told.state]} {plain(told.text)}"


def _name(row: Row) -> str:
    """Write a domain in Unicode, with its A-labels beside it."""
    shown = unicode_name(row.domain)
    return code(row.domain) if shown == row.domain else f"{code(shown)} ({code(row.domain)})"


def _add_receivers(text: Bounded, report: CheckReport) -> None:
    head = ["Requirement", *Receiver, "Why"]
    rows = ([row.requirement, *(told for _, told in row.cells), row.why] for row in requirement_rows(report))
    table = [f"| {' | '.join(map(plain, row))} |" for row in rows]
    text.add(f"### {TITLE}", "", f"| {' | '.join(head)} |", "|" + " --- |" * len(head), *table, "")
    text.add(*(f"- {plain(line)}" for line in source_lines()), "")


def _verdict_sign(report: CheckReport) -> str:
    return {0: SIGNS[CellState.VERIFIED], 1: SIGNS[CellState.ERROR]}.get(report.exit_code, SIGNS[CellState.UNKNOWN])


def _add_table(text: Bounded, matrix: Matrix, *, reserve_bytes: int, several: bool) -> None:
    if not matrix.rows:
        return
    text.add(*_table_head(matrix, several=several))
    rows = matrix.rows  # those with something wrong first, which must not be cut
    shown = 0
    for row in rows[:ROWS_LIMIT]:
        if not text.add(_table_row(row, several=several), reserve_bytes=reserve_bytes):
            break
        shown += 1
    text.add("", *([f"… and {len(rows) - shown:,} more domains.", ""] if shown < len(rows) else []), LEGEND, "")


def _table_head(matrix: Matrix, *, several: bool) -> Iterator[str]:
    columns = [*(["Environment"] if several else []), "Domain", *(code(region) for region in matrix.regions)]
    yield f"| {' | '.join(columns)} |"
    yield "|" + " --- |" * (len(columns) - len(matrix.regions)) + " :-: |" * len(matrix.regions)


def _table_row(row: Row, *, several: bool) -> str:
    own = _marks(row.findings)
    name = " ".join(filter(None, (_name(row), f"({row.note})" if row.note else "", own)))
    cells = [*([plain(row.environment)] if several else []), name, *map(_cell, row.cells)]
    return f"| {' | '.join(cells)} |"


def _marks(findings: Iterable[Finding]) -> str:
    severities = {finding.severity for finding in findings}
    return "".join(SIGNS[CellState(severity)] for severity in Severity if severity in severities - {Severity.INFO})


def _cell(cell: Cell) -> str:
    count = sum(finding.severity is not Severity.INFO for finding in cell.findings)
    return SIGNS[cell.state] + (f" {count}" if count > 1 else "")


def _add_findings(text: Bounded, severity: Severity, findings: Sequence[Finding], *, several: bool) -> None:
    if not findings:
        return
    text.add(f"### {HEADINGS[severity]} ({findings_in_all(len(findings))})", "")
    by_rule: dict[str, list[Finding]] = defaultdict(list)
    for finding in worst_first(findings):
        by_rule[finding.rule].append(finding)
    left = len(findings)
    for rule, group in by_rule.items():
        shown = _add_rule(text, rule, group, several=several)
        left -= len(group)
        if not shown:
            text.left_bytes += REST_BYTES
            text.add(f"… and {counted(left + len(group), severity)} more: the list is cut here.", "")
            text.left_bytes = 0
            return


def _add_rule(text: Bounded, rule: str, findings: Sequence[Finding], *, several: bool) -> bool:
    meaning = plain(rule_meaning(rule))
    opening = [f"**{plain(rule_title(rule))}** {code(rule)}{f': {meaning}' if meaning else ''}", ""]
    shown = min(len(findings), FINDINGS_A_RULE)
    while shown:
        cut = len(findings) - shown
        rest = [f"… and {cut:,} more of this rule.", ""] if cut else []
        if text.add(*opening, *_by_fix(findings[:shown], several=several), *rest):
            return True
        shown //= 2
    return False


def _by_fix(findings: Iterable[Finding], *, several: bool) -> Iterator[str]:
    groups: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        groups[finding.fix, finding.source].append(finding)
    for (fix, source), group in groups.items():
        yield from (_item(finding, several=several) for finding in group)
        yield from ("", f"**Fix:** {plain(fix)} ({'; '.join(map(_source, source_links(source)))})", "")


def _item(finding: Finding, *, several: bool) -> str:
    record = " ".join(part for part in (finding.type, finding.name) if part)
    since = f", first seen {finding.first_seen}" if finding.first_seen else ""
    parts = [finding.environment if several else None, finding.domain, finding.region, record]
    where = ", ".join(code(part) for part in parts if part) or code(finding.environment)
    return f"- {where}: expected {code(finding.expected)}, observed {code(finding.observed)}{since}"


def _source(link: SourceLink) -> str:
    return f"[{plain(link.label)}]({link.url})" if link.url else plain(link.label)
