"""What a cell of the matrix says, in words."""

from mailproof.report.matrix import Cell, CellState, Matrix, Row
from mailproof.report.rule_words import rule_title

WORDS = {
    CellState.ERROR: "Error",
    CellState.UNKNOWN: "Could not ask",
    CellState.WARNING: "Not verified yet",
    CellState.VERIFIED: "Verified",
    CellState.NOT_ASKED: "",
}
NO_MAIL_FROM = "Verified, no MAIL FROM"


def cell_words(matrix: Matrix, row: Row, cell: Cell) -> str:
    """Name the finding that makes a cell what it is; else say its state, and nothing where nothing is asked for."""
    findings = matrix.above(row, cell.region) if cell.inherited else cell.findings
    first = next((finding for finding in findings if finding.severity.value == cell.state.value), None)
    if first:
        return rule_title(first.rule)
    is_without = cell.identity is not None and cell.identity.mail_from is None
    return NO_MAIL_FROM if cell.state is CellState.VERIFIED and is_without else WORDS[cell.state]
