"""Tests of what kept runs say of a domain over time."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from jsonschema import Draft202012Validator

from mailproof.check.changes import Known, Scope, with_changes
from mailproof.check.finding import CheckReport, Finding, Severity
from mailproof.history.kept_run import KeptRun, keep, write_run
from mailproof.history.life import Wanted, build_json, build_table, read_life
from tests.report.samples import finding, identity, report

ROOT = Path(__file__).parents[2]
TOKEN = finding(domain="example.com", region="us-east-1", name="t1._domainkey.example.com")
DMARC = finding("dmarc-missing", domain="example.com", name="_dmarc.example.com")
SILENT = finding("ses-unanswered", Severity.UNKNOWN, region="us-east-1")
UNKNOWN = {"identity": "UNKNOWN", "dkim": "UNKNOWN", "mail_from": "UNKNOWN"}


def _moment(day: int) -> str:
    return f"2026-11-{day:02}T08:30:00+00:00"


def _runs(*days: CheckReport) -> Iterator[KeptRun]:
    """Keep a check a day, each compared with the one before."""
    known: Known | None = None
    for day, made in enumerate(days, 1):
        run = keep(with_changes(replace(made, checked_at=_moment(day)), known, Scope(["prod"])))
        known = run.known
        yield run


def _told(*days: CheckReport, wanted: Wanted | None = None) -> list[tuple[str, int, int, int | None, str]]:
    """Tell each episode with its days."""
    episodes = read_life(_runs(*days), wanted or Wanted()).episodes
    return [
        (one.rule, _day_of(one.first_seen), _day_of(one.last_seen), _day_of(one.gone) if one.gone else None, one.state)
        for one in episodes
    ]


def _day_of(moment: str) -> int:
    return int(moment[8:10])


def _day(*findings: Finding) -> CheckReport:
    return report([identity()], *findings)


def test_a_finding_lives_from_its_first_run_to_the_one_that_misses_it() -> None:
    """One that comes back begins anew."""
    assert _told(_day(TOKEN), _day(TOKEN, DMARC), _day(DMARC), _day(TOKEN, DMARC)) == [
        ("dkim-cname-missing", 1, 2, 3, "gone"),
        ("dmarc-missing", 2, 4, None, "still there"),
        ("dkim-cname-missing", 4, 4, None, "still there"),
    ]


def test_a_run_without_an_answer_ends_nothing() -> None:
    """After it, the finding has been there since before, or is gone only now."""
    unanswered = report([identity(**UNKNOWN)], SILENT)
    assert _told(_day(TOKEN), unanswered) == [
        ("dkim-cname-missing", 1, 1, None, "not judged"),
        ("ses-unanswered", 2, 2, None, "still there"),
    ]
    assert _told(_day(TOKEN), unanswered, _day(TOKEN))[0] == ("dkim-cname-missing", 1, 3, None, "still there")
    assert _told(_day(TOKEN), unanswered, _day())[0] == ("dkim-cname-missing", 1, 1, 3, "gone")


def test_runs_that_were_deleted_change_no_beginning() -> None:
    """Each run knows since when it has what it has."""
    runs = list(_runs(_day(TOKEN), _day(TOKEN), _day(TOKEN)))
    (episode,) = read_life(runs[2:], Wanted()).episodes
    assert episode.first_seen == _moment(1)


def test_one_domain_can_be_looked_at() -> None:
    """Without one, what concerns a region or a zone is told as well."""
    sandbox = finding("account-in-sandbox", Severity.WARNING, region="us-east-1")
    assert [told[0] for told in _told(_day(TOKEN, sandbox), wanted=Wanted(domains=["example.com"]))] == [TOKEN.rule]
    assert len(_told(_day(TOKEN, sandbox))) == 2
    assert _told(_day(TOKEN), wanted=Wanted(environments=["stage"])) == []


def test_both_forms_keep_to_their_schema() -> None:
    """docs/schemas/history.json, and docs/schemas/run.json of the files."""
    runs = list(_runs(_day(TOKEN), _day()))
    for name, text in (("history", build_json(read_life(runs, Wanted()))), ("run", write_run(runs[0]))):
        schema = json.loads((ROOT / f"docs/schemas/{name}.json").read_text(encoding="utf-8"))
        Draft202012Validator(schema).validate(json.loads(text))


def test_a_person_reads_lines() -> None:
    """Titles in words, and how it stands now."""
    text = build_table(read_life(_runs(_day(TOKEN), _day(), _day(DMARC)), Wanted()))
    assert "DKIM CNAME missing, us-east-1, t1._domainkey.example.com" in text
    assert f"gone, {_moment(2)}" in text
    assert "3 runs" in text
    assert text.endswith("in the last, 0 of 1 identities verified, 1 finding not gone.\n")
    assert "mailproof check --history keeps one" in build_table(read_life([], Wanted()))
