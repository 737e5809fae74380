"""The matrix of a report: one row per domain, one cell per region, and which findings belong where."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from mailproof.check.finding import CheckedDomain, CheckedIdentity, CheckReport, Finding, Severity, worst_first
from mailproof.live.aws.ses_facts import SUCCESS
from mailproof.model.names import is_within

UNKNOWN = "UNKNOWN"
RIGHT = "right"
"""Worst first."""


class CellState(StrEnum):
    """What a cell says, worst first."""

    ERROR = "error"
    UNKNOWN = "unknown"
    WARNING = "warning"
    VERIFIED = "verified"
    NOT_ASKED = "not asked for"


STATE_ORDER = tuple(CellState)
RECORDS = {"right": CellState.VERIFIED, "wrong": CellState.ERROR, "unknown": CellState.UNKNOWN}
# Findings of a whole zone, domain or region show in its cells only if mail of every cell suffers.
INHERITED = (Severity.ERROR, Severity.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Cell:
    """
    One domain in one region.

    Attributes:
        region: AWS region.
        state: What it says.
        identity: What SES and DNS say; None if the file does not ask for this domain here.
        findings: Of this domain and region, worst first.
        inherited: Whether the state is that of a finding on the whole domain, zone or region.
    """

    region: str
    state: CellState
    identity: CheckedIdentity | None = None
    findings: tuple[Finding, ...] = ()
    inherited: bool = False

    @property
    def sends(self) -> bool:
        """Whether mail of it authenticates today."""
        identity = self.identity
        is_set_up = identity is not None and {identity.identity, identity.dkim} == {SUCCESS}
        return self.state is CellState.VERIFIED or (self.state is CellState.WARNING and is_set_up)


@dataclass(frozen=True, slots=True)
class Row:
    """
    One domain of one environment.

    Attributes:
        environment: Its name.
        domain: Sending domain.
        findings: Of the domain in all regions, and of the zones that hold it; worst first.
        cells: One a column.
        alone: What DNS says of it if it has no identity; else None.
    """

    environment: str
    domain: str
    findings: tuple[Finding, ...]
    cells: tuple[Cell, ...]
    alone: CheckedDomain | None = None

    @property
    def note(self) -> str:
        """Why it has no identity, and how its records are; empty if it has one."""
        return f"{self.alone.kind}, records {self.alone.records}" if self.alone else ""

    @property
    def state(self) -> CellState:
        """The worst of its cells and of its own findings."""
        own = (CellState(finding.severity) for finding in self.findings if finding.severity is not Severity.INFO)
        records = [RECORDS[self.alone.records]] if self.alone else []
        return worst_cell([*own, *records, *(cell.state for cell in self.cells)])


@dataclass(frozen=True, slots=True)
class Matrix:
    """
    A report, arranged.

    Attributes:
        regions: The columns, in the order in which the files name them.
        rows: Worst first; of the equally bad in the order of the files.
        region_findings: (environment, region) to findings of the whole region.
    """

    regions: tuple[str, ...]
    rows: tuple[Row, ...]
    region_findings: Mapping[tuple[str, str], tuple[Finding, ...]]

    def counts(self) -> Counter[CellState]:
        """Count the identities by state."""
        return Counter(cell.state for row, cell in self.identities())

    def identities(self) -> Iterator[tuple[Row, Cell]]:
        """Yield the identities, worst rows first."""
        return ((row, cell) for row in self.rows for cell in row.cells if cell.identity)

    def above(self, row: Row, region: str) -> tuple[Finding, ...]:
        """Return the findings that concern a cell and others beside it: of the domain, its zones, the region."""
        return (*row.findings, *self.region_findings.get((row.environment, region), ()))


def worst_cell(states: Iterable[CellState]) -> CellState:
    """Return the worst of some states; of none, that nothing is asked for."""
    return min(states, key=STATE_ORDER.index, default=CellState.NOT_ASKED)


def build_matrix(report: CheckReport) -> Matrix:
    """Arrange a report by domain and region."""
    by_subject: dict[tuple[str, str | None, str | None], list[Finding]] = defaultdict(list)
    for finding in report.findings:
        by_subject[finding.environment, finding.domain, finding.region].append(finding)
    zones = [finding for finding in report.findings if finding.domain is None and finding.region is None]
    region_findings = {
        (environment, region): tuple(worst_first(found))
        for (environment, domain, region), found in by_subject.items()
        if domain is None and region is not None
    }
    domains: dict[tuple[str, str], dict[str, CheckedIdentity]] = defaultdict(dict)
    for identity in report.identities:
        domains[identity.environment, identity.domain][identity.region] = identity
    regions = tuple(dict.fromkeys(identity.region for identity in report.identities))
    rows: list[Row] = []
    for (environment, domain), identities in domains.items():
        own = [*by_subject.get((environment, domain, None), ()), *_of_zones(zones, environment, domain)]
        cells = tuple(
            _cell(
                region,
                identities.get(region),
                by_subject.get((environment, domain, region), ()),
                [*own, *region_findings.get((environment, region), ())],
            )
            for region in regions
        )
        rows.append(Row(environment, domain, tuple(worst_first(own)), cells))
    for alone in report.domains:
        environment, domain = alone.environment, alone.domain
        own = [found for place in (None, *regions) for found in by_subject.get((environment, domain, place), ())]
        own += _of_zones(zones, environment, domain)
        cells = tuple(Cell(region, CellState.NOT_ASKED) for region in regions)
        rows.append(Row(environment, domain, tuple(worst_first(own)), cells, alone))
    rows.sort(key=lambda row: STATE_ORDER.index(row.state))
    return Matrix(regions, tuple(rows), region_findings)


def _of_zones(zones: Sequence[Finding], environment: str, domain: str) -> list[Finding]:
    return [zone for zone in zones if zone.environment == environment and zone.name and is_within(domain, zone.name)]


def _cell(region: str, identity: CheckedIdentity | None, findings: Sequence[Finding], above: Sequence[Finding]) -> Cell:
    if identity is None:
        return Cell(region, CellState.NOT_ASKED)
    own = worst_cell([_status(identity, findings), *_states(findings, tuple(Severity))])
    inherited = worst_cell(_states(above, INHERITED))
    state = worst_cell([own, inherited])
    return Cell(region, state, identity, tuple(worst_first(findings)), inherited=state is not own)


def _states(findings: Iterable[Finding], severities: Sequence[Severity]) -> list[CellState]:
    return [
        CellState(finding.severity)
        for finding in findings
        if finding.severity in severities and finding.severity is not Severity.INFO
    ]


def _status(identity: CheckedIdentity, findings: Sequence[Finding]) -> CellState:
    """Judge what SES and DNS say on their own, so that a cell without a finding is not called verified for that."""
    statuses = [identity.identity, identity.dkim, *([identity.mail_from] if identity.mail_from else [])]
    if all(status == SUCCESS for status in statuses) and identity.records == RIGHT:
        return CellState.VERIFIED
    if UNKNOWN in statuses or identity.records == UNKNOWN.lower():
        return CellState.UNKNOWN
    return CellState.VERIFIED if findings and _explained(findings) else CellState.WARNING


def _explained(findings: Sequence[Finding]) -> bool:
    """Tell whether a finding says already what a status says, which then adds nothing."""
    return any(finding.severity is not Severity.INFO for finding in findings)
