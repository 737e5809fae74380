"""The report: as lines for people, and as JSON."""

from collections.abc import Sequence
from typing import Any, Literal

from mailproof.check.json_model import with_dialect
from mailproof.doctor.probe import Probe, State
from mailproof.exit_codes import UNANSWERED, WRONG
from mailproof.model.safe_text import visible
from mailproof.report.fitting import fit_lines
from mailproof.report.json_report import StrictModel

VERSION: Literal[1] = 1


class JsonProbe(StrictModel):
    """One thing that was looked at."""

    subject: str
    """What it is."""
    state: State
    """`ok`; `note`, which is no fault; `missing`; or `unknown`, which could not be asked."""
    observed: str
    """What was found."""
    fix: str
    """How to get what is missing; empty if nothing is to be done."""


class JsonDoctor(StrictModel):
    """What `mailproof doctor --format json` prints."""

    version: Literal[1] = VERSION
    """Of this form."""
    exit_code: int
    """0 nothing is missing, 1 something is, 3 something could not be asked."""
    probes: list[JsonProbe]
    """In the order in which they were looked at."""


def build_schema() -> dict[str, Any]:
    """Return the JSON Schema of the document."""
    return with_dialect(JsonDoctor.model_json_schema())


def exit_code(probes: Sequence[Probe]) -> int:
    """Return 1 if anything is missing, 3 if something could not be asked, else 0."""
    states = {probe.state for probe in probes}
    return WRONG if State.MISSING in states else UNANSWERED if State.UNKNOWN in states else 0


def build_lines(probes: Sequence[Probe], width: int | None = None) -> list[str]:
    """
    Write a line for each, and how to get it below what is missing.

    Args:
        probes: They.
        width: Of the terminal, characters; None breaks no line.
    """
    longest = max(len(probe.subject) for probe in probes)
    lines = []
    for probe in probes:
        lines.append(f"{probe.state:<7}  {probe.subject:<{longest}}  {probe.observed}")
        if probe.fix:
            lines.append(f"{'':<7}  {'':<{longest}}  fix: {probe.fix}")
    return list(fit_lines(lines, width))


def build_json(probes: Sequence[Probe]) -> str:
    """Write it as JSON."""
    found = [
        JsonProbe(subject=visible(p.subject), state=p.state, observed=visible(p.observed), fix=visible(p.fix))
        for p in probes
    ]
    return JsonDoctor(exit_code=exit_code(probes), probes=found).model_dump_json(indent=2) + "\n"
