"""Waiting, without waiting: time and looks are scripted."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailproof.check.finding import CheckedIdentity, CheckReport, Finding, Severity, missing_words
from mailproof.check.selection import Selection
from mailproof.check.wait import LONGEST_PAUSE_S, Clock, Unverified, Wait
from mailproof.environments import load_environments
from mailproof.model.environment import Environment

START = datetime(2026, 5, 1, 12, tzinfo=UTC)
FILE = """\
account: "111122223333"
regions: [us-east-1]
zones: {example.com: external}
domains: [{name: example.com}, {name: news.example.com}]
"""
DONE = CheckedIdentity(
    environment="prod",
    account="111122223333",
    domain="example.com",
    region="us-east-1",
    identity="SUCCESS",
    dkim="SUCCESS",
    mail_from="SUCCESS",
    records="right",
    path="prod.yaml",
    line=4,
)
PENDING = replace(DONE, dkim="PENDING")
NEWS = replace(DONE, domain="news.example.com")


def finding(rule: str, severity: Severity = Severity.ERROR, domain: str | None = "example.com") -> Finding:
    """Return a finding about an identity."""
    return Finding(
        rule=rule,
        severity=severity,
        environment="prod",
        domain=domain,
        region="us-east-1",
        name=None,
        type=None,
        expected="",
        observed="",
        fix="fix",
        source="source",
    )


def report(*identities: CheckedIdentity, findings: Sequence[Finding] = ()) -> CheckReport:
    """Return what one look found."""
    return CheckReport(checked_at="now", identities=identities, findings=findings)


class Script:
    """Looks in their order, the last one for ever; and what the wait did."""

    def __init__(self, environment: Environment, *looks: CheckReport) -> None:
        self.environment = environment
        self.looks = list(looks)
        self.selections: list[Selection] = []
        self.told: list[tuple[list[Unverified], float | None]] = []
        self.restarted: list[list[str]] = []
        self.time = START

    def check(self, _environment: Environment, selection: Selection) -> CheckReport:
        """Look."""
        self.selections.append(selection)
        return self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.time += timedelta(seconds=seconds)

    def wait(self) -> Wait:
        """Return the wait."""
        return Wait(
            [self.environment],
            Selection(),
            check=self.check,
            tell=lambda missing, next_s: self.told.append((list(missing), next_s)),
            restart=lambda _, findings: self.restarted.append([found.rule for found in findings]),
            clock=Clock(lambda: self.time, self.sleep),
        )


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    """Two domains in one region."""
    (tmp_path / "prod.yaml").write_text(FILE)
    (found,) = load_environments(tmp_path)
    return found


def test_it_ends_at_once_when_all_is_verified(environment: Environment) -> None:
    """One look, nothing missing, exit code 0."""
    script = Script(environment, report(DONE, NEWS))
    wait = script.wait()
    wait.run(60)
    assert script.told == [([], None)]
    assert (wait.exit_code, script.time) == (0, START)


def test_it_looks_again_at_what_is_missing_alone(environment: Environment) -> None:
    """What is verified is not asked for again, and stays in the report."""
    pending = report(PENDING, NEWS, findings=[finding("dkim-pending")])
    script = Script(environment, pending, report(DONE))
    wait = script.wait()
    outcome = wait.run(600)
    assert [set(selection.domains) for selection in script.selections] == [set(), {"example.com"}]
    assert list(outcome.identities) == [DONE, NEWS]
    assert list(outcome.findings) == []
    assert wait.exit_code == 0


def test_it_says_what_is_missing_and_since_when(environment: Environment) -> None:
    """The time is that of the first look that saw the state."""
    half = replace(PENDING, records="wrong")
    script = Script(environment, report(half, NEWS), report(PENDING), report(PENDING), report(DONE))
    script.wait().run(600)
    told = [(missing[0].what, missing[0].since - START) for missing, _ in script.told if missing]
    assert told == [
        ("DKIM PENDING, records wrong", timedelta()),
        ("DKIM PENDING", timedelta(seconds=10)),
        ("DKIM PENDING", timedelta(seconds=10)),
    ]


def test_pauses_grow_up_to_a_limit(environment: Environment) -> None:
    """SES and name servers are not asked without end."""
    script = Script(environment, report(PENDING, NEWS, findings=[finding("dkim-pending")]))
    script.wait().run(3600)
    pauses = [next_s for _, next_s in script.told if next_s is not None]
    assert pauses[:3] == [10, 15, 22.5]
    assert max(pauses) == LONGEST_PAUSE_S


@pytest.mark.parametrize(
    ("look", "code"),
    [
        (report(PENDING, findings=[finding("dkim-pending")]), 1),
        (report(replace(DONE, dkim="UNKNOWN"), findings=[finding("ses-unanswered", Severity.UNKNOWN)]), 3),
        (report(replace(DONE, dkim="TEMPORARY_FAILURE"), findings=[finding("x", Severity.WARNING)]), 1),
        (report(DONE, findings=[finding("sending-paused", domain=None)]), 1),
    ],
    ids=["missing", "unknown", "not-verified-though-a-warning", "verified-but-wrong"],
)
def test_exit_code_when_the_time_is_up(environment: Environment, look: CheckReport, code: int) -> None:
    """1 if something is missing or wrong, 3 if it could only not be asked."""
    script = Script(environment, look)
    wait = script.wait()
    wait.run(100)
    assert wait.exit_code == code
    assert script.time <= START + timedelta(seconds=100)


def test_a_time_of_nothing_is_one_look(environment: Environment) -> None:
    """A gate that only looks."""
    script = Script(environment, report(PENDING, NEWS))
    script.wait().run(0)
    assert len(script.selections) == 1


def test_each_look_offers_what_it_found_to_be_started_again(environment: Environment) -> None:
    """Whether anything is, is decided elsewhere."""
    failed = report(replace(DONE, dkim="FAILED"), NEWS, findings=[finding("dkim-failed-set-up-again")])
    script = Script(environment, failed, report(PENDING), report(DONE))
    script.wait().run(600)
    assert script.restarted == [["dkim-failed-set-up-again"], [], []]


def test_what_is_missing_in_words() -> None:
    """States that are not asked for are left out."""
    assert missing_words(replace(DONE, mail_from=None)) == ""
    assert missing_words(replace(DONE, identity="MISSING", dkim="MISSING", records="unknown")) == (
        "identity MISSING, DKIM MISSING, records unknown"
    )
