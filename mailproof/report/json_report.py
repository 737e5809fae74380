"""The report as JSON, and the schema of it."""

from collections import Counter
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from mailproof.check.finding import CheckReport, Severity

VERSION: Literal[1] = 1


class StrictModel(BaseModel):
    """Base of all parts."""

    model_config = ConfigDict(frozen=True, from_attributes=True, use_attribute_docstrings=True, extra="forbid")


class JsonFinding(StrictModel):
    """One cause, on the narrowest subject that it concerns."""

    rule: str
    """Id of the rule, stable for ever: docs/rules.md."""
    severity: Severity
    """How bad it is."""
    environment: str
    """The environment in whose check it came up."""
    domain: str | None
    """Sending domain."""
    region: str | None
    """AWS region, if it concerns one."""
    name: str | None
    """DNS name without a trailing dot, or an address."""
    type: str | None
    """DNS type that was expected there."""
    expected: str
    """What should be."""
    observed: str
    """What is."""
    fix: str
    """What to do, one sentence."""
    source: str
    """RFC section or AWS page that says so."""


class JsonIdentity(StrictModel):
    """What SES and DNS say of one domain in one region."""

    environment: str
    """Name of the environment."""
    account: str
    """AWS account id."""
    domain: str
    """Sending domain."""
    region: str
    """AWS region."""
    identity: str
    """SES's VerificationStatus, MISSING, or UNKNOWN if SES could not be asked."""
    dkim: str
    """SES's DKIM status, likewise."""
    mail_from: str | None
    """SES's MAIL FROM status, likewise; null if the file asks for none."""
    records: Literal["right", "wrong", "unknown"]
    """The records of this domain and region in DNS."""
    path: str
    """The environment file."""
    line: int | None
    """Line of the domain in it, counted from 1."""


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
    summary: JsonSummary
    """How much of what."""
    identities: list[JsonIdentity]
    """In the order of the files."""
    findings: list[JsonFinding]
    """Environment by environment, worst first within one."""


def build_json(report: CheckReport) -> str:
    """Write a report as JSON."""
    return build_model(report).model_dump_json(indent=2) + "\n"


def build_model(report: CheckReport) -> JsonReport:
    """Fill the model of a report."""
    return JsonReport(
        version=VERSION,
        checked_at=report.checked_at,
        summary=_summary(report),
        identities=[JsonIdentity.model_validate(identity) for identity in report.identities],
        findings=[JsonFinding.model_validate(finding) for finding in report.findings],
    )


def build_schema() -> dict[str, Any]:
    """Return the JSON Schema of the report."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **JsonReport.model_json_schema()}


def _summary(report: CheckReport) -> JsonSummary:
    counts = Counter(finding.severity.value for finding in report.findings)
    return JsonSummary.model_validate(
        {
            "exit_code": report.exit_code,
            "environments": len({identity.environment for identity in report.identities}),
            "domains": len({(identity.environment, identity.domain) for identity in report.identities}),
            "identities": len(report.identities),
            **{severity.value: counts[severity.value] for severity in Severity},
        }
    )
