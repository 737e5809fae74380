"""Records for a person who types them into a DNS console: nothing cut, nothing wrapped inside a value."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from mailproof.export.collect import RecordList
from mailproof.export.record import ExportRecord, by_zone
from mailproof.model.domain import Zone
from mailproof.model.safe_text import visible

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

COLUMNS = ("Type", "Name in the zone", "Full name", "Pref.", "Value", "TTL", "For", "Region")
WIDEST = 100_000  # no table is: what is measured is the width that nothing is cut at
HINT = """\
Most DNS consoles take the name in the zone and add the zone themselves; where yours takes full names, copy the full
name with its dot. Enter a TXT value without quotation marks, and the preference of an MX in the field of its own."""


def print_records(found: RecordList, console: "Console") -> None:
    """
    Print records zone by zone: as a table where it fits, else one below the other; those of others last.

    Args:
        found: The records.
        console: Where to; without a terminal it is given all the width it takes.
    """
    sections = [(_title(zone), rows) for zone, rows in by_zone(found.records)]
    sections += [
        (f"{zone.name} (for others to publish: without it no DMARC reports come)", rows)
        for zone, rows in by_zone(found.others)
    ]
    for position, (title, rows) in enumerate(sections):
        if position:
            console.print()
        console.print(title, markup=False, highlight=False, style="bold", soft_wrap=True)
        table = _table(rows)
        needed = console.measure(table, options=console.options.update(max_width=WIDEST)).maximum
        if not console.is_terminal:
            console.width = max(console.width, needed)
        if needed <= console.width:
            console.print(table)
        else:
            _print_cards(rows, console)


def _title(zone: Zone) -> str:
    pending = ", which resolvers do not ask yet" if zone.is_pending else ""
    return f"{zone.name} ({'another DNS provider' if zone.is_external else f'Route 53, {zone.id}{pending}'})"


def _table(rows: Sequence[ExportRecord]) -> "Table":
    from rich import box  # noqa: PLC0415 -- only a person's table needs rich
    from rich.table import Table  # noqa: PLC0415 -- see above
    from rich.text import Text  # noqa: PLC0415 -- see above

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for column in COLUMNS:
        table.add_column(column, no_wrap=True, overflow="ignore")
    for row in rows:
        table.add_row(*map(Text, map(visible, _cells(row))))  # not markup: a TXT value may hold square brackets
    return table


def _cells(row: ExportRecord) -> Iterator[str]:
    yield from (row.type, row.name_in_zone, row.full_name)
    yield "" if row.preference is None else str(row.preference)
    yield from (row.data, str(row.ttl_s), row.kind.label, row.region_label)


def _print_cards(rows: Sequence[ExportRecord], console: "Console") -> None:
    for row in rows:
        head = f"\n{row.type}  {row.kind.label}, {row.region_label}, TTL {row.ttl_s}"
        fields = {"name": row.name_in_zone, "full name": row.full_name}
        fields |= {} if row.preference is None else {"preference": str(row.preference)}
        lines = [head, *(f"  {label:<10}  {visible(value)}" for label, value in (fields | {"value": row.data}).items())]
        # A terminal wraps what is longer than it, and gives it back whole when it is copied.
        console.print("\n".join(lines), markup=False, highlight=False, soft_wrap=True)
