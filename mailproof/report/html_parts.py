"""The parts of the HTML page that are there without a script."""

import html
import re
from collections.abc import Iterable, Iterator, Sequence

from mailproof.check.finding import CheckReport, Finding, Severity, worst_first
from mailproof.check.receiver_verdict import Receiver
from mailproof.model.names import unicode_name
from mailproof.report.cell_words import NO_MAIL_FROM, cell_words
from mailproof.report.dns_hosts import Entry
from mailproof.report.domain_table import ACCOUNTS_HEAD, ACCOUNTS_TITLE, HEAD, Told, account_rows, domain_rows
from mailproof.report.domain_table import TITLE as DOMAINS_TITLE
from mailproof.report.entries import Entries
from mailproof.report.headline import (
    changed_findings,
    changes_words,
    day_words,
    findings_in_all,
    is_of_several,
    subject,
)
from mailproof.report.matrix import Cell, CellState, Matrix, Row
from mailproof.report.receivers import TITLE as RECEIVERS_TITLE
from mailproof.report.receivers import RequirementRow, requirement_rows, source_lines
from mailproof.report.rule_words import rule_title

LIMIT = 200
OPEN_LIMIT = 20
CODE = re.compile(r"`([^`]+)`")
CLASSES = {state: state.value for state in CellState} | {CellState.NOT_ASKED: "none"}
SIGNS = {CellState.ERROR: "✕", CellState.UNKNOWN: "?", CellState.WARNING: "!", CellState.VERIFIED: "✓"}


def fix_paragraph(label: str, text: str) -> str:
    """Write what to do; nothing if there is nothing."""
    return f'<p class="fix"><b>{html.escape(label)}</b> {_with_code(text)}</p>' if text else ""


def changes_section(report: CheckReport) -> str:
    """List what is new since the last run, gone and not judged."""
    several = is_of_several(report)
    lists = "".join(_changed(heading, found, several=several) for heading, found in changed_findings(report))
    return _section("changes", "Since the last run", lists) if lists else ""


def changes_paragraph(report: CheckReport) -> str:
    """Say how much is new since the last run, and gone; nothing if no runs are kept."""
    link = ' <a href="#changes">What changed</a>' if changed_findings(report) else ""
    return f"<p>{html.escape(words)}{link}</p>" if (words := changes_words(report)) else ""


def _changed(heading: str, findings: Sequence[Finding], *, several: bool) -> str:
    items = "".join(f"<li>{_changed_item(finding, several=several)}</li>" for finding in findings[:LIMIT])
    count = f'<span class="number">{findings_in_all(len(findings))}</span>'
    opening = f"<details{' open' if len(findings) <= OPEN_LIMIT else ''}>"
    return f"{opening}<summary>{heading} {count}</summary><ul>{items}</ul>{_rest(len(findings))}</details>"


def _changed_item(finding: Finding, *, several: bool) -> str:
    since = f", first seen {day_words(finding.first_seen)}" if finding.first_seen else ""
    name = " ".join(filter(None, (finding.type, finding.name)))
    where = ", ".join(filter(None, (subject(finding, several=several), name if finding.domain else "")))
    return html.escape(f"{rule_title(finding.rule)}: {where}{since}")


def matrix_table(matrix: Matrix) -> str:
    """Write domains by regions, the worst of them: the whole of it needs a script."""
    if not matrix.rows:
        return ""
    several = len({row.environment for row in matrix.rows}) > 1
    rows = (
        [_th(_name(row, several=several)), *(_cell(matrix, row, cell) for cell in row.cells)]
        for row in matrix.rows[:LIMIT]
    )
    return _table(("Domain", *matrix.regions), rows) + _rest(len(matrix.rows))


def _cell(matrix: Matrix, row: Row, cell: Cell) -> str:
    words = cell_words(matrix, row, cell)
    is_half = words == NO_MAIL_FROM  # which is right, and not green
    return _told(Told(words or "-", CellState.NOT_ASKED if is_half else cell.state))


def finding_list(findings: Iterable[Finding], entries: Entries) -> str:
    """List the worst findings for a reader whose browser runs no script, each with its records to publish."""
    told = [finding for finding in worst_first(findings) if finding.severity is not Severity.INFO]
    items = "".join(f"<li>{_item(finding, entries)}</li>" for finding in told[:LIMIT])
    return f"<ol>{items}</ol>{_rest(len(told))}" if told else ""


def _item(finding: Finding, entries: Entries) -> str:
    where = ", ".join(
        part for part in (finding.environment, finding.domain, finding.region, finding.type, finding.name) if part
    )
    text = f"{finding.severity}: {rule_title(finding.rule)} ({where}): expected {finding.expected}, observed"
    records = "".join(map(_record, entries.of(finding)))
    return f"{html.escape(f'{text} {finding.observed}.')} {_with_code(finding.fix)}{records}"


def _record(entry: Entry) -> str:
    parts = {
        "Type": entry.type,
        f"Name ({entry.name_form})": entry.name,
        "Value": entry.value,
        "Preference": entry.preference,
    }
    lines = "".join(
        f"<dt>{html.escape(term)}</dt><dd><code>{html.escape(value)}</code></dd>"
        for term, value in parts.items()
        if value
    )
    note = f"<dt>Note</dt><dd>{html.escape(entry.note)}</dd>" if entry.note else ""
    return f'<dl class="facts"><dt>Enter at</dt><dd>{html.escape(entry.host)}</dd>{lines}{note}</dl>'


def domain_table(report: CheckReport, matrix: Matrix) -> str:
    """Write what one wants to know of each domain."""
    several = len({row.environment for row in matrix.rows}) > 1
    rows = (
        [_th(_name(row.row, several=several)), *map(_told, (row.dmarc, row.spf, row.key))]
        for row in domain_rows(report, matrix)
    )
    return _section("domains", DOMAINS_TITLE, _table(HEAD, rows)) if report.policies else ""


def account_table(report: CheckReport) -> str:
    """Write how each account is in each region."""
    rows = (
        [_th(html.escape(account.environment)), *map(_td, (account.account, account.region)), _told(state), _td(quota)]
        for account, state, quota in account_rows(report)
    )
    return _section("accounts", ACCOUNTS_TITLE, _table(ACCOUNTS_HEAD, rows)) if report.accounts else ""


def receiver_table(report: CheckReport) -> str:
    """Write what large receivers ask for."""
    if not report.receivers:
        return ""
    rows = (list(_receiver_cells(row)) for row in requirement_rows(report))
    sources = "".join(f"<li>{html.escape(line)}</li>" for line in source_lines())
    table = _table(("Requirement", *Receiver, "Why"), rows)
    return _section("receivers", RECEIVERS_TITLE, f"{table}<ul>{sources}</ul>")


def _receiver_cells(row: RequirementRow) -> Iterator[str]:
    yield _th(html.escape(row.requirement))
    for verdict, told in row.cells:
        yield f'<td class="{verdict.replace(" ", "-")}">{html.escape(told)}</td>'
    yield _td(row.why)


def _name(row: Row, *, several: bool) -> str:
    """Write a domain in Unicode, with its A-labels beside it."""
    shown = unicode_name(row.domain)
    beside = [row.domain if shown != row.domain else "", row.environment if several else "", row.note]
    soft = " · ".join(filter(None, beside))
    return html.escape(shown) + (f' <span class="soft">{html.escape(soft)}</span>' if soft else "")


def _section(name: str, title: str, content: str) -> str:
    return f'<div class="part"><h2>{title}</h2></div><section class="told panel" id="{name}">{content}</section>'


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table of cells that are HTML already; its heading is text."""
    first = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in head)
    labels = [f'<td data-label="{html.escape(name)}"' for name in head]  # what a phone shows in place of the heading
    body = "".join(
        f"<tr>{''.join(cell.replace('<td', label, 1) for label, cell in zip(labels, row, strict=True))}</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{first}</tr></thead><tbody>{body}</tbody></table>"


def _th(content: str) -> str:
    return f'<th scope="row">{content}</th>'


def _td(text: str) -> str:
    return f"<td>{html.escape(text)}</td>"


def _told(told: Told) -> str:
    sign = SIGNS.get(told.state, "")
    glyph = f'<span class="glyph {told.state}" aria-hidden="true">{sign}</span> ' if sign else ""
    text = html.escape(told.text).replace(" bits", "&nbsp;bits")
    return f'<td class="{CLASSES[told.state]}">{glyph}{text}</td>'


def _with_code(text: str) -> str:
    return CODE.sub(r"<code>\1</code>", html.escape(text))


def _rest(count: int) -> str:
    return f"<p>… and {count - LIMIT:,} more.</p>" if count > LIMIT else ""
