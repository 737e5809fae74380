"""Checks that keep what SES has said: `--state` and `--max-age`."""

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.check.world_aws import listed
from tests.commands.world import FILE, GET_IDENTITY, IDENTITY, ZONE, Changing, World, world, zones
from tests.fake_aws import CALLER, refused

LIST = "ses POST /v2/email/list-identities"
LONG_AGO = "2026-01-02T03:04:05+00:00"


@dataclass
class Kept:
    """
    A world that is checked again and again.

    Attributes:
        world: The world.
        dns: Its DNS.
        file: The state file.
    """

    world: World
    dns: Changing
    file: Path

    def check(self, *options: str) -> tuple[int, dict[str, Any], bool]:
        """Check; return exit code, report, and whether the identity was asked for."""
        self.world.aws.calls.clear()
        result = self.world.run("check", "--state", str(self.file), "--format", "json", *options)
        asked = f"us-east-1 {GET_IDENTITY}" in self.world.aws.calls
        return result.exit_code, json.loads(result.stdout), asked

    def age(self) -> None:
        """Let what is kept have been asked for long ago."""
        with closing(sqlite3.connect(self.file)) as file, file:
            file.execute("UPDATE identities SET asked_at = ?", [LONG_AGO])


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kept]:
    """One identity that is verified, and whose records are right."""
    dns = Changing(zones())
    with world(tmp_path, monkeypatch, dns) as found:
        found.aws.answers[LIST] = (200, {"EmailIdentities": [listed("example.com")]})
        yield Kept(found, dns, tmp_path / "state")


def rules(report: dict[str, Any]) -> list[str]:
    """Return the rules of the findings."""
    return [finding["rule"] for finding in report["findings"]]


def test_the_second_check_asks_for_nothing_that_is_verified(kept: Kept) -> None:
    """It says when SES was asked, and never that this was now."""
    assert kept.check()[::2] == (0, True)
    kept.age()
    code, report, asked = kept.check("--max-age", "9999d")
    assert (code, asked) == (0, False)
    assert report["identities"][0]["asked_at"] == report["asked_from"] == report["asked_until"] == LONG_AGO
    assert report["checked_at"] > LONG_AGO


@pytest.mark.parametrize("form", ["table", "markdown", "html"])
def test_every_format_says_when_ses_was_asked(kept: Kept, form: str) -> None:
    """If that was before the check began."""
    words = f"SES asked between {LONG_AGO} and {LONG_AGO}"
    options = ("check", "--state", str(kept.file), "--max-age", "9999d", "--format", form)
    assert "SES asked" not in re.sub(r"<script.*?</script>", "", kept.world.run(*options).stdout, flags=re.DOTALL)
    kept.age()
    assert words in kept.world.run(*options).stdout


def test_what_is_too_old_is_asked_for(kept: Kept) -> None:
    """A day, unless another age is named; 0 asks for all."""
    kept.check()
    assert not kept.check()[2]
    assert kept.check("--max-age", "0")[2]
    kept.age()
    assert kept.check()[2]


@pytest.mark.parametrize("age", ["24", "1w", "-1h", "1.5h", "", "1 h", "9999999d"])
def test_what_is_no_age_is_a_usage_error(kept: Kept, age: str) -> None:
    """Nothing is asked."""
    result = kept.world.run("check", "--state", str(kept.file), "--max-age", age)
    assert (result.exit_code, result.stdout, kept.world.aws.calls) == (2, "", [])


def test_nothing_wrong_is_said_by_old_facts(kept: Kept) -> None:
    """SES is asked anew for what they would call wrong: the file may have changed, and the deployment with it."""
    kept.check()
    (kept.world.folder / "prod.yaml").write_text(FILE.replace("mail_from: bounce", "mail_from: mail"))
    mail_from = {"MailFromDomain": "mail.example.com", "MailFromDomainStatus": "SUCCESS"}
    kept.world.aws.answers[GET_IDENTITY] = (200, {**IDENTITY, "MailFromAttributes": mail_from})
    kept.dns.world = zones(ZONE.replace("bounce ", "mail "))
    code, report, asked = kept.check()
    assert (code, rules(report), asked) == (0, [], True)


def test_dns_is_asked_each_time_and_ses_about_what_it_breaks(kept: Kept) -> None:
    """Until the check finds nothing any more: SES may have changed its mind meanwhile."""
    kept.check()
    kept.dns.world = zones(ZONE.replace("bounce MX", "other MX"))
    code, report, asked = kept.check()
    assert (code, rules(report), asked) == (1, ["mail-from-mx-missing"], True)
    kept.dns.world = zones()
    failed = {**IDENTITY["MailFromAttributes"], "MailFromDomainStatus": "FAILED"}  # type: ignore[dict-item]
    kept.world.aws.answers[GET_IDENTITY] = (200, {**IDENTITY, "MailFromAttributes": failed})
    code, report, asked = kept.check()
    assert (code, rules(report), asked) == (1, ["mail-from-failed-set-up-again"], True)
    kept.world.aws.answers[GET_IDENTITY] = (200, IDENTITY)
    assert kept.check()[::2] == (0, True)
    assert kept.check()[::2] == (0, False)


def test_what_is_kept_does_not_hide_that_a_region_answers_nothing(kept: Kept) -> None:
    """One finding for the region, as without a file, and not one for each identity that was asked for."""
    kept.check()
    others = "".join(f"- {{name: {name}.example.com, mail_from: none}}\n" for name in ("a", "b"))
    (kept.world.folder / "prod.yaml").write_text(FILE + others)
    kept.world.aws.answers["* ses GET /v2/email/identities/?.example.com"] = refused("AccessDeniedException")
    _, report, _ = kept.check()
    unanswered = [finding["domain"] for finding in report["findings"] if finding["rule"] == "ses-unanswered"]
    assert unanswered == [None]


def test_an_identity_that_is_gone_is_missing(kept: Kept) -> None:
    """However well it was."""
    kept.check()
    kept.world.aws.answers[LIST] = (200, {"EmailIdentities": []})
    kept.world.aws.answers[GET_IDENTITY] = (404, {"__type": "NotFoundException"})
    code, report, _ = kept.check()
    assert (code, rules(report), report["identities"][0]["identity"]) == (1, ["identity-missing"], "MISSING")


def test_nothing_is_kept_of_an_account_that_nobody_has_named(kept: Kept) -> None:
    """The credentials may be those of another."""
    kept.world.aws.answers[CALLER] = (403, "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>")
    kept.check()
    assert kept.check()[2]


def test_another_file_is_refused_before_anything_is_asked(kept: Kept) -> None:
    """Exit code 2, one line, and the file as it was."""
    kept.file.write_text("mine\n")
    result = kept.world.run("check", "--state", str(kept.file))
    assert (result.exit_code, result.stdout, kept.world.aws.calls) == (2, "", [])
    assert result.stderr.startswith(f"{kept.file}: is not a state file of mailproof; name a file")
    assert kept.file.read_text() == "mine\n"


def test_the_variable_names_the_file_of_every_command(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """The gate of a rollout is a `wait` of its own."""
    monkeypatch.setenv("MAILPROOF_STATE", str(kept.file))
    for command in ("wait", "check"):
        kept.world.aws.calls.clear()
        assert kept.world.run(command).exit_code == 0
    assert f"us-east-1 {GET_IDENTITY}" not in kept.world.aws.calls


def test_an_interrupt_says_how_to_go_on(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 130."""
    monkeypatch.setattr("mailproof.check.run.Checker.check", _interrupt)
    result = kept.world.run("check", "--state", str(kept.file))
    assert result.exit_code == 130
    assert "to continue, run the same command again: mailproof" in result.stderr


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
