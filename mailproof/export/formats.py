"""The export formats: what each is called, its file names, and how it is written."""

from collections.abc import Callable
from dataclasses import dataclass

from mailproof.export.collect import RecordList
from mailproof.export.csv_table import build_csv
from mailproof.export.format_name import ExportFormat
from mailproof.export.json_records import build_json
from mailproof.export.octodns import build_octodns
from mailproof.export.record import ExportRecord, by_zone
from mailproof.export.terraform import build_terraform
from mailproof.export.zone_file import build_zone_file
from mailproof.model.domain import Zone
from mailproof.model.errors import InvalidValue, NoValue


@dataclass(frozen=True, slots=True)
class Layout:
    """
    How a format is laid out in files.

    Attributes:
        suffixes: Of its files; the first is ours.
        whole: Writes all zones as one text; None if the format holds one zone a file.
    """

    suffixes: tuple[str, ...]
    whole: Callable[[RecordList], str] | None = None


LAYOUTS = {
    ExportFormat.JSON: Layout((".json",), build_json),
    ExportFormat.CSV: Layout((".csv",), lambda found: build_csv(found.records)),
    ExportFormat.TERRAFORM: Layout((".tf",), lambda found: build_terraform(found.records)),
    ExportFormat.ZONE: Layout((".zone", ".db", ".txt")),
    ExportFormat.OCTODNS: Layout((".yaml", ".yml")),
}
WHOLE_FILE_STEM = "records"


def build_files(found: RecordList, kind: ExportFormat, *, soa: bool) -> dict[str, str]:
    """
    Write records as files: one a zone where the format holds one, else one.

    Args:
        found: The records.
        kind: The format.
        soa: Whether a zone file has SOA and NS.

    Returns:
        File name to text.
    """
    layout = LAYOUTS[kind]
    if layout.whole:
        return {f"{WHOLE_FILE_STEM}{layout.suffixes[0]}": layout.whole(found)}
    groups = by_zone(found.records)
    names = [zone.name for zone, _ in groups]
    return {
        _file_stem(zone, names) + layout.suffixes[0]: _build_zone(zone, rows, kind, soa=soa) for zone, rows in groups
    }


def build_text(found: RecordList, kind: ExportFormat, *, soa: bool) -> str:
    """
    Write records as one text.

    Raises:
        InvalidValue: The format holds one zone a file, and there are several.
    """
    files = build_files(found, kind, soa=soa)
    check_text(kind, len(files))
    return next(iter(files.values()), "")


def check_text(kind: ExportFormat, zones: int) -> None:
    """
    Refuse to write several zones as one text, if the format holds one a file.

    Raises:
        InvalidValue: It does, and there are several.
    """
    if LAYOUTS[kind].whole is None and zones > 1:
        what = f"the format {kind} holds one zone a file, and these are {zones}"
        todo = f"choose one with --zone, or write them to a folder: mailproof export {kind} --output FOLDER"
        raise InvalidValue(what, NoValue, todo)


def _build_zone(zone: Zone, rows: list[ExportRecord], kind: ExportFormat, *, soa: bool) -> str:
    return build_octodns(zone, rows) if kind is ExportFormat.OCTODNS else build_zone_file(zone, rows, soa=soa)


def _file_stem(zone: Zone, names: list[str]) -> str:
    return zone.name if names.count(zone.name) == 1 else f"{zone.name}.{zone.id or 'external'}"
