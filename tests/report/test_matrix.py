"""Tests of what a cell of the matrix says."""

from typing import Any

import pytest

from mailproof.check.finding import CheckReport, Severity
from mailproof.report.matrix import Cell, CellState, build_matrix
from tests.report.samples import finding, identity, mixed, report


def _cell(made: CheckReport) -> Cell:
    return build_matrix(made).rows[0].cells[0]


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({}, CellState.VERIFIED),
        ({"mail_from": None}, CellState.VERIFIED),
        ({"dkim": "PENDING"}, CellState.WARNING),
        ({"records": "wrong"}, CellState.WARNING),
        ({"records": "unknown"}, CellState.UNKNOWN),
        ({"identity": "UNKNOWN", "dkim": "UNKNOWN"}, CellState.UNKNOWN),
    ],
)
def test_without_a_finding_only_success_everywhere_is_verified(fields: dict[str, str], state: CellState) -> None:
    """No finding is no proof: what SES and DNS say must be right as well."""
    assert _cell(report([identity(**fields)])).state is state


@pytest.mark.parametrize(
    ("severity", "state"),
    [
        (Severity.ERROR, CellState.ERROR),
        (Severity.UNKNOWN, CellState.UNKNOWN),
        (Severity.WARNING, CellState.WARNING),
        (Severity.INFO, CellState.VERIFIED),
    ],
)
def test_the_worst_finding_of_the_cell_counts(severity: Severity, state: CellState) -> None:
    """A note is no reason to look."""
    made = report(None, finding(severity=severity, domain="example.com", region="us-east-1"))
    assert _cell(made).state is state
    assert not _cell(made).inherited


@pytest.mark.parametrize(
    "subject",
    [{"domain": "example.com"}, {"region": "us-east-1"}, {"name": "example.com"}],
    ids=["domain", "region", "zone"],
)
def test_an_error_above_shows_in_every_cell_below(subject: dict[str, Any]) -> None:
    """No cell is green whose mail suffers from a finding on its domain, region or zone; a warning stays above."""
    cell = _cell(report(None, finding(**subject)))
    assert (cell.state, cell.inherited, cell.findings) == (CellState.ERROR, True, ())
    assert _cell(report(None, finding(severity=Severity.WARNING, **subject))).state is CellState.VERIFIED


def test_another_environment_does_not_count() -> None:
    """The same domain and region elsewhere are other identities."""
    made = report(None, finding(domain="example.com", region="us-east-1", environment="stage"))
    assert _cell(made).state is CellState.VERIFIED


def test_a_zone_holds_names_on_a_label_boundary() -> None:
    """`notexample.com` is not in `example.com`."""
    made = report([identity("notexample.com")], finding(name="example.com"))
    assert _cell(made).state is CellState.VERIFIED


def test_rows_come_worst_first_and_columns_in_the_order_of_the_files() -> None:
    """Equally bad rows keep their order; a region that a domain does not ask for leaves a cell that says so."""
    matrix = build_matrix(mixed())
    assert matrix.regions == ("us-east-1", "eu-west-1", "ap-southeast-2")
    assert [(row.environment, row.domain) for row in matrix.rows] == [
        ("prod", "example.com"),
        ("prod", "partner.example"),
        ("prod", "news.example.com"),
        ("stage", "test.example.net"),
    ]
    assert matrix.rows[2].cells[0].state is CellState.NOT_ASKED
    assert matrix.counts() == {CellState.VERIFIED: 2, CellState.WARNING: 1, CellState.ERROR: 4}
