"""The outcome of a run: by message beside by records, as table and JSON."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from io import StringIO
from typing import Any, ClassVar, Literal

from pydantic import TypeAdapter
from rich.console import Console
from rich.table import Table

from mailproof.check.finding import CheckReport, Finding, Severity
from mailproof.check.json_model import JSON_MODEL, make_visible, with_dialect
from mailproof.check.probed import Accepted, ProbedMessage, Refusal, SeenMessage
from mailproof.live.answer import Unanswered
from mailproof.probe.plan import SENDER

VERSION: Literal[1] = 1
WIDTH = 1000  # a row is a line
RIGHT = "right"
COLUMNS = ("from", "region", "by records", "by message", "signed by", "its receiver says")

Result = Literal["right", "wrong", "accepted", "not seen", "refused", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbedSignature:
    """A DKIM signature of a message."""

    __pydantic_config__: ClassVar = JSON_MODEL
    domain: str
    """That signs."""
    selector: str
    """Of its key."""
    aligned: bool
    """Whether it counts for the domain in From, if it verifies."""
    problem: str
    """Why it does not verify; empty if it does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbedRow:
    """One message."""

    __pydantic_config__: ClassVar = JSON_MODEL
    environment: str
    """Name of the environment."""
    domain: str
    """Sending domain."""
    region: str
    """AWS region that sent it."""
    sender: str
    """The address in From."""
    records: str
    """By records: `right`, or what a check found of this domain and region."""
    message: Result
    """By message: `right`; `wrong`, for which there are findings; `accepted` by SES and not looked for; `not seen` in
    time; `refused` by SES; `unknown`, since nobody could be asked."""
    message_id: str | None = None
    """As SES calls it, if it has accepted it and it was not seen."""
    mail_from: str | None = None
    """Domain of the envelope's sender, of a message that was seen."""
    signatures: Sequence[ProbedSignature] = ()
    """Of a message that was seen, in the order of its headers."""
    receiver: str | None = None
    """Who wrote Authentication-Results."""
    verdicts: Mapping[str, str] | None = None
    """What it says there, the best of each method."""

    def __post_init__(self) -> None:
        """Make every text safe to show."""
        make_visible(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeReport:
    """The outcome of one run."""

    __pydantic_config__: ClassVar = {**JSON_MODEL, "title": "mailproof probe report"}
    version: Literal[1] = VERSION
    """Of this format: fields may be added to it, none is changed or removed."""
    token: str
    """In the subject of every message of the run."""
    sent_at: str
    """When the first was sent, ISO 8601 with offset."""
    recipient: str
    """Whom they went to."""
    messages: Sequence[ProbedRow]
    """In the order of the files."""
    findings: Sequence[Finding]
    """Of the messages, in their order."""

    @property
    def exit_code(self) -> int:
        """1 if something is wrong, else 3 if something is not known, else 0."""
        severities = {finding.severity for finding in self.findings}
        return 1 if Severity.ERROR in severities else 3 if Severity.UNKNOWN in severities else 0

    def added_to(self, checked: CheckReport) -> CheckReport:
        """Return the report of a check with what was found of the messages."""
        return replace(checked, findings=[*checked.findings, *self.findings])


def build_row(environment: str, found: ProbedMessage, records: str, findings: Sequence[Finding]) -> ProbedRow:
    """Return the row of a message."""
    seen = found.outcome if isinstance(found.outcome, SeenMessage) else None
    return ProbedRow(
        environment=environment,
        domain=found.domain,
        region=found.region,
        sender=found.sender,
        records=records,
        message=_result(found, findings),
        message_id=found.outcome.message_id if isinstance(found.outcome, Accepted) else None,
        mail_from=seen.mail_from if seen else None,
        signatures=[
            ProbedSignature(domain=each.domain, selector=each.selector, aligned=each.is_aligned, problem=each.problem)
            for each in (seen.signatures if seen else ())
        ],
        receiver=(seen.receiver or None) if seen else None,
        verdicts=dict(seen.verdicts) if seen and seen.verdicts else None,
    )


def _result(found: ProbedMessage, findings: Sequence[Finding]) -> Result:
    outcome = found.outcome
    if isinstance(outcome, Refusal):
        return "refused"
    if isinstance(outcome, Unanswered):
        return "unknown"
    if isinstance(outcome, Accepted):
        return "accepted" if outcome.waited_s is None else "not seen"
    return "wrong" if findings else "right"


def _cells(row: ProbedRow, environment: str) -> tuple[str, ...]:
    said = " ".join(f"{method}={result}" for method, result in (row.verdicts or {}).items())
    sender = f"{environment}{row.sender.removeprefix(f'{SENDER}@')}"
    return sender, row.region, row.records, row.message, _signers(row), said


def _signers(row: ProbedRow) -> str:
    """Name who has signed for the domain; if nobody has, whoever has signed at all."""
    shown = [each for each in row.signatures if each.aligned] or row.signatures
    return ", ".join(each.domain + (" (broken)" if each.problem else "") for each in shown)


def build_json(report: ProbeReport) -> str:
    """Write a report as JSON."""
    return json.dumps(TypeAdapter(ProbeReport).dump_python(report, mode="json"), indent=2, ensure_ascii=False) + "\n"


def build_schema() -> dict[str, Any]:
    """Return the JSON Schema of the report."""
    return with_dialect(TypeAdapter(ProbeReport).json_schema())


def build_table(report: ProbeReport) -> str:
    """Write a report as the matrix, findings, and a line that sums up."""
    console = Console(file=StringIO(), width=WIDTH, color_system=None, no_color=True, highlight=False)
    table = Table(box=None, pad_edge=False, header_style="")
    is_one = len({row.environment for row in report.messages}) == 1
    rows = [_cells(row, "" if is_one else f"{row.environment}: ") for row in report.messages]
    # What nobody has said of any message has no column.
    shown = [column for column, texts in zip(COLUMNS, zip(*rows, strict=True), strict=True) if any(texts)]
    for column in shown:
        table.add_column(column, no_wrap=True)
    for row in rows:
        table.add_row(*(text for column, text in zip(COLUMNS, row, strict=True) if column in shown))
    with console.capture() as capture:
        console.print(table)
        for finding in report.findings:
            console.print(f"\n{finding.severity.value} {finding.rule}  {finding.environment}: ", end="", markup=False)
            console.print(f"{finding.name} {finding.region}", soft_wrap=True, markup=False)
            for label in ("expected", "observed", "fix", "source"):
                console.print(f"  {label:<9}{getattr(finding, label)}", soft_wrap=True, markup=False)
        right = sum(row.message == RIGHT for row in report.messages)
        accepted = sum(row.message == "accepted" for row in report.messages)
        looked = f"{right} right" if not accepted else f"{accepted} accepted"
        count = len(report.messages)
        words = f"\n{count} message{'' if count == 1 else 's'} to {report.recipient} ({report.token}): {looked}"
        console.print(f"{words}, {count - right - accepted} not", soft_wrap=True, markup=False)
    return "".join(f"{line.rstrip()}\n" for line in capture.get().splitlines())
