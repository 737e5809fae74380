"""A report as one HTML page that needs nothing else."""

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from mailproof.check.finding import CheckedIdentity, CheckReport, Finding, Severity, worst_first
from mailproof.check.receiver_verdict import Receiver
from mailproof.report.headline import age_of_facts, headline, summary
from mailproof.report.matrix import Cell, CellState, Matrix, Row, build_matrix
from mailproof.report.receivers import TITLE, RequirementRow, requirement_rows, source_lines
from mailproof.report.rule_words import rule_meaning, rule_title
from mailproof.report.source_link import source_links

TEMPLATE = "report.html"
INLINE = re.compile(r"<(script|style)>(.*?)</\1>", re.DOTALL)
# Within a script element "<" could end it or begin a comment; within JSON these stand for themselves.
JSON_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}
NOSCRIPT_LIMIT = 200
VERDICTS = {0: CellState.VERIFIED, 1: CellState.ERROR, 3: CellState.UNKNOWN}


def build_html(report: CheckReport) -> str:
    """
    Write a report as one page: domains by regions, each cell opening to its findings.

    The page loads nothing, neither from the network nor from beside it, and runs no script but its own.
    """
    matrix = build_matrix(report)
    parts = {
        "title": html.escape(headline(report)),
        "verdict": VERDICTS.get(report.exit_code, CellState.UNKNOWN),
        "summary": html.escape(summary(report, matrix)),
        "checked-at": html.escape(report.checked_at),
        "age": html.escape(f" {age}." if (age := age_of_facts(report)) else ""),
        "data": _json(_Data(report, matrix).build()),
        "findings": _noscript(report.findings),
        "receivers": _receivers(report) if report.receivers else "",
    }
    # One pass, so that no value is taken for a marker.
    return re.sub(r"<!--(\S+?)-->", lambda match: parts.get(match[1], match[0]), _template())


@cache
def _template() -> str:
    """Read the template, and allow exactly its own script and style by their hash."""
    text = (files("mailproof.report") / TEMPLATE).read_text(encoding="utf-8")
    policy = {"script": "", "style": ""}
    for kind, body in INLINE.findall(text):
        policy[kind] += f" 'sha256-{base64.b64encode(sha256(body.encode()).digest()).decode()}'"
    rule = "; ".join(f"{kind}-src{hashes}" for kind, hashes in policy.items())
    return text.replace("<!--policy-->", f"default-src 'none'; {rule}; base-uri 'none'; form-action 'none'")


def _json(data: Any) -> str:
    text = json.dumps(data, separators=(",", ":"))
    return re.sub("[<>&]", lambda match: JSON_ESCAPES[match[0]], text)


class _Data:
    """
    What the page's script reads: every text once; findings and cells are tables of numbers that point at texts.

    Args:
        report: The report.
        matrix: The same, arranged.
    """

    def __init__(self, report: CheckReport, matrix: Matrix) -> None:
        self._report = report
        self._matrix = matrix
        self._texts: dict[str, int] = {}
        self._positions = {id(finding): position for position, finding in enumerate(report.findings)}

    def build(self) -> Mapping[str, Any]:
        """Build the whole."""
        accounts = {identity.environment: identity.account for identity in self._report.identities}
        findings = self._report.findings
        data = {
            "regions": self._matrix.regions,
            "accounts": accounts,
            "rows": [self._row(row) for row in self._matrix.rows],
            "regionFindings": [
                {"environment": environment, "region": region, "findings": self._indexes(found)}
                for (environment, region), found in self._matrix.region_findings.items()
            ],
            "findings": _table([self._finding(finding) for finding in findings]),
            "cells": _table([self._cell(cell) for row in self._matrix.rows for cell in row.cells]),
            "order": self._indexes(worst_first(findings)),
            "rules": {
                rule: {"title": rule_title(rule), "meaning": rule_meaning(rule)}
                for rule in dict.fromkeys(finding.rule for finding in findings)
            },
            "sources": {
                source: [{"label": link.label, "url": link.url} for link in source_links(source)]
                for source in dict.fromkeys(finding.source for finding in findings)
            },
        }
        return data | {"texts": list(self._texts)}

    def _text(self, text: str | None) -> int:
        return -1 if text is None else self._texts.setdefault(text, len(self._texts))

    def _indexes(self, findings: Iterable[Finding]) -> list[int]:
        return [self._positions[id(finding)] for finding in findings]

    def _row(self, row: Row) -> Mapping[str, Any]:
        note = {"note": row.note} if row.note else {}
        return {"environment": row.environment, "domain": row.domain, **note, "findings": self._indexes(row.findings)}

    def _cell(self, cell: Cell) -> Mapping[str, Any]:
        identity = cell.identity
        texts: dict[str, str | None] = {"state": cell.state if identity else "none"}
        texts |= {name: getattr(identity, name, None) for name in ("identity", "dkim", "mail_from", "records")}
        texts |= {"place": _place(identity) if identity else None}
        texts |= {"asked": _asked(identity) if identity and self._report.holds_older_facts else None}
        return {name: self._text(text) for name, text in texts.items()} | {
            "inherited": int(cell.inherited),
            "findings": self._indexes(cell.findings),
        }

    def _finding(self, finding: Finding) -> Mapping[str, int]:
        return {part.name: self._text(getattr(finding, part.name)) for part in fields(finding)}


def _place(identity: CheckedIdentity) -> str:
    return identity.path if identity.line is None else f"{identity.path}:{identity.line}"


def _asked(identity: CheckedIdentity) -> str | None:
    return f"SES asked {identity.asked_at}" if identity.asked_at else None


def _table(items: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Write items of the same fields as one list of names and one row of values each."""
    return {"names": list(items[0]) if items else [], "rows": [list(item.values()) for item in items]}


def _receivers(report: CheckReport) -> str:
    head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in ("Requirement", *Receiver, "Why"))
    lines = "".join(f"<tr>{''.join(_receiver_cells(row))}</tr>" for row in requirement_rows(report))
    sources = "".join(f"<li>{html.escape(line)}</li>" for line in source_lines())
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>"
    return (
        f'<div class="part"><h2>{TITLE}</h2></div><section class="receivers panel">{table}<ul>{sources}</ul></section>'
    )


def _receiver_cells(row: RequirementRow) -> Iterator[str]:
    yield f'<th scope="row">{html.escape(row.requirement)}</th>'
    for verdict, told in row.cells:
        yield f'<td class="{verdict.replace(" ", "-")}">{html.escape(told)}</td>'
    yield f"<td>{html.escape(row.why)}</td>"


def _noscript(findings: Iterable[Finding]) -> str:
    """List the worst findings for a reader whose browser runs no script."""
    told = [finding for finding in worst_first(findings) if finding.severity is not Severity.INFO]
    items = "".join(f"<li>{_noscript_item(finding)}</li>" for finding in told[:NOSCRIPT_LIMIT])
    rest = f"<p>… and {len(told) - NOSCRIPT_LIMIT:,} more.</p>" if len(told) > NOSCRIPT_LIMIT else ""
    return f"<ol>{items}</ol>{rest}" if told else ""


def _noscript_item(finding: Finding) -> str:
    subject = ", ".join(
        part for part in (finding.environment, finding.domain, finding.region, finding.type, finding.name) if part
    )
    text = f"{finding.severity}: {rule_title(finding.rule)} ({subject}): expected {finding.expected}, observed"
    return html.escape(f"{text} {finding.observed}. {finding.fix}")
