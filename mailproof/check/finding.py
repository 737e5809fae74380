"""Findings, and the identities that were checked. Both hold no text that is not safe to show."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Literal, TypeAlias

from mailproof.check.dmarc_policy import CheckedPolicy
from mailproof.check.json_model import JSON_MODEL, make_visible
from mailproof.check.receiver_verdict import ReceiverVerdict
from mailproof.live.aws.ses_facts import SUCCESS
from mailproof.model.safe_text import visible

FindingKey: TypeAlias = tuple[str, str, str | None, str | None, str | None, str | None]


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
    """One cause, on the narrowest subject that it concerns."""

    __pydantic_config__: ClassVar = JSON_MODEL
    rule: str
    """Id of the rule, stable for ever; the page `Rules of the check` lists them."""
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
    first_seen: str | None = None
    """When a run that was kept had it first, without a run since in which it was gone; null without `--history`."""

    @property
    def key(self) -> "FindingKey":
        """What it is about: the same cause on the same subject has the same, whatever is observed."""
        return (self.environment, self.rule, self.domain, self.region, self.name, self.type)

    def __post_init__(self) -> None:
        """Make every text safe to show: DNS and AWS answer in some of them."""
        make_visible(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedIdentity:
    """What SES and DNS say of one domain in one region."""

    __pydantic_config__: ClassVar = JSON_MODEL
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
    asked_at: str | None = None
    """When SES was asked for this identity, ISO 8601 with offset; null if it did not answer."""
    key_bits: int | None = None
    """Length of the key of SES's own that it signs with; null of a key that was brought, or if SES did not say."""
    mail_from_domain: str | None = None
    """The MAIL FROM domain that the file asks for; null if it asks for none."""

    def __post_init__(self) -> None:
        """Make every text safe to show: AWS answers in some of them."""
        make_visible(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedDomain:
    """What DNS says of a domain for which there is to be no identity."""

    __pydantic_config__: ClassVar = JSON_MODEL
    environment: str
    """Name of the environment."""
    domain: str
    """The domain."""
    kind: Literal["parked", "elsewhere"]
    """Why it has none: `parked` sends no mail, `elsewhere` sends by the identity of another account."""
    records: Literal["right", "wrong", "unknown"]
    """Its records in DNS."""
    path: str
    """The environment file."""
    line: int | None
    """Line of the domain in it, counted from 1."""

    def __post_init__(self) -> None:
        """Make every text safe to show."""
        make_visible(self)

    @property
    def region(self) -> str:
        """None, as a word of a line."""
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedAccount:
    """What SES says of an account in one region."""

    __pydantic_config__: ClassVar = JSON_MODEL
    environment: str
    """Name of the environment."""
    account: str
    """AWS account id."""
    region: str
    """AWS region."""
    state: Literal["production", "sandbox", "under review", "paused", "unknown"]
    """The worst of it: `paused` sends nothing, the sandbox sends to verified recipients alone."""
    daily_quota: int | None = None
    """Messages in 24 hours; -1 without a limit, null if SES did not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedZone:
    """Who serves a zone."""

    __pydantic_config__: ClassVar = JSON_MODEL
    environment: str
    """Name of the environment."""
    zone: str
    """The zone."""
    servers: Sequence[str] = ()
    """Its live name servers; empty if they are not known."""

    def __post_init__(self) -> None:
        """Make every text safe to show: DNS answers in some of them."""
        object.__setattr__(self, "servers", tuple(map(visible, self.servers)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What is other than in the last run that was kept."""

    __pydantic_config__: ClassVar = JSON_MODEL
    former_run: str | None
    """When that began; null if none was kept."""
    new: Sequence[Finding] = ()
    """Findings that it did not have; all if there was none."""
    gone: Sequence[Finding] = ()
    """Findings that it had, and that were looked for in vain."""
    not_judged: Sequence[Finding] = ()
    """Findings that it had, and that this run could not, or was not to, judge: neither gone nor still there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """
    The outcome of one check.

    Attributes:
        checked_at: When it began, ISO 8601 with offset.
        identities: In the order of the files.
        findings: Environment by environment, worst first within one.
        domains: Those without an identity, in the order of the files.
        policies: The DMARC policies in force, in the order of the files.
        receivers: What large receivers ask for, domain by domain; empty unless it was to be judged.
        accounts: What SES says of each account, region by region.
        zones: Those of the domains, and who serves them.
        changes: Since the last run; None if no runs are kept.
    """

    checked_at: str
    identities: Sequence[CheckedIdentity]
    findings: Sequence[Finding]
    domains: Sequence[CheckedDomain] = ()
    policies: Sequence[CheckedPolicy] = ()
    receivers: Sequence[ReceiverVerdict] = ()
    accounts: Sequence[CheckedAccount] = ()
    zones: Sequence[CheckedZone] = ()
    changes: Changes | None = None

    @property
    def asked_from(self) -> str | None:
        """When SES was asked for the identity that it was asked for longest ago; None if for none."""
        return min(self._asked(), default=None)

    @property
    def asked_until(self) -> str | None:
        """When SES was asked for the identity that it was asked for last."""
        return max(self._asked(), default=None)

    @property
    def holds_older_facts(self) -> bool:
        """Whether SES was asked for an identity before this check began."""
        return self.asked_from is not None and self.asked_from < self.checked_at

    def _asked(self) -> list[str]:
        return [identity.asked_at for identity in self.identities if identity.asked_at]

    @property
    def exit_code(self) -> int:
        """1 if something is wrong, else 3 if something could not be asked, else 0."""
        severities = {finding.severity for finding in self.findings}
        if Severity.ERROR in severities:
            return 1
        return 3 if Severity.UNKNOWN in severities else 0


def missing_words(row: CheckedIdentity | CheckedDomain) -> str:
    """Say what an identity lacks to be verified, or a domain without one to be as the file has it; empty if nothing."""
    states = {} if isinstance(row, CheckedDomain) else _states(row)
    words = [f"{what} {state}" for what, state in states.items() if state not in {None, SUCCESS}]
    return ", ".join(words if row.records == "right" else [*words, f"records {row.records}"])


def _states(row: CheckedIdentity) -> dict[str, str | None]:
    return {"identity": row.identity, "DKIM": row.dkim, "MAIL FROM": row.mail_from}


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Sort findings by severity; what is equally bad keeps its order."""
    order = list(Severity)
    return sorted(findings, key=lambda finding: order.index(finding.severity))
