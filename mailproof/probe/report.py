"""The outcome of a run: by message beside by records, as table and JSON."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar, Literal

from pydantic import TypeAdapter

from mailproof.check.finding import CheckReport, Finding, Severity, worst_first
from mailproof.check.json_model import JSON_MODEL, make_visible, with_dialect
from mailproof.check.probed import Accepted, ProbedMessage, Refusal, SeenMessage
from mailproof.live.answer import Unanswered
from mailproof.model.safe_text import join_lines
from mailproof.probe.plan import SENDER
from mailproof.report.fitting import fit_lines, fit_rows

VERSION: Literal[1] = 1
MOST = 30  # a screen or two
RIGHT = "right"
COLUMNS = ("from", "region", "by records", "by message", "signed by", "its receiver says")

Result = Literal["right", "wrong", "accepted", "not seen", "refused", "unknown"]
WORST_FIRST: Sequence[Result] = ("refused", "wrong", "unknown", "not seen", "accepted", "right")


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


def build_table(report: ProbeReport, *, width: int | None = None, whole: bool = True) -> str:
    """
    Write a report as its messages and findings, of each the worst first, and a line that sums up.

    Args:
        report: The report.
        width: Of the terminal, characters; None breaks no line.
        whole: List everything; else count what is beyond the worst `MOST`.
    """
    most = None if whole else MOST
    is_one = len({row.environment for row in report.messages}) == 1
    messages = sorted(report.messages, key=lambda row: WORST_FIRST.index(row.message))
    rows = [_cells(row, "" if is_one else f"{row.environment}: ") for row in messages]
    # What nobody has said of any message has no column.
    used = [number for number, texts in enumerate(zip(*rows, strict=True)) if any(texts)]
    columns = [COLUMNS[number] for number in used]
    lines = [
        *fit_rows(
            columns, [[row[number] for number in used] for row in rows[:most]], width, partial(_sentence, columns)
        )
    ]
    lines += _counted(messages[most:], messages[most].message) if most and messages[most:] else []
    findings = worst_first(report.findings)
    for finding in findings[:most]:
        subject = f"{finding.environment}: {finding.name} {finding.region}"
        lines += ["", f"{finding.severity.value} {finding.rule}  {subject}"]
        lines += [f"  {label:<9}{getattr(finding, label)}" for label in ("expected", "observed", "fix", "source")]
    lines += ["", *_counted(findings[most:], findings[most].severity)] if most and findings[most:] else []
    right = sum(row.message == RIGHT for row in messages)
    accepted = sum(row.message == "accepted" for row in messages)
    looked = f"{right} right" if not accepted else f"{accepted} accepted"
    count = len(messages)
    words = f"{count} message{'' if count == 1 else 's'} to {report.recipient} ({report.token}): {looked}"
    return join_lines(*fit_lines([*lines, "", f"{words}, {count - right - accepted} not"], width))


def _sentence(columns: Sequence[str], row: Sequence[str]) -> str:
    sender, region, *rest = row
    return f"{sender} {region}: " + ", ".join(
        f"{name} {text}" for name, text in zip(columns[2:], rest, strict=True) if text
    )


def _counted(rest: Sequence[object], following: str) -> list[str]:
    return [f"and {len(rest):,} more, the next of them {following} (--all lists all)"]
