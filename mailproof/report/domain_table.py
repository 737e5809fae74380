"""Table of domains: DMARC policy, SPF alignment, DKIM key length."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mailproof.check.dmarc_policy import CheckedPolicy
from mailproof.check.finding import CheckedAccount, CheckedIdentity, CheckReport, Finding, Severity
from mailproof.live.aws.ses_facts import SUCCESS
from mailproof.model.names import is_within
from mailproof.report.matrix import UNKNOWN, CellState, Matrix, Row

TITLE = "What receivers see of each domain"
HEAD = ("Domain", "DMARC policy in force", "SPF", "DKIM key")
ACCOUNTS_TITLE = "Accounts"
ACCOUNTS_HEAD = ("Environment", "Account", "Region", "State", "Messages in 24 hours")
GOOD_BITS = 2048
STRICT = "dmarc-spf-never-aligns"  # says of which record
ASKS_NOTHING = "none"
NOT_SETTLED = frozenset({UNKNOWN, "TEMPORARY_FAILURE"})


@dataclass(frozen=True, slots=True)
class Told:
    """
    One cell of the table.

    Attributes:
        text: What it says.
        state: How that is.
    """

    text: str
    state: CellState


@dataclass(frozen=True, slots=True)
class DomainRow:
    """
    One domain.

    Attributes:
        row: Of the matrix.
        dmarc: Its policy, and the record that it comes from.
        spf: Whether SPF aligns.
        key: The length of its DKIM key.
    """

    row: Row
    dmarc: Told
    spf: Told
    key: Told


def domain_rows(report: CheckReport, matrix: Matrix) -> list[DomainRow]:
    """List the domains in the order of the matrix; none if the report does not hold their policies."""
    policies = {(policy.environment, policy.domain): policy for policy in report.policies}
    strict = {(finding.environment, finding.name) for finding in report.findings if finding.rule == STRICT}
    return [
        DomainRow(
            row,
            _dmarc(policy),
            _spf(row, matrix, is_strict=(row.environment, policy.tree_walk.name) in strict),
            _key(row),
        )
        for row in matrix.rows
        if (policy := policies.get((row.environment, row.domain)))
    ]


def account_rows(report: CheckReport) -> Iterator[tuple[CheckedAccount, Told, str]]:
    """Yield the accounts, what is wrong first: the account, its state, its quota."""
    states = {"production": CellState.VERIFIED, "unknown": CellState.UNKNOWN, "paused": CellState.ERROR}
    told = [(account, Told(account.state, states.get(account.state, CellState.WARNING))) for account in report.accounts]
    for account, state in sorted(told, key=lambda each: list(CellState).index(each[1].state)):
        yield account, state, _quota(account.daily_quota)


def _quota(quota: int | None) -> str:
    if quota is None:
        return "not known"
    return "no limit" if quota < 0 else f"{quota:,}"


def _dmarc(policy: CheckedPolicy) -> Told:
    found = policy.tree_walk
    if found.unanswered:
        return Told("not known", CellState.UNKNOWN)
    if found.policy is None:
        return Told("none in force", CellState.ERROR)
    tested = "" if found.enforced == found.policy else ", tested only (t=y)"
    inherited = "" if found.own else "inherited "
    state = CellState.VERIFIED if found.enforced == found.policy != ASKS_NOTHING else CellState.WARNING
    return Told(f"{found.policy}{tested}, {inherited}from {found.name}", state)


def _spf(row: Row, matrix: Matrix, *, is_strict: bool) -> Told:
    if row.alone:
        return Told("no identity in this account", CellState.NOT_ASKED)
    by_words: dict[Told, list[str]] = {}
    for cell in row.cells:
        if cell.identity:
            found = (*cell.findings, *matrix.above(row, cell.region))
            by_words.setdefault(_alignment(cell.identity, found, is_strict=is_strict), []).append(cell.region)
    return _joined(by_words)


def _alignment(identity: CheckedIdentity, findings: Iterable[Finding], *, is_strict: bool) -> Told:
    """Say whether mail of an identity passes SPF for its own domain."""
    name = identity.mail_from_domain
    if identity.mail_from is None or name is None:
        return Told("not aligned: no MAIL FROM", CellState.WARNING)
    if is_strict and name != identity.domain:
        return Told("not aligned: aspf=s", CellState.WARNING)
    at_name = {finding.severity for finding in findings if _concerns(finding, name)}
    if Severity.ERROR in at_name or (identity.mail_from != SUCCESS and identity.mail_from not in NOT_SETTLED):
        return Told("not aligned", CellState.ERROR)
    if Severity.UNKNOWN in at_name or identity.mail_from in NOT_SETTLED:
        return Told("not known", CellState.UNKNOWN)
    return Told("aligned", CellState.VERIFIED)


def _concerns(finding: Finding, name: str) -> bool:
    """Tell whether a finding is about a MAIL FROM name, or about the zone or the delegation that it is in."""
    if finding.name is None:
        return False
    return finding.name == name or (finding.type == "NS" and is_within(name, finding.name))


def _key(row: Row) -> Told:
    by_words: dict[Told, list[str]] = {}
    for cell in row.cells:
        if cell.identity:
            by_words.setdefault(_length(cell.identity.key_bits), []).append(cell.region)
    return _joined(by_words) if by_words else Told("no identity in this account", CellState.NOT_ASKED)


def _length(bits: int | None) -> Told:
    if bits is None:
        return Told("not told by SES", CellState.NOT_ASKED)
    return Told(f"{bits:,} bits".replace(",", ""), CellState.VERIFIED if bits >= GOOD_BITS else CellState.WARNING)


def _joined(by_words: dict[Told, list[str]]) -> Told:
    """Join what regions say, the worst first; each names its regions if they differ."""
    order = list(CellState)
    told = sorted(by_words.items(), key=lambda each: order.index(each[0].state))
    if len(told) == 1:
        return told[0][0]
    return Told("; ".join(f"{words.text} ({', '.join(regions)})" for words, regions in told), told[0][0].state)
