"""One run of the check as it is kept: the findings with the time when each was first seen, and how identities were."""

import json
from collections.abc import Sequence
from dataclasses import fields
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from mailproof.check.changes import Known
from mailproof.check.finding import Changes, CheckReport, Finding
from mailproof.check.json_model import with_dialect
from mailproof.model.errors import MailproofError
from mailproof.report.matrix import CellState, build_matrix

KIND: Literal["mailproof check run"] = "mailproof check run"
VERSION: Literal[1] = 1
MOVE_IT = "move it away or delete it, and run again"


class HistoryError(MailproofError):
    """A run cannot be read or kept; nothing is changed."""


class KeptModel(BaseModel):
    """Base of what is kept; what a later version of the same format adds is left aside."""

    model_config = ConfigDict(frozen=True, from_attributes=True, use_attribute_docstrings=True, extra="ignore")


class KeptState(KeptModel):
    """How one identity was."""

    environment: str
    """Name of the environment."""
    domain: str
    """Sending domain."""
    region: str
    """AWS region."""
    state: CellState
    """As in the report."""


class KeptRun(KeptModel):
    """One run of `mailproof check`."""

    model_config = ConfigDict(title="mailproof check run")

    kind: Literal["mailproof check run"]
    """What this file is."""
    version: Literal[1]
    """Of this format: fields may be added to it, none is changed or removed."""
    checked_at: str
    """When the check began, ISO 8601 with offset."""
    states: Sequence[KeptState]
    """How the identities were, worst first."""
    findings: Sequence[Finding]
    """All of them."""
    gone: Sequence[Finding] = ()
    """Those of the run before that were looked for in vain."""
    not_judged: Sequence[Finding] = ()
    """Those of runs before that were neither looked for nor known to be there."""

    @property
    def known(self) -> Known:
        """What the next check compares itself with."""
        return Known(self.checked_at, (*self.findings, *self.not_judged))


def keep(report: CheckReport) -> KeptRun:
    """Take of a report what is kept."""
    changes = report.changes or Changes(former_run=None)
    states = [
        KeptState(environment=row.environment, domain=row.domain, region=cell.region, state=cell.state)
        for row, cell in build_matrix(report).identities()
    ]
    return KeptRun(
        kind=KIND,
        version=VERSION,
        checked_at=report.checked_at,
        states=states,
        findings=report.findings,
        gone=changes.gone,
        not_judged=changes.not_judged,
    )


def write_run(run: KeptRun) -> str:
    """Write a run as the text of its file."""
    return run.model_dump_json(indent=1) + "\n"


def read_run(text: str, place: str) -> KeptRun:
    """
    Read the text of a file.

    Args:
        text: The text.
        place: The file, to be named in an error.

    Raises:
        HistoryError: It is damaged, of a later version, or something else.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as err:
        raise HistoryError(f"{place}: is damaged ({err}); {MOVE_IT}") from err
    if not isinstance(found, dict) or found.get("kind") != KIND:
        raise HistoryError(f"{place}: is not a run that mailproof has kept; {MOVE_IT}")
    version = found.get("version")
    if isinstance(version, int) and version > VERSION:
        raise HistoryError(
            f"{place}: was kept by a later mailproof (format {version}; this one reads {VERSION}); upgrade mailproof"
        )
    try:
        return KeptRun.model_validate({name: _known_fields(part) for name, part in found.items()})
    except ValidationError as err:
        first = err.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise HistoryError(f"{place}: is damaged ({where}: {first['msg']}); {MOVE_IT}") from err


def _known_fields(part: Any) -> Any:
    """Leave aside what a later version of this format has added to a finding."""
    names = {each.name for each in fields(Finding)}
    if not isinstance(part, list):
        return part
    return [
        {name: value for name, value in item.items() if name in names or "rule" not in item}
        if isinstance(item, dict)
        else item
        for item in part
    ]


def build_schema() -> dict[str, Any]:
    """Return the JSON Schema of a file."""
    schema = KeptRun.model_json_schema()
    return with_dialect(schema)
