"""What a check returns: findings, and the identities that it looked at."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad a finding is, worst first."""

    ERROR = "error"
    """Mail is refused, unsigned or not aligned on a path that the file asks for, or no DMARC policy is in force."""
    UNKNOWN = "unknown"
    """Could not ask: neither right nor wrong is known."""
    WARNING = "warning"
    """Mail authenticates today; something beside it is lost, weaker than it should be, or about to break."""
    INFO = "info"
    """Worth knowing, nothing to repair."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """
    One cause, on the narrowest subject that it concerns; absent parts of the subject are None.

    Attributes:
        rule: Id of the rule, stable for ever.
        severity: How bad it is.
        environment: The environment in whose check it came up.
        domain: Sending domain.
        region: AWS region, if it concerns one.
        name: DNS name without a trailing dot, or an address.
        type: DNS type that was expected there.
        expected: What should be.
        observed: What is.
        fix: What to do, one sentence.
        source: RFC section or AWS page that says so.
    """

    rule: str
    severity: Severity
    environment: str
    domain: str | None = None
    region: str | None = None
    name: str | None = None
    type: str | None = None
    expected: str
    observed: str
    fix: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedIdentity:
    """
    What SES and DNS say of one domain in one region.

    Attributes:
        environment: Name of the environment.
        account: AWS account id.
        domain: Sending domain.
        region: AWS region.
        identity: SES's VerificationStatus, ``MISSING``, or ``UNKNOWN`` if SES could not be asked.
        dkim: SES's DKIM status, likewise.
        mail_from: SES's MAIL FROM status, likewise; None if the file asks for none.
        records: ``right``, ``wrong`` or ``unknown``: the records of this domain and region in DNS.
        path: The environment file.
        line: Line of the domain in it, counted from 1.
    """

    environment: str
    account: str
    domain: str
    region: str
    identity: str
    dkim: str
    mail_from: str | None
    records: str
    path: str
    line: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """
    The outcome of one check.

    Attributes:
        checked_at: When it began, ISO 8601 with offset.
        identities: In the order of the files.
        findings: Environment by environment, worst first within one.
    """

    checked_at: str
    identities: Sequence[CheckedIdentity]
    findings: Sequence[Finding]

    @property
    def exit_code(self) -> int:
        """1 if something is wrong, else 3 if something could not be asked, else 0."""
        severities = {finding.severity for finding in self.findings}
        if Severity.ERROR in severities:
            return 1
        return 3 if Severity.UNKNOWN in severities else 0


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Sort findings by severity; what is equally bad keeps its order."""
    order = list(Severity)
    return sorted(findings, key=lambda finding: order.index(finding.severity))
