"""A report as SARIF, for code scanning: each finding at the line of its domain in the environment file."""

import json
import os
from collections import Counter
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from urllib.parse import quote

from mailproof.check.finding import CheckedIdentity, CheckReport, Finding, FindingKey, Severity, worst_first
from mailproof.report.headline import summary
from mailproof.report.matrix import build_matrix
from mailproof.report.rule_words import rule_meaning, rule_title
from mailproof.report.source_link import source_links, source_url

SCHEMA_URL = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
INFORMATION_URL = "https://mailproof.example/"  # where this project's pages are published
RESULTS_LIMIT = 25_000  # GitHub refuses a run with more
ROOT_ID = "%SRCROOT%"
FINGERPRINT = "mailproofFinding/v1"
# Level "none" with kind "open" would fit "could not ask" best, but code scanning does not show it.
LEVELS = {Severity.ERROR: "error", Severity.UNKNOWN: "warning", Severity.WARNING: "warning", Severity.INFO: "note"}


def build_sarif(report: CheckReport) -> str:
    """
    Write a report as SARIF 2.1.0.

    Source: OASIS SARIF 2.1.0; GitHub Docs, "SARIF support for code scanning"
    """
    findings = worst_first(report.findings)
    rules = list({finding.rule: finding for finding in reversed(findings)}.values())[::-1]
    driver = {
        "name": "mailproof",
        "informationUri": INFORMATION_URL,
        **_version(),
        "rules": [_rule(finding) for finding in rules],
    }
    locations = _Locations(report.identities)
    index = {finding.rule: position for position, finding in enumerate(rules)}
    changes = report.changes
    new = None if changes is None or changes.former_run is None else {finding.key for finding in changes.new}
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": "mailproof/check/"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {ROOT_ID: {"description": {"text": "The root of the repository."}}},
        "invocations": [_invocation(report, len(findings))],
        "properties": {"summary": summary(report, build_matrix(report)), "findings": _counts(findings)},
        "results": [_result(finding, index[finding.rule], locations, new) for finding in findings[:RESULTS_LIMIT]],
    }
    return json.dumps({"$schema": SCHEMA_URL, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _counts(findings: Iterable[Finding]) -> dict[str, int]:
    counts = Counter(finding.severity for finding in findings)
    return {severity.value: counts[severity] for severity in Severity}


class _Locations:
    """The places where an environment file speaks of the subject of a finding."""

    def __init__(self, identities: Iterable[CheckedIdentity]) -> None:
        self._lines: dict[tuple[str, str | None], tuple[str, int]] = {}
        for identity in identities:
            found = (identity.path, identity.line or 1)
            self._lines.setdefault((identity.environment, identity.domain), found)
            self._lines.setdefault((identity.environment, None), (identity.path, 1))

    def of(self, finding: Finding) -> list[dict[str, Any]]:
        """Return the domain's line; the first line for a zone or region; nothing if the file is not known."""
        key = (finding.environment, finding.domain)
        found = self._lines.get(key) or self._lines.get((finding.environment, None))
        if found is None:
            return []
        path, line = found
        artifact = _artifact(path)
        return [{"physicalLocation": {"artifactLocation": artifact, "region": {"startLine": line}}}]


def _artifact(path: str) -> dict[str, str]:
    """Name a file relative to the root of its repository; without one, to the working directory if it is within."""
    file = Path(path).absolute()
    root = _repository_of(file) or Path.cwd()
    relative = os.path.relpath(file, root)
    if relative.startswith(os.pardir):
        return {"uri": file.resolve().as_uri()}
    return {"uri": quote(Path(relative).as_posix()), "uriBaseId": ROOT_ID}


@cache
def _repository_of(file: Path) -> Path | None:
    """Find the folder that Git works in: the nearest with ``.git``, which is a file in a worktree or submodule."""
    return next((folder for folder in file.parents if (folder / ".git").exists()), None)


def _version() -> dict[str, str]:
    try:
        return {"version": version("mailproof")}
    except PackageNotFoundError:  # run from a folder, not installed
        return {}


def _invocation(report: CheckReport, count: int) -> dict[str, Any]:
    invocation: dict[str, Any] = {"executionSuccessful": True, **_start(report.checked_at)}
    if count > RESULTS_LIMIT:
        text = f"{count - RESULTS_LIMIT:,} of {count:,} findings are left out: code scanning takes {RESULTS_LIMIT:,}."
        invocation["toolExecutionNotifications"] = [{"level": "warning", "message": {"text": text}}]
    return invocation


def _start(checked_at: str) -> dict[str, str]:
    try:
        moment = datetime.fromisoformat(checked_at)
    except ValueError:
        return {}
    return {"startTimeUtc": moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}


def _rule(finding: Finding) -> dict[str, Any]:
    title, url = rule_title(finding.rule), source_url(finding.source)
    meaning = rule_meaning(finding.rule) or title
    links = "; ".join(
        f"[{link.label}]({link.url})" if link.url else link.label for link in source_links(finding.source)
    )
    return {
        "id": finding.rule,
        "name": "".join(part.capitalize() for part in finding.rule.split("-")),
        "shortDescription": {"text": title},
        "fullDescription": {"text": meaning},
        "help": {
            "text": f"{meaning}\n\n{finding.fix}\n\nSource: {finding.source}",
            "markdown": f"{meaning}\n\n**Fix:** {finding.fix}\n\nSource: {links}",
        },
        **({"helpUri": url} if url else {}),
        "defaultConfiguration": {"level": LEVELS[finding.severity]},
        "properties": {"tags": ["email", "dns"], "precision": "very-high"},
    }


def _result(
    finding: Finding, rule_index: int, locations: _Locations, new: Collection[FindingKey] | None
) -> dict[str, Any]:
    subject = _subject(finding)
    return {
        "ruleId": finding.rule,
        "ruleIndex": rule_index,
        "level": LEVELS[finding.severity],
        "message": {"text": _message(finding, subject)},
        "locations": locations.of(finding),
        "partialFingerprints": {FINGERPRINT: _fingerprint(finding)},
        **_baseline(finding, new),
        "properties": {
            "severity": str(finding.severity),
            "environment": finding.environment,
            **{key: value for key, value in _parts(finding).items() if value is not None},
            "expected": finding.expected,
            "observed": finding.observed,
            **({"firstSeen": finding.first_seen} if finding.first_seen else {}),
        },
    }


def _baseline(finding: Finding, new: Collection[FindingKey] | None) -> dict[str, str]:
    """Say whether the last run had it; nothing if there was none (SARIF section 3.27.24)."""
    return {} if new is None else {"baselineState": "new" if finding.key in new else "unchanged"}


def _parts(finding: Finding) -> dict[str, str | None]:
    return {"domain": finding.domain, "region": finding.region, "name": finding.name, "type": finding.type}


def _subject(finding: Finding) -> str:
    record = " ".join(part for part in (finding.type, finding.name) if part)
    where = [finding.domain, f"in {finding.region}" if finding.region else None, f"({record})" if record else None]
    return " ".join(part for part in where if part) or finding.environment


def _message(finding: Finding, subject: str) -> str:
    text = (
        f"{rule_title(finding.rule)}: {subject}: expected {finding.expected}, observed {finding.observed}. "
        f"Fix: {finding.fix}"
    )
    return text.replace("](", "] (")  # what DNS answers must not become a link of ours (SARIF section 3.11.6)


def _fingerprint(finding: Finding) -> str:
    """Identify a finding by its subject, so that it stays the same when a line moves or another value is observed."""
    return sha256(json.dumps(finding.key).encode()).hexdigest()
