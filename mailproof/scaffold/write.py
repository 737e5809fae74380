"""Files are written if nothing is in their place: all of them, or none."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mailproof.change.cdk_cli import LOCK
from mailproof.change.errors import CommandError
from mailproof.change.programs import APP
from mailproof.exit_codes import USAGE
from mailproof.scaffold.files import PYTEST_SETTING, NewFile

# What pytest takes its settings from, and what says in such a file that it does.
PYTEST_FILES = {
    "pytest.toml": "",
    ".pytest.toml": "",
    "pytest.ini": "",
    ".pytest.ini": "",
    "pyproject.toml": "[tool.pytest",
    "tox.ini": "[pytest]",
    "setup.cfg": "[tool:pytest]",
}
AFTER = {LOCK: "package.json"}
"""Files that belong to another one, which has to be ours."""


@dataclass(frozen=True, slots=True)
class Kept:
    """
    A file that is there already and stays as it is.

    Attributes:
        path: The file.
        missing: What it lacks of ours, line by line; empty if nothing.
    """

    path: Path
    missing: tuple[str, ...]


def divide(files: Sequence[NewFile], folder: Path) -> tuple[list[NewFile], list[Kept]]:
    """
    Return the files that are to be written, and those in whose place something is already.

    Args:
        files: All that are wanted.
        folder: Of the repository.
    """
    kept = {file.path: found for file in files if (found := _find(file, folder))}
    for file in files:
        other = kept.get(Path(AFTER.get(file.path.name, "")))
        if other and other.missing:
            kept.setdefault(file.path, Kept(file.path, ()))
    return [file for file in files if file.path not in kept], list(kept.values())


def write_all(files: Sequence[NewFile], folder: Path) -> None:
    """
    Write files; if one cannot be written, none is.

    Raises:
        CommandError: One cannot be written, or something has come into its place.
    """
    made: list[Path] = []
    try:
        for file in files:
            path = folder / file.path
            made += _make_folders(path.parent)
            with path.open("x", encoding="utf-8", newline="") as stream:
                made.append(path)
                stream.write(file.text)
    except BaseException as err:
        for each in reversed(made):
            remove = each.rmdir if each.is_dir() else each.unlink
            remove()
        if isinstance(err, OSError):
            raise CommandError(f"{path}: cannot be written ({err.strerror}); nothing was", USAGE) from err
        raise


def _make_folders(folder: Path) -> list[Path]:
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir()
    return list(reversed(missing))


def _find(file: NewFile, folder: Path) -> Kept | None:
    if file.path.name == "pytest.ini":
        return _find_pytest_settings(folder)
    return _keep(file, folder) if os.path.lexists(folder / file.path) else None


def _keep(file: NewFile, folder: Path) -> Kept:
    present = _read(folder / file.path)
    if present == file.text:
        return Kept(file.path, ())
    # `node_modules`, `/node_modules` and `node_modules/` ignore the same folder.
    bare = (lambda line: line.strip().strip("/")) if file.path.name == ".gitignore" else str.strip
    has = set(map(bare, present.splitlines()))
    return Kept(file.path, tuple(line for line in file.essence.splitlines() if bare(line) not in has))


def _find_pytest_settings(folder: Path) -> Kept | None:
    """Return the file that pytest reads: a pytest.ini beside it would take its place."""
    for name, section in PYTEST_FILES.items():
        if (folder / name).exists() and section in (text := _read(folder / name)):
            is_set = PYTEST_SETTING.partition(" ")[0] in text
            return Kept(Path(name), () if is_set else (_setting_for(name),))
    return None


def _setting_for(name: str) -> str:
    key, _, value = PYTEST_SETTING.partition(" = ")
    return f'{key} = "{value}"' if name.endswith(".toml") else PYTEST_SETTING


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def tell(written: Sequence[NewFile], kept: Sequence[Kept]) -> Iterator[str]:
    """Yield what was written, and what is to be added to files that were there."""
    for file in written:
        yield f"{file.path}: written"
    for found in kept:
        if not found.missing:
            yield f"{found.path}: is there, and stays as it is"
            continue
        yield f"{found.path}: is there, and stays as it is; it lacks:"
        yield from (f"    {line}" for line in found.missing)
        if found.path == APP:
            yield f"  mailproof runs {APP}; if it is another program, run mailproof init in a folder beside it"
