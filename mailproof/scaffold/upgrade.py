"""The files that `mailproof init` has written, as a later version of mailproof has them."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from mailproof.change.cdk_cli import LOCK, npm_files, tested_version
from mailproof.change.errors import CommandError
from mailproof.exit_codes import USAGE
from mailproof.model.folder import DEFAULT_FOLDER
from mailproof.output_file import write_file
from mailproof.scaffold.files import requirements_text, schema_text

REQUIREMENTS = Path("requirements.txt")
PACKAGE = Path("package.json")
SCHEMA = Path(DEFAULT_FOLDER, "schema.json")
COMPLETE = "aws-cdk-lib"
"""Stands in a file that pins everything, not only what is asked for by name."""
PIN = re.compile(r"(?P<name>[A-Za-z0-9._-]+)(\[[a-z, ]*\])? ?==")


@dataclass(frozen=True, slots=True)
class Upgrade:
    """
    What a folder takes to be that of this version.

    Attributes:
        texts: What is to be written, by file.
        by_hand: What is to be typed for files that hold more than ours, line by line.
    """

    texts: Mapping[Path, str]
    by_hand: tuple[str, ...]


def find_upgrade(folder: Path) -> Upgrade:
    """
    Compare the files of a folder with those of this version.

    Args:
        folder: Of the repository.

    Raises:
        CommandError: A file cannot be read.
    """
    present = {path: _read(folder / path) for path in (REQUIREMENTS, PACKAGE, Path(LOCK), SCHEMA)}
    wanted = dict(_texts(present))
    texts = {path: text for path, text in wanted.items() if text != present[path]}
    return Upgrade(texts, tuple(_by_hand(present)))


def write_upgrade(upgrade: Upgrade, folder: Path) -> None:
    """
    Write what is to be written.

    Raises:
        CommandError: A file cannot be written; those before it are.
    """
    for path, text in upgrade.texts.items():
        try:
            write_file(folder / path, text)
        except OSError as err:
            raise CommandError(f"{path}: cannot be written ({err.strerror})", USAGE) from err


def _texts(present: Mapping[Path, str | None]) -> Iterator[tuple[Path, str]]:
    requirements = present[REQUIREMENTS]
    if requirements is not None and "--hash=" not in requirements:
        yield REQUIREMENTS, _upgrade_pins(requirements)
    if present[PACKAGE] is not None and _has_the_cdk_alone(present[PACKAGE]):
        npm = npm_files()
        yield from ((Path(name), text) for name, text in npm.items())
    if present[SCHEMA] is not None:
        yield SCHEMA, schema_text()


def _by_hand(present: Mapping[Path, str | None]) -> Iterator[str]:
    requirements, package = present[REQUIREMENTS], present[PACKAGE]
    if requirements is not None and "--hash=" in requirements and f"=={version('mailproof')}" not in requirements:
        pin = f"mailproof=={version('mailproof')}"
        yield f"{REQUIREMENTS} has hashes; pin {pin} in the file that it is compiled from, and compile it again"
    cdk = f'"aws-cdk": "{tested_version()}"'
    if package is not None and not _has_the_cdk_alone(package) and cdk not in package:
        yield f"{PACKAGE} has more than the CDK; run: npm install --save-dev --save-exact aws-cdk@{tested_version()}"


def _upgrade_pins(text: str) -> str:
    """Exchange the lines of what this version pins and leave all others; a file with all pins gets the new ones too."""
    ours = {found["name"].lower(): line for line in requirements_text().splitlines() if (found := PIN.match(line))}
    lines = []
    for line in text.splitlines():
        found = PIN.match(line)
        lines.append(ours.pop(found["name"].lower().replace("_", "-"), line) if found else line)
    new = ours.values() if COMPLETE not in ours else ()
    return "".join(f"{line}\n" for line in (*lines, *new))


def _has_the_cdk_alone(text: str | None) -> bool:
    try:
        package = json.loads(text or "")
        return list(package["devDependencies"]) == ["aws-cdk"] and "dependencies" not in package
    except (ValueError, LookupError, TypeError):
        return False


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as err:
        raise CommandError(f"{path}: cannot be read ({err})", USAGE) from err
