"""
The CDK's command line and `mailproof`, run again and again in a process that is there already.

To start either takes far longer than most of what the tests ask of it. What is about processes, that one is killed or
has no room to write, starts them as a user does.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from mailproof.change.programs import Programs
from mailproof.cli import app
from tests.few_regions import leave_regions

ROOT = Path(__file__).parents[2]
LIMIT_S = 300.0
_SERVER = Path(__file__).with_name("warm_cdk.cjs")
REGIONS = ("eu-west-1", "us-east-1")
"""All that the AWS of a warm `mailproof` has; in a process of its own it asks those of the real one."""
_LIBRARY = ROOT / "node_modules/aws-cdk/lib"
_SELDOM_COLLECTED = ("--max-semi-space-size=64", "--single-threaded-gc")

Run = subprocess.CompletedProcess[str]


LOOKED_INTO = tuple(REGIONS)
"""Regions that commands look through; a test that deploys elsewhere sets more."""


class WarmCdk:
    """The CDK's command line in one process of Node, for one run after the other."""

    def __init__(self) -> None:
        command = [os.environ["JSII_NODE"], *_SELDOM_COLLECTED, str(_SERVER), str(_LIBRARY)]
        # What an app says on standard error; `close` closes it.
        self._inherited = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._inherited, text=True
        )

    def run(self, arguments: Sequence[str], variables: Mapping[str, str], folder: Path) -> Run:
        """Run `cdk` with an environment of its own in a folder."""
        request = {"args": arguments, "env": dict(variables), "cwd": str(folder)}
        assert self._process.stdin
        begin = self._inherited.tell()
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        said = {1: "", 2: ""}
        for number, what in self._frames():
            if number == 0:
                return Run(["cdk", *arguments], what, said[1], said[2] + self._inherited_since(begin))
            said[number] += what
        raise AssertionError(f"the CDK has ended or hangs: {arguments} {said} {self._inherited_since(begin)}")

    def _inherited_since(self, begin: int) -> str:
        self._inherited.seek(begin)
        return self._inherited.read().decode()

    def _frames(self) -> Any:
        watchdog = threading.Timer(LIMIT_S, self._process.kill)
        watchdog.start()
        try:
            assert self._process.stdout
            yield from map(json.loads, self._process.stdout)
        finally:
            watchdog.cancel()

    def close(self) -> None:
        """End the process."""
        self._process.communicate()
        self._inherited.close()


def run_mailproof(cdk: WarmCdk, arguments: Sequence[str], variables: Mapping[str, str], folder: Path = ROOT) -> Run:
    """Run a command of `mailproof` in this process and in a folder, also where it runs itself."""

    def run_cdk(programs: Programs, *more: str) -> int:
        if more[0] == "diff":  # what a rollout shows first is looked at in tests/e2e/test_rollout.py alone
            return 0
        return _pass_on(cdk.run(more, os.environ | {"PATH": programs.path}, Path.cwd()))

    def run_itself(_: Programs, *more: str) -> int:
        return _pass_on(run_mailproof(cdk, more, {}, folder))

    with pytest.MonkeyPatch.context() as patch, contextlib.chdir(folder):
        patch.setattr(Programs, "run_cdk", run_cdk)
        patch.setattr(Programs, "run_mailproof", run_itself)
        patch.setattr(sys, "argv", ["mailproof", *arguments])
        leave_regions(patch, *LOOKED_INTO)
        run = CliRunner().invoke(app, arguments, env=variables)
    if run.exception and not isinstance(run.exception, SystemExit):
        raise run.exception
    return Run(["mailproof", *arguments], run.exit_code, run.stdout, run.stderr)


def _pass_on(run: Run) -> int:
    """Say what a program has said, where a person follows it, and return its exit code."""
    sys.stderr.write(run.stdout + run.stderr)
    return run.returncode
