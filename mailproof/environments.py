"""Reads the folder of environment files."""

from pathlib import Path

from mailproof.spec.environment import Environment
from mailproof.spec.errors import EnvironmentFileError, NoValue, Problem, describe
from mailproof.spec.ownership import check_ownership
from mailproof.spec.placement import check_capacity
from mailproof.spec.resolve import EnvironmentReader

SUFFIXES = (".yaml", ".yml")


def load_environments(folder: Path, only: str | None = None) -> list[Environment]:
    """
    Read every environment file of a folder.

    All files are read even if one environment is asked for: that no record has two owners is known only then.

    Args:
        folder: Holds one ``*.yaml`` an environment.
        only: The one environment to return; None returns all.

    Returns:
        The environments by name.

    Raises:
        EnvironmentFileError: With every problem of every file.
    """
    problems: list[Problem] = []
    readers = [
        EnvironmentReader(str(path), text) for path in _files(folder) if (text := _read(path, problems)) is not None
    ]
    problems += [problem for reader in readers for problem in reader.problems]
    environments = [reader.environment for reader in readers if reader.environment]
    problems += check_ownership(environments)
    problems += [problem for environment in environments for problem in check_capacity(environment)]
    if problems:
        raise EnvironmentFileError(problems)
    chosen = [environment for environment in environments if only in {None, environment.name}]
    if not chosen:
        names = ", ".join(environment.name for environment in environments)
        raise EnvironmentFileError(
            [Problem(str(folder), None, "", describe("has no such environment", only, f"it has {names}"))]
        )
    return chosen


def _files(folder: Path) -> list[Path]:
    try:
        files = sorted(path for path in folder.iterdir() if path.suffix in SUFFIXES)
    except OSError as err:
        what = describe(f"cannot be read ({err.strerror})", NoValue, "name the folder of the environment files")
        raise EnvironmentFileError([Problem(str(folder), None, "", what)]) from err
    if not files:
        what = describe("holds no environment file", NoValue, "write one, such as prod.yaml: docs/environment-file.md")
        raise EnvironmentFileError([Problem(str(folder), None, "", what)])
    return files


def _read(path: Path, problems: list[Problem]) -> str | None:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as err:
        line = path.read_bytes()[: err.start].count(b"\n") + 1
        problems.append(Problem(str(path), line, "", describe("is not UTF-8", NoValue, "save it as UTF-8")))
    except OSError as err:
        problems.append(Problem(str(path), None, "", f"cannot be read ({err.strerror})"))
    return None
