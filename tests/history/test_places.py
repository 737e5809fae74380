"""Tests of the places where runs are kept."""

import itertools
import json
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailproof.check.changes import Scope, with_changes
from mailproof.check.finding import CheckReport
from mailproof.exit_codes import UNANSWERED, USAGE
from mailproof.history.kept_run import HistoryError, keep, write_run
from mailproof.history.places import History, open_history
from mailproof.localaws import LocalAws
from tests.fake_aws import FakeAws
from tests.report.samples import CHECKED_AT, finding, identity, mixed, report

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
_numbers = itertools.count(1)


@pytest.fixture(params=["folder", "bucket"])
def history(request: pytest.FixtureRequest, tmp_path: Path, emulator: LocalAws) -> History:
    """Return one in either place, empty."""
    if request.param == "folder":
        return open_history(str(tmp_path / "new" / "runs"), lambda: None)
    client, bucket = emulator.client("s3", "555555555555"), f"reports-{next(_numbers)}"
    for name in (bucket, f"{bucket}-other"):
        client.create_bucket(Bucket=name)
    client.put_object(Bucket=f"{bucket}-other", Key="runs/prod/run-20261124T083000Z-0000000000000000.json", Body=b"x")
    return open_history(f"s3://{bucket}/runs/prod/", lambda: client)


def _run(day: int, made: CheckReport | None = None) -> CheckReport:
    return replace(made or mixed(), checked_at=f"2026-11-{day:02}T08:30:00+00:00")


def test_the_last_run_comes_back_as_it_was(history: History) -> None:
    """Findings with their times, and those that were not judged: the next check compares itself with both."""
    assert history.latest() is None
    history.add(_run(3))
    first = with_changes(_run(2), None, Scope(["prod", "stage"]))
    second = with_changes(_run(4, report()), None, Scope(["prod"]))
    assert second.changes is not None
    unjudged = list(first.findings[:1])
    history.add(replace(second, changes=replace(second.changes, not_judged=unjudged)))
    history.add(first)
    last = history.latest()
    assert last is not None
    assert (last.checked_at, last.known.findings) == ("2026-11-04T08:30:00+00:00", tuple(unjudged))
    assert [run.checked_at[8:10] for run in history.runs()] == ["02", "03", "04"]
    assert list(next(history.runs()).findings) == list(first.findings)


def test_old_runs_go_and_the_last_stays(history: History) -> None:
    """However old it is: without it nothing could be compared."""
    for day in (1, 2, 20):
        history.add(_run(day))
    assert history.drop_older(timedelta(days=7), NOW) == 2
    assert history.drop_older(timedelta(0), NOW) == 0
    assert len(history.names()) == 1


def test_a_folder_is_for_its_owner_alone_and_holds_whole_files(tmp_path: Path) -> None:
    """Other files in it are left alone."""
    folder = tmp_path / "runs"
    kept = open_history(str(folder), lambda: None)
    kept.add(report())
    (folder / "notes.txt").write_text("of a person", encoding="utf-8")
    (folder / ".run-20261124T083000Z-0000000000000000.json.partial").write_text("{", encoding="utf-8")
    (name,) = kept.names()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is damaged"),
        ("\x00\xff", "is damaged"),
        ('{"kind": "mailproof check run"', "is damaged"),
        ('{"kind": "mailproof check run", "version": 1}', "is damaged (checked_at: Field required)"),
        ('{"kind": "mailproof check run", "version": 2}', "was kept by a later mailproof (format 2; this one reads 1)"),
        ("[]", "is not a run that mailproof has kept"),
        ('{"version": 1}', "is not a run that mailproof has kept"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, text: str, words: str) -> None:
    """With what to do about it; nothing is deleted."""
    file = tmp_path / "run-20261124T083000Z-0000000000000000.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(HistoryError) as caught:
        open_history(str(tmp_path), lambda: None).latest()
    assert str(caught.value).startswith(f"{file}: {words}")
    assert caught.value.exit_code == USAGE
    assert file.exists()


def test_what_a_later_version_adds_to_the_same_format_is_left_aside(tmp_path: Path) -> None:
    """Fields may be added."""
    kept = open_history(str(tmp_path), lambda: None)
    kept.add(report([identity()], finding()))
    file = tmp_path / kept.names()[0]
    text = json.loads(file.read_text(encoding="utf-8"))
    text |= {"later": 1, "findings": [{**text["findings"][0], "later": [1]}]}
    file.write_text(json.dumps(text), encoding="utf-8")
    last = kept.latest()
    assert last is not None
    assert (last.checked_at, last.findings[0].rule) == (CHECKED_AT, "dkim-cname-missing")


@pytest.mark.parametrize("text", ["s3://", "s3://Not_a_bucket/x", "s3:///x"])
def test_an_address_that_is_none_is_refused(text: str) -> None:
    """Before anything is asked."""
    with pytest.raises(HistoryError, match="write s3://BUCKET/PREFIX"):
        open_history(text, lambda: None)


def test_a_file_in_the_place_of_a_folder_is_refused(tmp_path: Path) -> None:
    """It is left as it is."""
    (tmp_path / "file").touch()
    with pytest.raises(HistoryError, match="is a file; name a folder"):
        open_history(str(tmp_path / "file"), lambda: None)


def test_a_bucket_that_does_not_answer_is_unanswered() -> None:
    """It says why, and is not taken for empty."""

    def refuse() -> None:
        raise OSError("no route")

    with pytest.raises(HistoryError) as caught:
        open_history("s3://reports", refuse).latest()
    assert str(caught.value) == "s3://reports/: could not be asked (no connection (no route))"
    assert caught.value.exit_code == UNANSWERED


def test_the_calls_are_those_of_s3() -> None:
    """As boto3 takes them, and as it reads the answers."""
    aws = FakeAws()
    client = aws.client("s3")
    kept = open_history("s3://reports/runs", lambda: client)
    aws.answers |= {"* s3 PUT /runs/run-*": (200, ""), "* s3 DELETE /runs/run-*": (204, "")}
    kept.add(mixed())
    name = aws.calls[-1].rpartition("/")[2]
    listed = f"<Contents><Key>runs/{name}</Key></Contents><Contents><Key>runs/{name[:-6]}f.json</Key></Contents>"
    aws.answers["s3 GET "] = (200, f"<ListBucketResult>{listed}</ListBucketResult>")
    aws.answers["* s3 GET /runs/run-*"] = (200, write_run(keep(report())))
    assert (last := kept.latest()) is not None
    assert last.checked_at == CHECKED_AT
    assert kept.drop_older(timedelta(0), NOW) == 1
    assert [call.split()[2] for call in aws.calls] == ["PUT", "GET", "GET", "GET", "DELETE"]
