"""Write exports to a file or a folder."""

from collections.abc import Mapping
from pathlib import Path

from mailproof.export.collect import RecordList
from mailproof.export.files import build_files, build_text
from mailproof.export.formats import ExportFormat
from mailproof.output_file import write_file


def write_export(found: RecordList, kind: ExportFormat, output: Path, *, soa: bool) -> list[Path]:
    """
    Write records to a file or a folder; every text is built before the first file is touched.

    Args:
        found: The records.
        kind: The format.
        output: A folder if it is one. Else, for a format of one zone per file: a file if it is called like one of the
            format, otherwise a folder to be made. For the other formats: a file.
        soa: Whether a zone file has SOA and NS.

    Returns:
        The files written.

    Raises:
        InvalidValue: One file was named, for a format of one zone per file, and there are several zones.
        OSError: Something cannot be written.
    """
    if is_folder(output, kind):
        return _write_folder(output, build_files(found, kind, soa=soa))
    text = build_text(found, kind, soa=soa)
    return _write_folder(output.parent, {output.name: text})


def is_folder(output: Path, kind: ExportFormat) -> bool:
    """Tell whether an output is meant as a folder."""
    if output.exists():
        return output.is_dir()
    return kind.is_one_zone_a_file and output.suffix not in kind.suffixes


def _write_folder(folder: Path, files: Mapping[str, str]) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        write_file(folder / name, text)
    return [folder / name for name in files]
