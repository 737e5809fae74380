"""The next step to enforcement, by evidence; and the one word of the file that it changes."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from mailproof.cli import app
from mailproof.dmarc.aggregate import Report, Verdict
from mailproof.dmarc.ramp import Candidate, Demands, Step, following_stage, next_step
from mailproof.dmarc.ramp import Verdict as Answer
from mailproof.dmarc.reading import Reading
from mailproof.dmarc.sources import Ours
from mailproof.dmarc.stage_edit import write_stages
from mailproof.model.dmarc import Dmarc, DmarcPolicy, DmarcStage
from mailproof.model.errors import InvalidValue
from mailproof.model.resolve import EnvironmentReader
from tests.dmarc.samples import NOW_S, record, report

NOW = datetime.fromtimestamp(NOW_S, UTC)
OURS = Ours(frozenset({"example.com"}), {("example.com", "t1"): "us-east-1"})
SPAM = record(50, aligned=False, by=[Verdict("spam.example", "s", passed=True)])
FORTNIGHT = [report(day, organisation=name) for day in range(1, 15) for name in ("a.example", "b.example")]


def answer(reports: list[Report], dmarc: Dmarc | None = None, ours: Ours = OURS, volume: int = 10) -> Step:
    """Ask for the next step of a domain."""
    candidate = Candidate("example.com", "prod", dmarc or Dmarc())
    return next_step(candidate, reports, ours, NOW, Demands(volume=volume))


def test_it_advances_by_evidence() -> None:
    """To the next stage, with the record before and after; nothing else of the record changes."""
    step = answer(FORTNIGHT, Dmarc(reports=("d@example.com",)))
    assert (step.verdict, step.following, step.reasons) == (Answer.ADVANCE, DmarcStage.QUARANTINE_TEST, ())
    assert step.before == "v=DMARC1; p=none; rua=mailto:d@example.com"
    assert step.after == "v=DMARC1; p=quarantine; rua=mailto:d@example.com; t=y"


@pytest.mark.parametrize(
    ("reports", "reason"),
    [
        pytest.param([], "no report of the last 30 days is about 'v=DMARC1; p=none'", id="none"),
        pytest.param(FORTNIGHT[2:], "reports cover 13 days; 14 are needed", id="a day short"),
        pytest.param(FORTNIGHT[::2], "a.example alone has reported; 2 receivers are needed", id="one receiver"),
        pytest.param(
            [replace(one, begin=one.begin - 4 * 86_400, end=one.end - 4 * 86_400) for one in FORTNIGHT],
            "the youngest report ends 4 days ago; at most 3 are allowed",
            id="old",
        ),
        pytest.param(
            [*FORTNIGHT, report(1, organisation="c.example", lost=2)],
            "29 of 31 records could be read: the others may be of any sender",
            id="records lost",
        ),
        pytest.param(
            [replace(one, policy="reject") for one in FORTNIGHT],
            "28 reports found another policy than p=none",
            id="policy",
        ),
        pytest.param(
            [replace(one, records=(record(by=[Verdict("example.com", "x", passed=True)]),)) for one in FORTNIGHT],
            "no mail in the reports was sent by SES as this domain",
            id="nothing of SES",
        ),
        pytest.param(
            [replace(one, begin=one.begin + 90 * 86_400, end=one.end + 90 * 86_400) for one in FORTNIGHT],
            "no report of the last 30 days is about 'v=DMARC1; p=none'",
            id="of the future",
        ),
        pytest.param(
            [replace(report(1, organisation=name), begin=0) for name in ("a.example", "b.example")],
            "reports cover 7 days; 14 are needed",
            id="one report for decades",
        ),
    ],
)
def test_it_waits_for_evidence(reports: list[Report], reason: str) -> None:
    """Whatever is missing is named."""
    step = answer(reports)
    assert step.verdict is Answer.NOT_ENOUGH
    assert reason in step.reasons


def test_it_holds_for_mail_that_would_be_lost() -> None:
    """Unless the file names the sender as not ours, or it is too small to count."""
    reports = [*FORTNIGHT, report(1, SPAM, organisation="c.example")]
    step = answer(reports)
    assert step.verdict is Answer.HOLD
    assert step.reasons == ("spam.example: 50 of 50 messages are not aligned (unknown)",)
    for named in ("spam.example", "192.0.2.0/24"):
        assert answer(reports, ours=replace(OURS, not_ours={"example.com": (named,)})).verdict is Answer.ADVANCE
    small = answer(reports, volume=51)
    assert (small.verdict, small.small) == (Answer.ADVANCE, 50)


def test_tested_and_enforced_are_two_stages_where_the_report_says_which() -> None:
    """Reports of RFC 7489 do not; then the policy alone counts."""
    quarantine = [replace(one, policy="quarantine") for one in FORTNIGHT]
    tested = Dmarc(DmarcPolicy.QUARANTINE, testing=True)
    assert answer(quarantine, tested).verdict is Answer.ADVANCE
    assert answer([replace(one, testing="n") for one in quarantine], tested).verdict is Answer.NOT_ENOUGH
    assert answer([replace(one, testing="y") for one in quarantine], tested).verdict is Answer.ADVANCE


def test_the_last_stage() -> None:
    """Behind it is nothing."""
    step = answer(FORTNIGHT, Dmarc(DmarcPolicy.REJECT))
    assert (step.verdict, step.following, step.before) == (Answer.DONE, None, step.after)


HEAD = 'account: "111122223333"\nregions: [us-east-1]\nzones: {example.com: {id: Z1}}\n'


def edited(text: str, stages: dict[str, DmarcStage]) -> str:
    """Write stages into a file."""
    return write_stages("prod.yaml", text, stages)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("dmarc: {stage: none, reports: [d@example.com]}", "dmarc: {stage: reject, reports: [d@example.com]}"),
        ("dmarc: { reports: [],  stage:  'none' } # why", "dmarc: { reports: [],  stage:  reject } # why"),
        ("dmarc: {policy: none}", "dmarc: {stage: reject}"),
        (
            "dmarc:\n      # mild\n      policy: none  # as yet\n      fo: '1'",
            "dmarc:\n      # mild\n      stage: reject  # as yet\n      fo: '1'",
        ),
        ('dmarc: {"stage": "none"}\r\n', 'dmarc: {"stage": reject}\r\n'),
    ],
)
def test_one_word_changes(before: str, after: str) -> None:
    """Comments, quotation marks, order and line ends stay."""
    head = f"{HEAD}# ours 😀\ndomains:\n  # the first\n  - name: Example.COM.\n    "
    rest = "\n  - name: b.example.com # é\n"
    assert edited(f"{head}{before}{rest}", {"example.com": DmarcStage.REJECT}) == f"{head}{after}{rest}"


def test_a_stage_that_several_share() -> None:
    """All of them advance, or none does."""
    text = f"{HEAD}defaults: {{dmarc: {{stage: none}}}}\ndomains: [{{name: example.com}}, {{name: b.example.com}}]\n"
    with pytest.raises(InvalidValue, match=r"prod\.yaml:4 holds for b\.example\.com as well; give the domain"):
        edited(text, {"example.com": DmarcStage.REJECT})
    both = edited(text, dict.fromkeys(("example.com", "b.example.com"), DmarcStage.REJECT))
    assert both == text.replace("none", "reject")


@pytest.mark.parametrize("dmarc", ["{policy: quarantine, testing: true}", "{policy: quarantine, testing: false}"])
def test_a_stage_in_two_places_is_left_to_a_person(dmarc: str) -> None:
    """One word does not say it."""
    text = f"{HEAD}domains: [{{name: example.com, dmarc: {dmarc}}}]\n"
    with pytest.raises(InvalidValue, match="change it by hand"):
        edited(text, {"example.com": DmarcStage.REJECT})


@settings(max_examples=20)
@given(st.lists(st.sampled_from(DmarcStage), min_size=1, max_size=4), st.data())
def test_writing_and_reading_agree(stages: list[DmarcStage], data: st.DataObject) -> None:
    """Each domain has the stage that was written, or its old one."""
    lines = [f"- {{name: d{n}.example.com, dmarc: {{stage: {stage}, fo: '1'}}}}\n" for n, stage in enumerate(stages)]
    text = f"{HEAD}domains:\n{''.join(lines)}"
    chosen = data.draw(st.sets(st.integers(0, len(stages) - 1)))
    wanted = {f"d{n}.example.com": new for n in chosen if (new := following_stage(stages[n]))}
    found = EnvironmentReader("prod.yaml", edited(text, wanted)).environment
    assert found
    expected = [wanted.get(f"d{n}.example.com", stage) for n, stage in enumerate(stages)]
    assert [domain.dmarc.stage for domain in found.domains if domain.dmarc] == expected


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It changes the file only when told to, and then says what comes next."""
    text = f"{HEAD}domains:\n- {{name: example.com, dmarc: {{stage: none}}}} # ours\n- {{name: b.example.com}}\n"
    path = tmp_path / "prod.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    monkeypatch.setattr("mailproof.commands.dmarc_next.read_files", lambda _: Reading(tuple(_recent())))
    monkeypatch.setattr("mailproof.commands.dmarc_next.know_ours", lambda *_, **__: OURS)
    command = ["dmarc", "next", "reports", "--environments", str(tmp_path)]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    assert "example.com (prod): advance" in result.stdout
    assert '  + _dmarc.example.com. 1800 IN TXT "v=DMARC1; p=quarantine; t=y"' in result.stdout
    assert path.read_text("utf-8-sig") == text
    result = CliRunner().invoke(app, [*command, "--write", "--format", "json"])
    (step,) = json.loads(result.stdout)["steps"]
    assert (step["verdict"], step["written"], step["next_stage"]) == ("advance", True, "quarantine-test")
    assert path.read_bytes() == b"\xef\xbb\xbf" + text.replace("none", "quarantine-test").encode()
    assert "then: mailproof rollout run prod" in result.stderr
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 3
    assert "28 reports found another policy than p=quarantine; t=y" in result.stdout
    result = CliRunner().invoke(app, [*command, "--domain", "b.example.com"])
    assert (result.exit_code, result.stderr) == (
        2,
        "b.example.com: the file has no `dmarc` whose stage could be changed\n",
    )


def _recent() -> list[Report]:
    """Return the same reports, of the days before today."""
    late = int(datetime.now(UTC).timestamp()) - NOW_S
    return [replace(one, begin=one.begin + late, end=one.end + late) for one in FORTNIGHT]
