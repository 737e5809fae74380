"""The CDK's command line from npm, in the version that this one of mailproof was tested with."""

import json
from functools import cache
from pathlib import Path
from typing import Any

LOCK = "package-lock.json"
NPM_CI = ("ci", "--ignore-scripts", "--no-audit", "--no-fund")
"""What `npm` is given to install what the lock file has; no package runs a script of its own."""


@cache
def read_lock() -> dict[str, Any]:
    """Return the lock file that comes with this package: `aws-cdk` alone, with the hash of its file."""
    lock: dict[str, Any] = json.loads(Path(__file__).with_name(LOCK).read_text(encoding="utf-8"))
    return lock


def tested_version() -> str:
    """Return the version of `aws-cdk`."""
    return str(read_lock()["packages"]["node_modules/aws-cdk"]["version"])


def npm_files() -> dict[str, str]:
    """Return the two files from which `npm ci` installs it, by name."""
    wanted = {"private": True, "devDependencies": read_lock()["packages"][""]["devDependencies"]}
    return {"package.json": _as_text(wanted), LOCK: _as_text(read_lock())}


def build_lock(whole: dict[str, Any]) -> dict[str, Any]:
    """
    Return the part of a lock file that installs `aws-cdk`, which needs no other package.

    Args:
        whole: Of a repository that has more.
    """
    found = whole["packages"]["node_modules/aws-cdk"]
    packages = {"": {"devDependencies": {"aws-cdk": found["version"]}}, "node_modules/aws-cdk": found}
    return {"lockfileVersion": whole["lockfileVersion"], "requires": True, "packages": packages}


def _as_text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2) + "\n"
