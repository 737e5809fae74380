"""Each world gives the findings that it says, no other, and its exit code; and what a fix names repairs it."""

import functools
import tempfile
from pathlib import Path
from typing import Any

import pytest

from mailproof.check.catalogue import CHECK, SECTIONS
from mailproof.check.finding import CheckReport, Finding
from tests.check.following import follow, is_for_a_machine
from tests.check.world import FOLDER, differences, play, read_world

WORLDS = sorted(FOLDER.glob("*.yaml"))
WITHOUT_A_WORLD = {
    # Found by messages, of which a check sends none; tests/probe/test_probe.py has them.
    *(rule.id for rule in SECTIONS["Messages, per domain and region"]),
    "dns-answer-cached",  # worlds are played with --resolver; tests/check/test_server_comparison.py has it
    "name-server-out-of-step",  # likewise
    "account-unanswered",  # STS answers in all worlds; tests/commands/test_check.py has one in which it does not
}


@functools.cache
def report_of(path: Path) -> CheckReport:
    """Return what a check says of a world; it is played once."""
    with tempfile.TemporaryDirectory() as folder:
        return play(read_world(path), Path(folder))


@pytest.mark.parametrize("path", WORLDS, ids=[path.stem for path in WORLDS])
def test_world_gives_its_findings(path: Path) -> None:
    """What is broken is named on its subject, and nothing else is."""
    world, report = read_world(path), report_of(path)
    assert differences(world["expect"], list(report.findings)) == []
    assert report.exit_code == world["exit"]


@pytest.mark.parametrize("path", WORLDS, ids=[path.stem for path in WORLDS])
def test_the_fix_repairs(path: Path, tmp_path: Path) -> None:
    """A fix is a promise: all that a machine can follow are, one after the other; what is left is for a person."""
    before = report_of(path).findings
    repaired = [finding for finding in before if is_for_a_machine(finding)]
    if not repaired:
        return
    world = read_world(path)
    for finding in repaired:
        follow(world, finding)
    after = play(world, tmp_path).findings
    if any("then publish" in finding.fix for finding in repaired):  # what there is to publish is known only now
        for finding in after:
            follow(world, finding)
        after = play(world, tmp_path).findings
    left = {_subject(finding) for finding in after if finding.rule != "dns-unanswered"}  # asked for only now
    assert left <= {_subject(finding) for finding in before if finding not in repaired}


def _subject(finding: Finding) -> tuple[Any, ...]:
    return (finding.rule, finding.domain, finding.region, finding.name, finding.type)


def test_the_fix_serves_every_region_of_a_record() -> None:
    """The second region of a shared key has given up, and the one finding has to say what to do there."""
    (finding,) = report_of(FOLDER / "dkim-own-key-of-two-regions.yaml").findings
    assert "restart DKIM set-up" in finding.fix


def test_a_name_beside_mail_is_no_error() -> None:
    """It is judged by the same rules; a warning says that SES does not use it, and the identities are right."""
    report = report_of(FOLDER / "mail-from-also-gone.yaml")
    assert {finding.severity for finding in report.findings} == {"warning"}
    assert all(finding.observed.endswith("SES does not use this name (`also`)") for finding in report.findings)
    assert {row.records for row in report.identities} == {"right"}


@pytest.mark.parametrize(
    ("name", "policy"), [("dmarc-own-asked-for", "none"), ("dmarc-alias-dangling-asked-for", "reject")]
)
def test_a_fix_names_the_policy_that_the_file_asks_for(name: str, policy: str) -> None:
    """A file that asks for reject is not told to publish none."""
    (finding,) = report_of(FOLDER / f"{name}.yaml").findings
    assert f"v=DMARC1; p={policy}" in finding.fix


def test_a_record_that_several_domains_lack_names_them() -> None:
    """One finding for three domains says which."""
    (finding,) = report_of(FOLDER / "dmarc-missing-above-three.yaml").findings
    assert finding.observed == "none, for news.example.com, a.example.com, deep.shop.example.com"


def test_every_rule_has_a_world() -> None:
    """No rule is without a world in which it holds."""
    shown = {want["rule"] for path in WORLDS for want in read_world(path)["expect"]}
    assert {rule.id for rule in CHECK} - shown == WITHOUT_A_WORLD
