"""The formats of records: one line per format, and nothing imported before it is wanted."""

from enum import StrEnum
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Self

from mailproof.model.safe_text import visible_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mailproof.export.collect import RecordList
    from mailproof.export.record import ExportRecord
    from mailproof.model.domain import Zone


class ExportFormat(StrEnum):
    """
    How records are written: its name, the endings of its files, and the functions that write it.

    Attributes:
        suffixes: Of its files, the first is ours; none for a format that only a person reads, on the screen.
        list_builder: ``module:function`` below `mailproof.export` that writes all zones as one text; empty if none can.
        zone_builder: The same for a file of one zone; empty if one file holds all zones.
    """

    suffixes: tuple[str, ...]
    list_builder: str
    zone_builder: str

    TABLE = "table", ()
    JSON = "json", (".json",), "json_records:build_json"
    CSV = "csv", (".csv",), "csv_table:build_csv"
    ZONE = "zone", (".zone", ".db", ".txt"), "zone_file:build_zone_files", "zone_file:build_zone_file"
    OCTODNS = "octodns", (".yaml", ".yml"), "", "octodns:build_octodns"
    TERRAFORM = "terraform", (".tf",), "terraform:build_terraform"

    def __new__(cls, name: str, suffixes: tuple[str, ...], list_builder: str = "", zone_builder: str = "") -> Self:
        """Make the name the value."""
        member = str.__new__(cls, name)
        member._value_ = name
        member.suffixes = suffixes
        member.list_builder = list_builder
        member.zone_builder = zone_builder
        return member

    @property
    def has_others(self) -> bool:
        """Whether it has a place of its own for records that others are to publish."""
        return self in {ExportFormat.TABLE, ExportFormat.JSON, ExportFormat.CSV}

    @property
    def is_one_zone_a_file(self) -> bool:
        """Whether a file of this format holds one zone."""
        return bool(self.zone_builder)

    def build_list(self, found: "RecordList") -> str:
        """Write all records as one text."""
        build: Callable[[RecordList], str] = resolve_name(f"mailproof.export.{self.list_builder}")
        return visible_lines(build(found))

    def build_zone(self, zone: "Zone", records: "Sequence[ExportRecord]", *, soa: bool) -> str:
        """Write the records of one zone, with placeholders of SOA and NS if the format takes them."""
        build: Callable[..., str] = resolve_name(f"mailproof.export.{self.zone_builder}")
        return visible_lines(build(zone, records, soa=soa))


FILE_FORMATS = tuple(form for form in ExportFormat if form.suffixes)
"""The formats that other programs read."""
