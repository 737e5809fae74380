"""
Waits until everything asked for is verified: looks, reports what is missing, waits longer each time, looks again.

SES and DNS hold the state, so that a wait that was killed goes on when it is started again.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from mailproof.check.finding import CheckedDomain, CheckedIdentity, CheckReport, Finding, missing_words
from mailproof.check.run import merge_outcomes
from mailproof.check.selection import Selection
from mailproof.model.environment import Environment
from mailproof.model.names import is_within

FIRST_PAUSE_S = 10.0
PAUSE_GROWTH = 1.5
LONGEST_PAUSE_S = 300.0

Key = tuple[str, str, str]
"""Environment, domain and region."""
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Clock:
    """
    Time, so that tests need none.

    Attributes:
        now: The time.
        sleep: Waits, seconds.
    """

    now: Callable[[], datetime]
    sleep: Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Unverified:
    """
    An identity that is not verified yet, or a domain without one whose records are not right.

    Attributes:
        identity: As SES and DNS have it.
        what: What is missing, in words.
        since: When this wait saw it first, in this state.
    """

    identity: CheckedIdentity | CheckedDomain
    what: str
    since: datetime


class Wait:
    """
    One wait.

    Args:
        environments: What is asked for.
        selection: The part to wait for.
        check: Checks a part of one environment.
        tell: Takes what is still missing after each look, and the seconds until the next; none after the last.
        restart: Starts again what SES gave up on, given the findings that say so; None leaves it.
        clock: Time.

    Attributes:
        exit_code: After a run: that of the report; 1 if the time was up, 3 if all that is missing could not be asked.
    """

    def __init__(  # noqa: PLR0913 -- its parts, each by its name
        self,
        environments: Sequence[Environment],
        selection: Selection,
        *,
        check: Callable[[Environment, Selection], CheckReport],
        tell: Callable[[Sequence[Unverified], float | None], None],
        restart: Callable[[Environment, Sequence[Finding]], None] | None,
        clock: Clock,
    ) -> None:
        self.environments = environments
        self.selection = selection
        self._check = check
        self._tell = tell
        self._restart = restart
        self._clock = clock
        self._reports: dict[str, CheckReport] = {}
        self._since: dict[Key, Unverified] = {}
        self.exit_code = 0

    def run(self, timeout_s: float) -> CheckReport:
        """
        Look until everything is verified or the time is up.

        Returns:
            The last state of everything.
        """
        end = self._clock.now().timestamp() + timeout_s
        pause_s = FIRST_PAUSE_S
        pending: dict[str, set[str]] = {environment.name: set() for environment in self.environments}
        while True:
            for environment in self.environments:
                if environment.name in pending:
                    self._look(environment, pending[environment.name])
            missing = self._missing()
            left_s = end - self._clock.now().timestamp()
            next_s = min(pause_s, left_s) if missing and left_s > 0 else None
            self._tell(missing, next_s)
            if next_s is None:
                return self._end(missing)
            self._clock.sleep(next_s)
            pause_s = min(pause_s * PAUSE_GROWTH, LONGEST_PAUSE_S)
            pending = {}
            for item in missing:
                pending.setdefault(item.identity.environment, set()).add(item.identity.domain)

    def _look(self, environment: Environment, domains: set[str]) -> None:
        """Check an environment; after the first time only the domains that were not verified."""
        selection = Selection(domains or self.selection.domains, self.selection.regions)
        report = self._check(environment, selection)
        if self._restart is not None:
            self._restart(environment, report.findings)
        before = self._reports.get(environment.name)
        self._reports[environment.name] = _update(before, report) if before else report

    def _missing(self) -> list[Unverified]:
        found = []
        for report in self._reports.values():
            rows: list[CheckedIdentity | CheckedDomain] = [*report.identities, *report.domains]
            for identity in rows:
                key = (identity.environment, identity.domain, identity.region)
                what = missing_words(identity)
                known = self._since.get(key)
                since = known.since if known and known.what == what else self._clock.now()
                self._since[key] = Unverified(identity, what, since)
                if what:
                    found.append(self._since[key])
        return found

    def _end(self, missing: Sequence[Unverified]) -> CheckReport:
        reports = list(self._reports.values())
        report = merge_outcomes(reports[-1].checked_at, reports)
        # What SES calls a temporary failure is a warning to `check`, and yet not verified.
        self.exit_code = report.exit_code or int(bool(missing))
        return report


def _update(before: CheckReport, after: CheckReport) -> CheckReport:
    """Put what a check of some domains found in the place of what was known of them."""
    fresh = {(identity.domain, identity.region): identity for identity in after.identities}
    parked = {row.domain: row for row in after.domains}
    domains, regions = {domain for domain, _ in fresh} | parked.keys(), {region for _, region in fresh}
    names = {finding.name for finding in after.findings if finding.domain is None}
    kept = [f for f in before.findings if not _is_replaced(f, domains, regions, names)]
    return CheckReport(
        checked_at=after.checked_at,
        identities=[fresh.get((i.domain, i.region), i) for i in before.identities],
        findings=[*kept, *(f for f in after.findings if f not in kept)],
        domains=[parked.get(row.domain, row) for row in before.domains],
        accounts=_fresher(before.accounts, after.accounts, lambda row: row.region),
        policies=_fresher(before.policies, after.policies, lambda row: row.domain),
        zones=_fresher(before.zones, after.zones, lambda row: row.zone),
    )


def _fresher(before: Sequence[Row], after: Sequence[Row], key: Callable[[Row], str]) -> list[Row]:
    """Put rows of a later check in the place of those that it has again."""
    fresh = {key(row): row for row in after}
    return [fresh.get(key(row), row) for row in before]


def _is_replaced(finding: Finding, domains: Iterable[str], regions: Iterable[str], names: Iterable[str | None]) -> bool:
    if finding.domain is not None:
        return finding.domain in domains
    if finding.region is not None:
        return finding.region in regions
    return finding.name in names or any(is_within(domain, finding.name or "") for domain in domains)
