"""The report for a person at a terminal."""

from io import StringIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from mailproof.check.finding import CheckedIdentity, CheckReport, Finding, Severity
from mailproof.check.receiver_verdict import Receiver, Verdict
from mailproof.report.headline import age_of_facts, counted_findings, counted_identities, counted_others
from mailproof.report.receivers import TITLE, requirement_rows, source_lines

PLAIN_WIDTH = 160
STYLES = {Severity.ERROR: "bold red", Severity.UNKNOWN: "magenta", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
NOT_WANTED = "-"
STATE_STYLES = {"SUCCESS": "green", "right": "green", "wrong": "red", "FAILED": "red", "MISSING": "red"}

VERDICT_STYLES = {Verdict.FAIL: "red", Verdict.NOT_JUDGED: "magenta", Verdict.PASS: "green"}


def build_table(report: CheckReport, *, width: int | None = None, color: bool = False) -> str:
    """
    Write a report as tables: identities, then findings, then a line that sums up.

    Args:
        report: The report.
        width: Of the terminal, characters; None for output that is not a terminal.
        color: Whether the terminal shows colours.
    """
    console = Console(
        file=StringIO(),
        width=width or PLAIN_WIDTH,
        color_system="standard" if color else None,
        no_color=not color,
        highlight=False,
        force_terminal=False,
    )
    with console.capture() as capture:
        if report.identities:
            console.print(_identities(report))
        if report.domains:
            console.print(_others(report))
        for finding in report.findings:
            console.print(_finding(finding), soft_wrap=True)  # a command in it can be copied whole
        counts = [counted_identities(report) if report.identities else "", counted_others(report)]
        looked_at = " and ".join(filter(None, counts))
        console.print(f"{looked_at}{' checked: ' if looked_at else ''}{counted_findings(report) or 'all well'}")
        if age := age_of_facts(report):
            console.print(age, soft_wrap=True)
        if report.receivers:
            console.print("")
            console.print(_receivers(report))
            for line in source_lines():
                console.print(line, style="dim", soft_wrap=True)
    return capture.get()


def _identities(report: CheckReport) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("environment", "domain", "region", "identity", "DKIM", "MAIL FROM", "records"):
        table.add_column(column, overflow="fold")
    for identity in report.identities:
        table.add_row(*_cells(identity))
    return table


def _others(report: CheckReport) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("environment", "domain", "without identity", "records"):
        table.add_column(column, overflow="fold")
    for row in report.domains:
        records = Text(row.records, STATE_STYLES.get(row.records, "yellow"))
        table.add_row(Text(row.environment), Text(row.domain), Text(row.kind), records)
    return table


def _receivers(report: CheckReport) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", title=TITLE, title_justify="left")
    for column in ("requirement", *Receiver, "why"):
        table.add_column(column, overflow="fold")
    for row in requirement_rows(report):
        cells = (Text(text, VERDICT_STYLES.get(verdict, "")) for verdict, text in row.cells)
        table.add_row(row.requirement, *cells, row.why)
    return table


def _cells(identity: CheckedIdentity) -> list[Text]:
    plain = [Text(text) for text in (identity.environment, identity.domain, identity.region)]
    states = (identity.identity, identity.dkim, identity.mail_from or NOT_WANTED, identity.records)
    return plain + [Text(state, STATE_STYLES.get(state, "yellow" if state != NOT_WANTED else "")) for state in states]


def _finding(finding: Finding) -> Text:
    where = " ".join(filter(None, (finding.domain, finding.region, finding.name, finding.type)))
    subject = ": ".join(filter(None, (finding.environment, where)))
    text = Text()
    text.append("\n")
    text.append(f"{finding.severity.value} {finding.rule}", STYLES[finding.severity])
    text.append(f"  {subject}\n")
    for label, value in (("expected", finding.expected), ("observed", finding.observed), ("fix", finding.fix)):
        text.append(f"  {label:<9}", "dim")
        text.append(f"{value}\n")
    text.append(f"  {'source':<9}{finding.source}", "dim")
    return text
