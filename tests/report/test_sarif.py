"""Tests of SARIF, against the schema of the standard."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mailproof.check.finding import CheckReport, Severity
from mailproof.report import sarif
from mailproof.report.sarif import FINGERPRINT, RESULTS_LIMIT, build_sarif
from tests.report.samples import finding, identity, large, mixed, report

SCHEMA = json.loads((Path(__file__).parent / "schemas" / "sarif-2.1.0.json").read_text(encoding="utf-8"))


def _run(made: CheckReport) -> dict[str, Any]:
    document = json.loads(build_sarif(made))
    jsonschema.Draft4Validator(SCHEMA).validate(document)
    run: dict[str, Any] = document["runs"][0]
    return run


@pytest.mark.parametrize("made", [mixed(), large(50), report([]), report()], ids=["mixed", "large", "empty", "clean"])
def test_every_report_fits_the_schema(made: CheckReport) -> None:
    """One result a finding."""
    assert len(_run(made)["results"]) == len(made.findings)


def test_a_result_points_at_the_line_of_its_domain() -> None:
    """A domain's line; the first line for a zone or a region, which the file names in several places."""
    run = _run(mixed())
    lines = {
        result["ruleId"]: (
            result["locations"][0]["physicalLocation"]["artifactLocation"],
            result["locations"][0]["physicalLocation"]["region"]["startLine"],
        )
        for result in run["results"]
    }
    place = {"uri": "environments/prod.yaml", "uriBaseId": "%SRCROOT%"}
    assert lines["dkim-key-1024"] == (place, 18)
    assert lines["dmarc-missing"] == (place, 14)
    assert lines["delegation-missing"] == (place, 1)
    assert lines["account-in-sandbox"] == (place, 1)


def test_a_path_is_relative_to_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An absolute path within becomes relative, with blanks escaped; one outside stays absolute."""
    monkeypatch.chdir(tmp_path)
    subject: dict[str, Any] = {"domain": "example.com", "region": "us-east-1"}
    inside = report([identity(path=str(tmp_path / "my env" / "prod.yaml"))], finding(**subject))
    outside = report([identity(path="/elsewhere/prod.yaml")], finding(**subject))
    uris = [
        _run(made)["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for made in (inside, outside)
    ]
    assert uris == ["my%20env/prod.yaml", "file:///elsewhere/prod.yaml"]


@pytest.mark.parametrize("git", ["folder", "worktree"])
def test_a_path_is_relative_to_the_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, git: str) -> None:
    """Wherever in it the command runs: code scanning knows files by that path alone."""
    if git == "folder":
        (tmp_path / ".git").mkdir()
    else:
        (tmp_path / ".git").write_text("gitdir: elsewhere")
    (tmp_path / "mail" / "environments").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "mail")
    run = _run(report([identity()], finding(domain="example.com", region="us-east-1")))
    artifact = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact == {"uri": "mail/environments/prod.yaml", "uriBaseId": "%SRCROOT%"}
    assert "%SRCROOT%" in run["originalUriBaseIds"]


def test_the_tool_says_where_it_is_explained() -> None:
    """An absolute address."""
    assert _run(report())["tool"]["driver"]["informationUri"].startswith("https://")


def test_levels_follow_severity() -> None:
    """What could not be asked is a warning that says so: code scanning shows nothing below a note."""
    levels = {result["properties"]["severity"]: result["level"] for result in _run(mixed())["results"]}
    assert levels == {"error": "error", "unknown": "warning", "warning": "warning", "info": "note"}


def test_a_rule_comes_once_with_help() -> None:
    """Title, fix and source, and the page where the source can be read."""
    run = _run(mixed())
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules) == 7
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    missing = next(rule for rule in rules if rule["id"] == "dmarc-missing")
    assert missing["shortDescription"]["text"] == "No DMARC record"
    assert missing["helpUri"] == "https://www.rfc-editor.org/rfc/rfc9989.html#section-4.10.1"
    assert "Publish a record" in missing["help"]["text"]
    assert missing["fullDescription"]["text"] != "No DMARC record"


def test_fingerprints_are_stable_and_differ() -> None:
    """Another line or another observation is the same finding; another record is not."""
    made = mixed()
    moved = replace(
        made,
        identities=[replace(one, line=99) for one in made.identities],
        findings=[replace(one, observed="other", expected="other", fix="other") for one in made.findings],
    )
    prints = [result["partialFingerprints"][FINGERPRINT] for result in _run(made)["results"]]
    assert prints == [result["partialFingerprints"][FINGERPRINT] for result in _run(moved)["results"]]
    assert len(set(prints)) == len(made.findings)


def test_more_than_code_scanning_takes_is_cut_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worst are kept."""
    assert RESULTS_LIMIT == 25_000
    monkeypatch.setattr(sarif, "RESULTS_LIMIT", 1_000)
    notes = [finding(severity=Severity.INFO, domain=f"d{number}.test") for number in range(1_000)]
    run = _without_schema(report(None, *notes, finding(domain="example.com")))
    assert len(run["results"]) == 1_000
    assert run["results"][0]["level"] == "error"
    (notification,) = run["invocations"][0]["toolExecutionNotifications"]
    assert notification["message"]["text"].startswith("1 of 1,001 findings are left out")


def _without_schema(made: CheckReport) -> dict[str, Any]:
    run: dict[str, Any] = json.loads(build_sarif(made))["runs"][0]
    return run


def test_a_dns_answer_becomes_no_link() -> None:
    """SARIF viewers turn `[text](target)` into a link."""
    made = report(None, finding(domain="example.com", region="us-east-1", observed="[here](https://evil.test)"))
    assert "](" not in _run(made)["results"][0]["message"]["text"]
