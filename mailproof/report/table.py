"""The report for a person at a terminal."""

from collections.abc import Iterator
from io import StringIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from mailproof.check.finding import CheckReport, Finding, Severity, worst_first
from mailproof.check.receiver_verdict import Receiver, Verdict
from mailproof.report.domain_lines import domain_lines
from mailproof.report.fitting import fit_lines
from mailproof.report.headline import (
    age_of_facts,
    changes_words,
    counted_findings,
    counted_identities,
    counted_others,
    first_thing_to_do,
    summary,
)
from mailproof.report.matrix import Matrix, build_matrix
from mailproof.report.receivers import TITLE, requirement_rows, source_lines

PLAIN_WIDTH = 160
TABLE_WIDTH = 120  # of the table of receivers: a narrower one would break words
STYLES = {Severity.ERROR: "bold red", Severity.UNKNOWN: "magenta", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
VERDICT_STYLES = {Verdict.FAIL: "red", Verdict.NOT_JUDGED: "magenta", Verdict.PASS: "green"}
# A screen or two of each, so that what is wrong is not scrolled away.
MOST = 30


def build_table(report: CheckReport, *, width: int | None = None, color: bool = False, whole: bool = True) -> str:
    """
    Write a report as domains, findings, and a line that sums up: of each, what is wrong first.

    Args:
        report: The report.
        width: Of the terminal, characters; None for output that is not a terminal.
        color: Whether the terminal shows colours.
        whole: List everything; else count what is beyond the worst `MOST`.
    """
    console = Console(
        file=StringIO(),
        width=width or PLAIN_WIDTH,
        color_system="standard" if color else None,
        no_color=not color,
        highlight=False,
        force_terminal=False,
    )
    matrix = build_matrix(report)
    rows = matrix.rows
    findings = worst_first(report.findings)
    most = None if whole else MOST
    with console.capture() as capture:
        for line in domain_lines(rows[:most], console.width) if rows else ():
            console.print(line, soft_wrap=True)
        if rest := rows[most:] if most else ():
            console.print(f"and {len(rest):,} more, the next of them {rest[0].state} (--all lists all)")
        for finding in findings[:most]:
            console.print(_finding(finding, width), soft_wrap=True)
        if left := findings[most:] if most else ():
            console.print(f"\nand {len(left):,} more, the next of them {left[0].severity} (--all lists all)\n")
        for told in fit_lines(filter(None, (_told(report, matrix), changes_words(report))), width):
            console.print(told, soft_wrap=True, markup=False)
        counts = [counted_identities(report) if report.identities else "", counted_others(report)]
        looked_at = " and ".join(filter(None, counts))
        console.print(f"{looked_at}{' checked: ' if looked_at else ''}{counted_findings(report) or 'all well'}")
        if age := age_of_facts(report):
            console.print(age, soft_wrap=True)
        if report.receivers:
            console.print("")
            if console.width >= TABLE_WIDTH:
                console.print(_receivers(report))
            else:
                console.print(Text("\n").join(_receiver_lines(report, console.width)), soft_wrap=True)
            for source in fit_lines(source_lines(), width):
                console.print(source, style="dim", soft_wrap=True)
    return capture.get()


def _told(report: CheckReport, matrix: Matrix) -> str:
    """Say how many can send, and which of several findings comes first; nothing if all is right."""
    todo = first_thing_to_do(report, matrix)
    if todo is None or (len(report.findings) == 1 and report.changes is None):
        return ""
    return f"{summary(report, matrix)} First thing to do: {todo.what}."


def _receivers(report: CheckReport) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", title=TITLE, title_justify="left")
    for column in ("requirement", *Receiver, "why"):
        table.add_column(column, overflow="fold")
    for row in requirement_rows(report):
        cells = (Text(text, VERDICT_STYLES.get(verdict, "")) for verdict, text in row.cells)
        table.add_row(row.requirement, *cells, row.why)
    return table


def _receiver_lines(report: CheckReport, width: int) -> Iterator[Text]:
    """Yield the same where a table would break words: a requirement, what each says of it, and why."""
    yield Text(TITLE, "bold")
    for row in requirement_rows(report):
        yield Text(row.requirement)
        worst = min((verdict for verdict, _ in row.cells), key=tuple(Verdict).index)
        said = ", ".join(f"{receiver} {text}" for receiver, (_, text) in zip(Receiver, row.cells, strict=True))
        yield from (Text(line, VERDICT_STYLES.get(worst, "")) for line in fit_lines([f"  {said}"], width))
        yield from map(Text, fit_lines([f"  {row.why}"], width))


def _finding(finding: Finding, width: int | None) -> Text:
    where = " ".join(filter(None, (finding.domain, finding.region, finding.name, finding.type)))
    subject = ": ".join(filter(None, (finding.environment, where)))
    fields = {"expected": finding.expected, "observed": finding.observed, "fix": finding.fix}
    fields |= {"since": finding.first_seen} if finding.first_seen else {}
    text = Text("\n")
    for line in fit_lines([f"{finding.severity.value} {finding.rule}  {subject}"], width):
        text.append(f"{line}\n")
    text.stylize(STYLES[finding.severity], 1, len(f" {finding.severity.value} {finding.rule}"))
    for label, value in (fields | {"source": finding.source}).items():
        lines = fit_lines([f"  {label:<9}{value}"], width)
        shown = Text("\n".join(lines), "dim" if label == "source" else "")
        shown.stylize("dim", 0, len(f"  {label:<9}"))
        text.append(shown)
        text.append("\n")
    text.rstrip()
    return text
