"""Runs `mailproof check` on a deployed project, in this process, and reads what it says."""

import json
from dataclasses import dataclass
from typing import Any

from typer.testing import CliRunner

from mailproof.cli import app
from tests.e2e.project import Project

_PATIENCE = {"AWS_RETRY_MODE": "standard", "AWS_MAX_ATTEMPTS": "2"}  # enough to see that there is one more attempt


@dataclass(frozen=True)
class Found:
    """
    A rule and its subject.

    Attributes:
        rule: Id of the rule.
        severity: How bad it is.
        domain: Sending domain.
        region: AWS region.
        name: DNS name.
        type: DNS type.
    """

    rule: str
    severity: str = "error"
    domain: str | None = None
    region: str | None = None
    name: str | None = None
    type: str | None = None


@dataclass(frozen=True)
class Checked:
    """
    What a run of the command said.

    Attributes:
        exit_code: Of the process.
        found: Rules and subjects.
        identities: Domain and region to the states of identity, DKIM, MAIL FROM and records.
        findings: The findings whole.
    """

    exit_code: int
    found: list[Found]
    identities: dict[tuple[str, str], tuple[str, str, str, str]]
    findings: list[dict[str, Any]]


def check(project: Project) -> Checked:
    """Run `mailproof check --format json` for the environment of a project, against the emulator alone."""
    place = ("--environments", str(project.folder), "--environment", project.name)
    command = ["check", *place, "--resolver", project.aws.dns, "--format", "json"]
    variables = project.aws.process_environment(project.account, project.cli.folder / "home") | _PATIENCE
    run = CliRunner().invoke(app, command, env=variables)
    assert run.stdout, run.output
    assert isinstance(run.exception, SystemExit | None), run.exception
    report = json.loads(run.stdout)
    assert report["summary"]["exit_code"] == run.exit_code
    return Checked(run.exit_code, _found(report), _identities(report), report["findings"])


def _found(report: dict[str, Any]) -> list[Found]:
    members = Found.__dataclass_fields__
    return [Found(**{name: finding[name] for name in members}) for finding in report["findings"]]


def _identities(report: dict[str, Any]) -> dict[tuple[str, str], tuple[str, str, str, str]]:
    return {
        (row["domain"], row["region"]): (row["identity"], row["dkim"], row["mail_from"], row["records"])
        for row in report["identities"]
    }
