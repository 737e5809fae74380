"""What kept runs say of domains over time: each finding from when it was first seen until it was gone."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import ConfigDict

from mailproof.check.finding import Finding, FindingKey
from mailproof.check.json_model import with_dialect
from mailproof.history.kept_run import KeptRun, KeptState
from mailproof.model.safe_text import join_lines
from mailproof.report.fitting import fit_lines, fit_rows
from mailproof.report.headline import findings_in_all
from mailproof.report.json_report import StrictModel
from mailproof.report.matrix import CellState
from mailproof.report.rule_words import rule_title

VERSION: Literal[1] = 1
THERE, GONE, NOT_JUDGED = "still there", "gone", "not judged"
COLUMNS = ("domain", "what", "first seen", "last seen", "state")


class Episode(StrictModel):
    """One finding, from when it was first seen."""

    environment: str
    """Name of the environment."""
    domain: str | None
    """Sending domain."""
    region: str | None
    """AWS region, if it concerns one."""
    rule: str
    """Id of the rule."""
    name: str | None
    """DNS name."""
    type: str | None
    """DNS type."""
    severity: str
    """How bad it was when it was last seen."""
    first_seen: str
    """When the run began that had it first."""
    last_seen: str
    """When the last run began that had it."""
    gone: str | None
    """When the run began that looked for it in vain; null if none has."""
    state: Literal["still there", "gone", "not judged"]
    """How it is in the last run: `not judged` is neither of the others."""


class Life(StrictModel):
    """What kept runs say of domains over time."""

    model_config = ConfigDict(title="mailproof history")

    version: Literal[1]
    """Of this format: fields may be added to it, none is changed or removed."""
    runs: int
    """Runs that were read."""
    first_run: str | None
    """When the first of them began; null if there is none."""
    last_run: str | None
    """When the last of them began."""
    now: Sequence[KeptState]
    """How the identities were in the last run."""
    episodes: Sequence[Episode]
    """The oldest first."""


@dataclass(slots=True)
class _Open:
    finding: Finding
    last_seen: str


class _Reader:
    """Follows findings from run to run."""

    def __init__(self, wanted: "Wanted") -> None:
        self._wanted = wanted
        self._open: dict[FindingKey, _Open] = {}
        self.episodes: list[Episode] = []
        self.times: list[str] = []
        self.now: list[KeptState] = []

    def read(self, run: KeptRun) -> None:
        """Take the next run."""
        self.times.append(run.checked_at)
        self.now = [state for state in run.states if self._wanted.has(state.environment, state.domain)]
        there = {found.key: found for found in run.findings if self._wanted.has(found.environment, found.domain)}
        unjudged = {found.key for found in run.not_judged}
        for key, known in list(self._open.items()):
            # One that the run does not have ends here, if its own end was in a run that is no longer kept.
            starts_anew = key in there and there[key].first_seen != known.finding.first_seen
            if starts_anew or (key not in there and key not in unjudged):
                self._close(key, GONE, run.checked_at)
        for key, found in there.items():
            self._open[key] = _Open(found, run.checked_at)
        self.unjudged = unjudged

    def end(self) -> None:
        """Write down what is left."""
        for key in list(self._open):
            self._close(key, NOT_JUDGED if key in self.unjudged else THERE, None)
        self.episodes.sort(key=lambda episode: episode.first_seen)

    def _close(self, key: FindingKey, state: Any, gone: str | None) -> None:
        known = self._open.pop(key)
        found = known.finding
        names = ("environment", "domain", "region", "rule", "name", "type")
        self.episodes.append(
            Episode(
                **{name: getattr(found, name) for name in names},
                severity=found.severity.value,
                first_seen=found.first_seen or known.last_seen,
                last_seen=known.last_seen,
                gone=gone,
                state=state,
            )
        )


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    Whose life is told.

    Attributes:
        environments: Names; empty takes all.
        domains: Names; empty takes all, and what concerns a zone or a region.
    """

    environments: Collection[str] = ()
    domains: Collection[str] = ()

    def has(self, environment: str, domain: str | None) -> bool:
        """Tell whether something belongs to it."""
        is_environment = not self.environments or environment in self.environments
        return is_environment and (not self.domains or domain in self.domains)


def read_life(runs: Iterable[KeptRun], wanted: Wanted) -> Life:
    """Read runs, the oldest first; one at a time is held."""
    reader = _Reader(wanted)
    for run in runs:
        reader.read(run)
    reader.end()
    times = reader.times
    return Life(
        version=VERSION,
        runs=len(times),
        first_run=times[0] if times else None,
        last_run=times[-1] if times else None,
        now=reader.now,
        episodes=reader.episodes,
    )


def build_json(life: Life) -> str:
    """Write a life as JSON."""
    return life.model_dump_json(indent=2) + "\n"


def build_schema() -> dict[str, Any]:
    """Return the JSON Schema of it."""
    return with_dialect(Life.model_json_schema())


def build_table(life: Life, width: int | None = None) -> str:
    """
    Write a life for a person: each finding, domain by domain, then how it stands.

    Args:
        life: The life.
        width: Of the terminal, characters; None makes a table whatever its width.
    """
    if not life.runs:
        return "No run is kept there: mailproof check --history keeps one.\n"
    rows = []
    for episode in sorted(life.episodes, key=lambda episode: (episode.environment, episode.domain or "")):
        what = ", ".join(filter(None, (rule_title(episode.rule), episode.region, episode.name)))
        state = f"gone, {episode.gone}" if episode.gone else episode.state
        rows.append((episode.domain or episode.environment, what, episode.first_seen, episode.last_seen, state))
    lines = [*fit_rows(COLUMNS, rows, width, _sentence)] if rows else []
    return join_lines(*lines, *fit_lines([_now(life)], width))


def _sentence(row: Sequence[str]) -> str:
    domain, what, first, last, state = row
    return f"{domain}: {what}; first seen {first}, last seen {last}, {state}"


def _now(life: Life) -> str:
    verified = sum(state.state is CellState.VERIFIED for state in life.now)
    runs = f"{life.runs:,} run{'s' if life.runs != 1 else ''}, {life.first_run} to {life.last_run}"
    there = sum(episode.state != GONE for episode in life.episodes)
    now = f"{verified:,} of {len(life.now):,} identities verified, {findings_in_all(there).lower()} not gone"
    return f"{runs}; in the last, {now}."
