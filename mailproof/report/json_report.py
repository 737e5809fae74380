"""The report as JSON, and the schema of it."""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from mailproof.check.dmarc_policy import CheckedPolicy
from mailproof.check.finding import (
    Changes,
    CheckedAccount,
    CheckedDomain,
    CheckedIdentity,
    CheckedZone,
    CheckReport,
    Finding,
    Severity,
)
from mailproof.check.json_model import with_dialect
from mailproof.check.receiver_verdict import ReceiverVerdict
from mailproof.report.rule_words import rule_meaning

VERSION: Literal[1] = 1
# What the published schema calls the dataclasses, since before they were its model.
PUBLISHED_NAMES = {
    "Finding": "JsonFinding",
    "Changes": "JsonChanges",
    "CheckedDomain": "JsonDomain",
    "CheckedIdentity": "JsonIdentity",
}


class StrictModel(BaseModel):
    """Base of all parts."""

    model_config = ConfigDict(frozen=True, from_attributes=True, use_attribute_docstrings=True, extra="forbid")


class JsonSummary(StrictModel):
    """How much of what."""

    exit_code: Literal[0, 1, 3]
    """1 if something is wrong, else 3 if something could not be asked, else 0."""
    environments: int
    """Environments looked at."""
    domains: int
    """Domains looked at."""
    identities: int
    """Domains times regions."""
    error: int
    """Findings of this severity."""
    unknown: int
    """Findings of this severity."""
    warning: int
    """Findings of this severity."""
    info: int
    """Findings of this severity."""


class JsonReport(StrictModel):
    """The outcome of one check."""

    model_config = ConfigDict(title="mailproof check report")

    version: Literal[1]
    """Of this format: fields may be added to it, none is changed or removed."""
    checked_at: str
    """When the check began, ISO 8601 with offset."""
    asked_from: str | None = None
    """When SES was asked for the identity whose facts are the oldest, as `checked_at`; null if for none."""
    asked_until: str | None = None
    """When SES was asked for the identity whose facts are the newest."""
    summary: JsonSummary
    """How much of what."""
    identities: Sequence[CheckedIdentity]
    """In the order of the files."""
    domains: Sequence[CheckedDomain] = ()
    """Domains without an identity, in the order of the files."""
    policies: Sequence[CheckedPolicy] = ()
    """The DMARC policy in force for each domain, in the order of the files."""
    accounts: Sequence[CheckedAccount] = ()
    """What SES says of each account, region by region."""
    zones: Sequence[CheckedZone] = ()
    """Who serves the zones of the domains."""
    findings: Sequence[Finding]
    """Environment by environment, worst first within one."""
    meanings: Mapping[str, str] = Field(default_factory=dict)
    """What the rules of the findings mean, by their ids."""
    receivers: Sequence[ReceiverVerdict] = ()
    """What large receivers ask for, domain by domain; empty unless `--receivers` asked for it."""
    changes: Changes | None = None
    """Since the last run that was kept; null without `--history`."""


def build_json(report: CheckReport) -> str:
    """Write a report as JSON."""
    return build_model(report).model_dump_json(indent=2) + "\n"


def build_model(report: CheckReport) -> JsonReport:
    """Fill the model of a report."""
    return JsonReport(
        version=VERSION,
        checked_at=report.checked_at,
        asked_from=report.asked_from,
        asked_until=report.asked_until,
        summary=_summary(report),
        identities=report.identities,
        domains=report.domains,
        policies=report.policies,
        accounts=report.accounts,
        zones=report.zones,
        findings=report.findings,
        meanings={rule: rule_meaning(rule) for rule in sorted({found.rule for found in report.findings})},
        receivers=report.receivers,
        changes=report.changes,
    )


def build_schema() -> dict[str, Any]:
    """Return the JSON Schema of the report."""
    text = json.dumps(JsonReport.model_json_schema())
    renamed = re.sub(r'(?<=["/])(\w+)(?=")', lambda match: PUBLISHED_NAMES.get(match[0], match[0]), text)
    schema = json.loads(renamed)
    parts = {"$defs": dict(sorted(schema.pop("$defs").items()))}
    return with_dialect({**parts, **schema})


def _summary(report: CheckReport) -> JsonSummary:
    rows: list[CheckedIdentity | CheckedDomain] = [*report.identities, *report.domains]
    counts = Counter(finding.severity.value for finding in report.findings)
    return JsonSummary.model_validate(
        {
            "exit_code": report.exit_code,
            "environments": len({row.environment for row in rows}),
            "domains": len({(row.environment, row.domain) for row in rows}),
            "identities": len(report.identities),
            **{severity.value: counts[severity.value] for severity in Severity},
        }
    )
