"""Domains of a report as lines of a terminal: regions that say the same together, and no word broken."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from textwrap import TextWrapper

from rich.text import Text

from mailproof.check.finding import CheckedIdentity
from mailproof.live.aws.ses_facts import SUCCESS
from mailproof.report.matrix import RECORDS, RIGHT, STATE_ORDER, Cell, CellState, Row

STATE_STYLES = {
    CellState.ERROR: "red",
    CellState.UNKNOWN: "magenta",
    CellState.WARNING: "yellow",
    CellState.VERIFIED: "green",
}
# A longer name has a line to itself.
LONG_NAME = 36
GAP = "  "
NO_BREAK = "\N{NO-BREAK SPACE}"


def domain_lines(rows: Sequence[Row], width: int) -> Iterator[Text]:
    """
    Yield a heading, and of each domain a line per group of regions.

    Args:
        rows: At least one.
        width: Of the terminal, characters; a line is longer only if a word of it is.
    """
    several = len({row.environment for row in rows}) > 1
    named = [(f"{row.environment}: {row.domain}" if several else row.domain, list(_places(row))) for row in rows]
    first = max(len(name) for name in ("domain", *(name for name, _ in named)) if len(name) <= LONG_NAME)
    second = max(len(line) for _, found in named for regions, _, _ in found for line in _wrap(regions, width // 4))
    third = width - first - second - 2 * len(GAP)
    yield Text(GAP.join((f"{'domain':<{first}}", f"{'regions':<{second}}", "state")), "bold")
    for name, found in named:
        lines = [
            (where, Text(what, STATE_STYLES[state]))
            for regions, state, text in found
            for where, what in zip_longest(_wrap(regions, width // 4), _wrap(text, third), fillvalue="")
        ]
        if len(name) > first:
            yield Text(name)
        for line, (where, what) in enumerate(lines):
            shown = name if line == 0 and len(name) <= first else ""
            joined = Text(GAP).join((Text(f"{shown:<{first}}"), Text(f"{where:<{second}}"), what))
            joined.rstrip()
            yield joined


def _wrap(text: str, width: int) -> list[str]:
    """Break after commas only."""
    wrapper = TextWrapper(max(width, 1), break_long_words=False, break_on_hyphens=False)
    parts = text.replace(" ", NO_BREAK).replace(f",{NO_BREAK}", ", ")
    return [line.replace(NO_BREAK, " ") for line in wrapper.wrap(parts)]


def _places(row: Row) -> Iterator[tuple[str, CellState, str]]:
    """Yield the regions of a domain with what they say, the worst first: those that say the same together."""
    if row.alone:
        yield row.alone.kind, RECORDS[row.alone.records], f"records {row.alone.records}"
    said = defaultdict(list)
    for cell in row.cells:
        if cell.identity:
            said[cell.state, _state(cell, cell.identity)].append(cell.region)
    for (state, text), regions in sorted(said.items(), key=lambda item: STATE_ORDER.index(item[0][0])):
        yield ", ".join(regions), state, text


def _state(cell: Cell, identity: CheckedIdentity) -> str:
    """Say what is not as it should be, in the words of SES; else that it is verified."""
    states = {"identity": identity.identity, "DKIM": identity.dkim, "MAIL FROM": identity.mail_from or SUCCESS}
    wrong = [f"{part} {state}" for part, state in states.items() if state != SUCCESS]
    if identity.records != RIGHT:
        wrong.append(f"records {identity.records}")
    said = "verified" if identity.mail_from else "verified, no MAIL FROM"
    return ", ".join(wrong) or (said if cell.state is CellState.VERIFIED else f"{said}; see below")
