"""`mailproof dmarc next`: whether the next step to enforcement may be taken, and taking it."""

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailproof.change.say import say, show
from mailproof.commands.dmarc_reading import Offline, Paths, know_ours, read_files
from mailproof.commands.errors import command_errors
from mailproof.commands.options import DEFAULT_ENVIRONMENTS, Domains, EnvironmentNames, Environments, Profiles
from mailproof.commands.parse_options import read_environments, read_profiles, read_selection
from mailproof.exit_codes import UNANSWERED, WRONG
from mailproof.output_file import write_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mailproof.dmarc.ramp import Candidate, Step
    from mailproof.model.environment import Environment


class StepFormat(StrEnum):
    """How the answer is written."""

    TABLE = "table"
    JSON = "json"


def next_step(
    *,
    paths: Paths,
    environments: Environments = DEFAULT_ENVIRONMENTS,
    environment: EnvironmentNames = None,
    domain: Domains = None,
    profile: Profiles = None,
    offline: Offline = False,
    window_days: Annotated[
        int, typer.Option("--window", min=14, max=366, metavar="DAYS", help="Reports of so many days count.")
    ] = 30,
    volume: Annotated[
        int, typer.Option("--volume", min=1, metavar="MESSAGES", help="A sender counts from so many messages.")
    ] = 10,
    write: Annotated[
        bool, typer.Option("--write", help="Change the stage in the files of domains that may advance.")
    ] = False,
    form: Annotated[StepFormat, typer.Option("--format", help="How it is written.")] = StepFormat.TABLE,
) -> None:
    """
    Say whether a domain may take the next step to enforcement: advance, hold, or not enough evidence.

    To advance, reports about the present stage have to cover 14 days, of 2 receivers, the youngest at most 3 days old,
    all records read; every sender of some volume aligned, or named as not ours in the file. Changes nothing without
    --write, and then one word of a file.

    Exit code 0: every domain may advance, or has arrived.
    1: one has to hold.
    2: usage or environment file, or parsedmarc is not installed.
    3: there is not enough evidence for one, and none has to hold.
    """
    chosen = read_environments(environments, environment)
    selection, profiles = read_selection(chosen, domain, None), read_profiles(profile, chosen)
    with command_errors():
        from mailproof.dmarc import ramp, reports_json, reports_table

        candidates = _candidates(chosen, frozenset(selection.domains))
        reading = read_files(paths)
        ours = know_ours(chosen, reading, profiles, offline=offline)
        demands = ramp.Demands(window_days=window_days, volume=volume)
        now = datetime.now(UTC)
        steps = [ramp.next_step(candidate, reading.reports, ours, now, demands) for candidate in candidates]
        written = _write(chosen, steps) if write else []
    builder = reports_json if form is StepFormat.JSON else reports_table
    show(builder.build_steps(reading, steps, written))
    raise typer.Exit(_exit_code(steps))


def _candidates(environments: "Sequence[Environment]", domains: frozenset[str]) -> "list[Candidate]":
    from mailproof.change.errors import CommandError
    from mailproof.dmarc.ramp import Candidate
    from mailproof.exit_codes import USAGE

    found = [
        Candidate(domain.name, environment.name, domain.dmarc)
        for environment in environments
        for domain in environment.domains
        if domain.dmarc and not domain.parking and (not domains or domain.name in domains)
    ]
    lacking = sorted(domains - {candidate.domain for candidate in found})
    if lacking or not found:
        who = ", ".join(lacking) or "no domain"
        raise CommandError(f"{who}: the file has no `dmarc` whose stage could be changed", USAGE)
    return found


def _write(environments: "Sequence[Environment]", steps: "Sequence[Step]") -> list[str]:
    """Change the files of the domains that may advance, each in one step; return the domains."""
    from mailproof.dmarc.ramp import Verdict
    from mailproof.dmarc.stage_edit import write_stages
    from mailproof.model.command_lines import rollout_command

    written: list[str] = []
    for environment in environments:
        stages = {
            step.domain: step.following
            for step in steps
            if step.environment == environment.name and step.verdict is Verdict.ADVANCE and step.following
        }
        if stages:
            path = Path(environment.path)
            raw = path.read_bytes().decode()  # line ends as they are
            text = raw.removeprefix("\ufeff")
            changed = write_stages(environment.path, text, stages)
            write_file(path, raw[: len(raw) - len(text)] + changed)
            say(f"wrote {path}; then: {rollout_command(environment)}")
            written += stages
    return written


def _exit_code(steps: "Sequence[Step]") -> int:
    from mailproof.dmarc.ramp import Verdict

    verdicts = {step.verdict for step in steps}
    return WRONG if Verdict.HOLD in verdicts else UNANSWERED if Verdict.NOT_ENOUGH in verdicts else 0
