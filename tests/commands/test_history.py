"""Checks that are kept: `--history`, and what `mailproof history` says of them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from mailproof.cli import app
from mailproof.exit_codes import USAGE
from tests.commands.world import GET_IDENTITY, IDENTITY, ZONE, Changing, World, world, zones
from tests.fake_aws import refused

TOKEN = "t1._domainkey CNAME t1.dkim.amazonses.com.\n"


@dataclass
class Kept:
    """
    A world whose checks are kept.

    Attributes:
        world: The world.
        dns: Its DNS.
        folder: Where they are kept.
    """

    world: World
    dns: Changing
    folder: Path

    def check(self, *options: str, form: str = "json") -> str:
        """Check, and return the report."""
        return self.world.run("check", "--history", str(self.folder), "--format", form, *options).stdout

    def changes(self, *options: str) -> tuple[list[str], list[str], list[str]]:
        """Check, and return the rules of what is new, gone and not judged."""
        changes = json.loads(self.check(*options))["changes"]
        new, gone, not_judged = ([one["rule"] for one in changes[part]] for part in ("new", "gone", "not_judged"))
        return new, gone, not_judged


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kept]:
    """One identity, one of whose records is missing."""
    dns = Changing(zones(ZONE.replace(TOKEN, "")))
    (tmp_path / "environments").mkdir()
    with world(tmp_path / "environments", monkeypatch, dns) as found:
        yield Kept(found, dns, tmp_path / "runs")


def test_a_domain_has_a_life(kept: Kept) -> None:
    """A record is missing, then SES does not answer, then it is there: only then is the finding gone."""
    assert kept.changes() == (["dkim-cname-missing"], [], [])
    kept.world.aws.answers[GET_IDENTITY] = refused("AccessDeniedException")
    assert kept.changes() == (["ses-unanswered"], [], ["dkim-cname-missing"])
    kept.world.aws.answers[GET_IDENTITY] = (200, IDENTITY)
    kept.dns.world = zones()
    assert kept.changes("--domain", "example.com") == ([], ["ses-unanswered", "dkim-cname-missing"], [])
    arguments = ["history", str(kept.folder), "--domain", "Example.com.", "--format", "json"]
    life: dict[str, Any] = json.loads(CliRunner().invoke(app, arguments).stdout)
    assert [one["state"] for one in life["episodes"]] == ["gone", "gone"]
    assert life["now"] == [{"environment": "prod", "domain": "example.com", "region": "us-east-1", "state": "verified"}]
    assert "3 runs" in CliRunner().invoke(app, arguments[:2]).stdout


@pytest.mark.parametrize("form", ["table", "markdown", "html"])
def test_every_format_says_what_is_other_than_last_time(kept: Kept, form: str) -> None:
    """The first run has nothing to compare with."""
    assert "This is the first run that is kept" in kept.check(form=form)
    kept.dns.world = zones()
    text = kept.check(form=form)
    assert "No findings new, 1 gone, 0 still there" in text


def test_a_damaged_run_is_told_before_anything_is_asked(kept: Kept) -> None:
    """It is named and left alone; nothing is kept beside it."""
    kept.check()
    (file,) = kept.folder.iterdir()
    file.write_text("{", encoding="utf-8")
    kept.world.aws.calls.clear()
    result = kept.world.run("check", "--history", str(kept.folder))
    assert (result.exit_code, kept.world.aws.calls) == (USAGE, [])
    assert f"{file}: is damaged" in result.stderr
    assert list(kept.folder.iterdir()) == [file]


def test_a_run_that_cannot_be_kept_does_not_take_the_report(kept: Kept) -> None:
    """It is said, and the exit code is that of the check if something is wrong."""
    kept.folder.mkdir()
    (kept.folder / "link").symlink_to("nowhere")
    result = kept.world.run("check", "--history", str(kept.folder / "link"), "--format", "json")
    assert json.loads(result.stdout)["findings"][0]["rule"] == "dkim-cname-missing"
    assert "cannot be used" in result.stderr
    assert result.exit_code == 1


def test_old_runs_are_deleted(kept: Kept) -> None:
    """By the age that is asked for, never the last."""
    kept.folder.mkdir()
    kept.check()
    (file,) = kept.folder.iterdir()
    old = file.rename(kept.folder / "run-20260101T000000Z-0000000000000000.json")
    kept.check("--history-keep", "30d")
    assert old not in kept.folder.iterdir()
    assert len(list(kept.folder.iterdir())) == 1
    result = kept.world.run("check", "--history", str(kept.folder), "--history-keep", "soon")
    assert (result.exit_code, "--history-keep" in result.stderr) == (USAGE, True)
