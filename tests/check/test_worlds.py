"""Each world gives the findings that it says, no other, and its exit code."""

from pathlib import Path

import pytest

from mailproof.check.catalogue import CHECK
from tests.check.world import FOLDER, differences, play, read_world

WORLDS = sorted(FOLDER.glob("*.yaml"))
WITHOUT_A_WORLD = {
    "dns-answer-cached",  # worlds are played with --resolver; tests/check/test_server_comparison.py has it
    "name-server-out-of-step",  # likewise
    "account-unanswered",  # STS answers in all worlds; tests/commands/test_check.py has one in which it does not
}


@pytest.mark.parametrize("path", WORLDS, ids=[path.stem for path in WORLDS])
def test_world_gives_its_findings(path: Path, tmp_path: Path) -> None:
    """What is broken is named on its subject, and nothing else is."""
    world = read_world(path)
    report = play(world, tmp_path)
    assert differences(world["expect"], list(report.findings)) == []
    assert report.exit_code == world["exit"]


def test_the_fix_serves_every_region_of_a_record(tmp_path: Path) -> None:
    """The second region of a shared key has given up, and the one finding has to say what to do there."""
    (finding,) = play(read_world(FOLDER / "dkim-own-key-of-two-regions.yaml"), tmp_path).findings
    assert "start DKIM set-up again" in finding.fix


def test_a_name_beside_mail_is_no_error(tmp_path: Path) -> None:
    """It is judged by the same rules; a warning says that SES does not use it, and the identities are right."""
    report = play(read_world(FOLDER / "mail-from-also-gone.yaml"), tmp_path)
    assert {finding.severity for finding in report.findings} == {"warning"}
    assert all(finding.observed.endswith("SES does not use this name (`also`)") for finding in report.findings)
    assert {row.records for row in report.identities} == {"right"}


@pytest.mark.parametrize(
    ("name", "policy"), [("dmarc-own-asked-for", "none"), ("dmarc-alias-dangling-asked-for", "reject")]
)
def test_a_fix_names_the_policy_that_the_file_asks_for(name: str, policy: str, tmp_path: Path) -> None:
    """A file that asks for reject is not told to publish none."""
    (finding,) = play(read_world(FOLDER / f"{name}.yaml"), tmp_path).findings
    assert f"v=DMARC1; p={policy}" in finding.fix


def test_a_record_that_several_domains_lack_names_them(tmp_path: Path) -> None:
    """One finding for three domains says which."""
    (finding,) = play(read_world(FOLDER / "dmarc-missing-above-three.yaml"), tmp_path).findings
    assert finding.observed == "none, for news.example.com, a.example.com, deep.shop.example.com"


def test_every_rule_has_a_world() -> None:
    """No rule is without a world in which it holds."""
    shown = {want["rule"] for path in WORLDS for want in read_world(path)["expect"]}
    assert {rule.id for rule in CHECK} - shown == WITHOUT_A_WORLD
