"""A report as one HTML page that needs nothing else."""

import base64
import html
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from mailproof.check.finding import CheckedIdentity, CheckReport, Finding, worst_first
from mailproof.model.names import unicode_name
from mailproof.report.cell_words import cell_words
from mailproof.report.dns_hosts import Entry
from mailproof.report.entries import Entries
from mailproof.report.headline import age_of_facts, first_thing_to_do, headline, summary
from mailproof.report.html_parts import (
    account_table,
    changes_paragraph,
    changes_section,
    domain_table,
    finding_list,
    fix_paragraph,
    matrix_table,
    receiver_table,
)
from mailproof.report.matrix import Cell, CellState, Matrix, Row, build_matrix
from mailproof.report.rule_words import rule_meaning, rule_title
from mailproof.report.source_link import source_links

TEMPLATE = "report.html"
INLINE = re.compile(r"<(script|style)>(.*?)</\1>", re.DOTALL)
# Within a script element "<" could end it or begin a comment; within JSON these stand for themselves.
JSON_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}
VERDICTS = {0: CellState.VERIFIED, 1: CellState.ERROR, 3: CellState.UNKNOWN}


def build_html(report: CheckReport) -> str:
    """
    Write a report as one page: domains by regions, each cell opening to its findings.

    The page loads nothing, neither from the network nor from beside it, and runs no script but its own.
    """
    matrix, entries = build_matrix(report), Entries(report)
    parts = {
        "title": html.escape(headline(report)),
        "verdict": VERDICTS.get(report.exit_code, CellState.UNKNOWN),
        "summary": html.escape(summary(report, matrix)),
        "checked-at": html.escape(report.checked_at),
        "age": html.escape(f" {age}." if (age := age_of_facts(report)) else ""),
        "todo": fix_paragraph("First thing to do", str(first_thing_to_do(report, matrix) or "")),
        "since": changes_paragraph(report),
        "changes": changes_section(report),
        "data": _json(_Data(report, matrix, entries).build()),
        "matrix": matrix_table(matrix),
        "findings": finding_list(report.findings, entries),
        "domains": domain_table(report, matrix),
        "accounts": account_table(report),
        "receivers": receiver_table(report),
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
        entries: Writes the records to publish.
    """

    def __init__(self, report: CheckReport, matrix: Matrix, entries: Entries) -> None:
        self._report = report
        self._matrix = matrix
        self._entries = entries
        self._known_entries: dict[Entry, int] = {}
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
            "cells": _table([self._cell(row, cell) for row in self._matrix.rows for cell in row.cells]),
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
        entries = _table([self._texts_of(entry) for entry in self._known_entries])
        return data | {"entries": entries, "texts": list(self._texts)}

    def _text(self, text: str | None) -> int:
        return -1 if text is None else self._texts.setdefault(text, len(self._texts))

    def _indexes(self, findings: Iterable[Finding]) -> list[int]:
        return [self._positions[id(finding)] for finding in findings]

    def _row(self, row: Row) -> Mapping[str, Any]:
        shown = unicode_name(row.domain)
        beside = {"note": row.note, "unicode": "" if shown == row.domain else shown}
        return {
            "environment": row.environment,
            "domain": row.domain,
            **{name: text for name, text in beside.items() if text},
            "findings": self._indexes(row.findings),
        }

    def _cell(self, row: Row, cell: Cell) -> Mapping[str, Any]:
        identity = cell.identity
        texts: dict[str, str | None] = {"state": cell.state if identity else "none"}
        texts |= {name: getattr(identity, name, None) for name in ("identity", "dkim", "mail_from", "records")}
        texts |= {"label": cell_words(self._matrix, row, cell)}
        texts |= {"place": _place(identity) if identity else None}
        texts |= {"asked": _asked(identity) if identity and self._report.holds_older_facts else None}
        return {name: self._text(text) for name, text in texts.items()} | {
            "inherited": int(cell.inherited),
            "findings": self._indexes(cell.findings),
        }

    def _finding(self, finding: Finding) -> Mapping[str, Any]:
        known = self._known_entries
        return self._texts_of(finding) | {
            "entries": [known.setdefault(entry, len(known)) for entry in self._entries.of(finding)]
        }

    def _texts_of(self, item: Finding | Entry) -> dict[str, Any]:
        return {part.name: self._text(getattr(item, part.name)) for part in fields(item)}


def _place(identity: CheckedIdentity) -> str:
    return identity.path if identity.line is None else f"{identity.path}:{identity.line}"


def _asked(identity: CheckedIdentity) -> str | None:
    return f"SES asked {identity.asked_at}" if identity.asked_at else None


def _table(items: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Write items of the same fields as one list of names and one row of values each."""
    return {"names": list(items[0]) if items else [], "rows": [list(item.values()) for item in items]}
