"""Records as files: one per zone, or one for all."""

from mailproof.export.collect import RecordList
from mailproof.export.formats import ExportFormat
from mailproof.export.record import by_zone
from mailproof.model.domain import Zone
from mailproof.model.errors import InvalidValue, NoValue

WHOLE_FILE_STEM = "records"


def build_files(found: RecordList, kind: ExportFormat, *, soa: bool) -> dict[str, str]:
    """
    Write records as files: one per zone where the format holds one, else one.

    Args:
        found: The records.
        kind: The format.
        soa: Whether a zone file has SOA and NS.

    Returns:
        File name to text.
    """
    if not kind.is_one_zone_a_file:
        return {f"{WHOLE_FILE_STEM}{kind.suffixes[0]}": kind.build_list(found)}
    groups = by_zone(found.records)
    names = [zone.name for zone, _ in groups]
    return {_file_stem(zone, names) + kind.suffixes[0]: kind.build_zone(zone, rows, soa=soa) for zone, rows in groups}


def build_text(found: RecordList, kind: ExportFormat, *, soa: bool) -> str:
    """
    Write records as one text.

    Raises:
        InvalidValue: The format holds one zone per file, and there are several.
    """
    files = build_files(found, kind, soa=soa)
    check_text(kind, len(files))
    return next(iter(files.values()), "")


def check_text(kind: ExportFormat, zones: int) -> None:
    """
    Refuse to write several zones as one text, if the format holds one per file.

    Raises:
        InvalidValue: It does, and there are several.
    """
    if kind.is_one_zone_a_file and zones > 1:
        what = f"the format {kind} holds one zone per file, and these are {zones}"
        todo = f"choose one with --zone, or write them to a folder: mailproof export {kind} --output FOLDER"
        raise InvalidValue(what, NoValue, todo)


def _file_stem(zone: Zone, names: list[str]) -> str:
    return zone.name if names.count(zone.name) == 1 else f"{zone.name}.{zone.id or 'external'}"
