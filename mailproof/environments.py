"""Read the folder of environment files."""

import os
import stat
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from mailproof.model import pages
from mailproof.model.environment import Environment
from mailproof.model.errors import EnvironmentFileError, InvalidValue, NoValue, Problem, describe
from mailproof.model.key_file import SUFFIX, KeyFileReader
from mailproof.model.own_key import Keys
from mailproof.model.ownership import check_delegations, check_ownership, check_partitions, check_zones
from mailproof.model.placement import check_capacity, check_stack_names
from mailproof.model.resolve import EnvironmentReader
from mailproof.model.waves import check_after

SUFFIXES = (".yaml", ".yml")
FILE_LIMIT_BYTES = 4 * 1024 * 1024  # ten thousand domains take one


def load_environments(folder: Path, *names: str, without_keys: bool = False) -> list[Environment]:
    """
    Read every environment file of a folder.

    All files are read even if some environments are asked for: that no record has two owners is known only then.

    Args:
        folder: Holds one ``*.yaml`` per environment.
        names: The environments to return; without any, all.
        without_keys: Whether own DKIM keys may be missing, since one is about to be made.

    Returns:
        The environments by name.

    Raises:
        EnvironmentFileError: With every problem of every file.
    """
    problems: list[Problem] = []
    readers = _read_all(_files(folder), problems, without_keys=without_keys)
    environments = _check_together(readers, problems)
    known = {environment.name for environment in environments}
    if unknown := [name for name in dict.fromkeys(names) if name not in known]:
        todo = f"it has {', '.join(sorted(known))}"
        raise EnvironmentFileError(
            [Problem(str(folder), None, "", describe("has no such environment", name, todo)) for name in unknown]
        )
    return [environment for environment in environments if not names or environment.name in names]


def check_new_file(path: Path, text: str) -> Environment:
    """
    Read an environment file that is yet to be written, together with those that are in its folder.

    Args:
        path: The file.
        text: What it is to hold.

    Raises:
        EnvironmentFileError: With every problem of every file.
    """
    problems: list[Problem] = []
    new = EnvironmentReader(str(path), text)
    others = _read_all(_list(path.parent) if path.parent.exists() else (), problems)
    readers = sorted((*others, new), key=lambda reader: reader.name)
    return next(found for found in _check_together(readers, problems) if found.name == new.name)


def _read_all(paths: Sequence[Path], problems: list[Problem], *, without_keys: bool = False) -> list[EnvironmentReader]:
    return [
        EnvironmentReader(str(path), text, None if without_keys else load_keys(keys_path(path), problems))
        for path in paths
        if (text := _read(path, problems)) is not None
    ]


def _check_together(readers: Sequence[EnvironmentReader], problems: list[Problem]) -> list[Environment]:
    """Return the environments of all files; raise if anything is wrong with one of them, or with two together."""
    problems += [problem for reader in readers for problem in reader.problems]
    problems += _check_names(readers)
    # Of two files of one name the first stands for both in what follows.
    by_name = {reader.name: reader for reader in reversed(readers)}
    environments = [reader.environment for reader in readers if reader.environment and by_name[reader.name] is reader]
    problems += check_zones(environments)
    problems += check_partitions(environments)
    problems += check_delegations(environments)
    problems += check_ownership(environments)
    problems += check_stack_names(environments)
    problems += [problem for environment in environments for problem in check_capacity(environment)]
    problems += check_after(environments) if len(environments) == len(by_name) else ()
    if problems:
        raise EnvironmentFileError(problems)
    return environments


def keys_path(path: Path) -> Path:
    """Return the file of own DKIM keys that belongs to an environment file."""
    return path.with_suffix(SUFFIX)


def load_keys(path: Path, problems: list[Problem]) -> Keys:
    """
    Read the own DKIM keys of an environment; there are none without a file of them.

    Args:
        path: That file.
        problems: Takes what is wrong.
    """
    if not path.exists() or (text := _read(path, problems)) is None:
        return {}
    reader = KeyFileReader(str(path), text)
    problems += reader.problems
    return reader.keys


def _files(folder: Path) -> list[Path]:
    files = _list(folder)
    if not files:
        what = describe(
            "holds no environment file",
            NoValue,
            f"run mailproof init, or write one: {pages.ENVIRONMENT_FILE} shows one",
        )
        raise EnvironmentFileError([Problem(str(folder), None, "", what)])
    return files


def _list(folder: Path) -> list[Path]:
    try:
        # Editors leave hidden files beside the one they have open.
        files = [path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and path.name[0] != "."]
    except OSError as err:
        what = describe(
            f"cannot be read ({err.strerror})",
            NoValue,
            "name the folder of the environment files, or run mailproof init",
        )
        raise EnvironmentFileError([Problem(str(folder), None, "", what)]) from err
    return sorted(files, key=lambda path: (path.stem, path.suffix))


def _check_names(readers: Sequence[EnvironmentReader]) -> Iterator[Problem]:
    for first, second in pairwise(readers):
        if first.name == second.name:
            what = describe(f"names the same environment as {first.path}", second.name, "rename one")
            yield Problem(second.path, None, "", what)


def _read(path: Path, problems: list[Problem]) -> str | None:
    try:
        data = _read_bytes(path)
    except OSError as err:
        problems.append(Problem(str(path), None, "", f"cannot be read ({err.strerror})"))
        return None
    except InvalidValue as err:
        problems.append(Problem(str(path), None, "", str(err)))
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as err:
        line = data.count(b"\n", 0, err.start) + 1
        problems.append(Problem(str(path), line, "", describe("is not UTF-8", NoValue, "save it as UTF-8")))
        return None


def _read_bytes(path: Path) -> bytes:
    """Read a regular file of a sensible size; a FIFO would be waited for, and a device has no end."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as stream:
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            raise InvalidValue("is not a regular file", NoValue, "write one file per environment")
        data = stream.read(FILE_LIMIT_BYTES + 1)
    if len(data) > FILE_LIMIT_BYTES:
        raise InvalidValue(f"is over {FILE_LIMIT_BYTES:,} bytes", NoValue, "divide it into several environments")
    return data
