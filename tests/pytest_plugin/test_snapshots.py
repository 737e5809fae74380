"""Snapshots: what is recorded, and what is said of a change."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from mailproof.testing.snapshots import DIFF_LINES_LIMIT, LINE_LIMIT, EnvironmentSnapshot, format_json

pytest_plugins = ["pytester"]

Edit = Callable[[str, str], None]
RECORDED = "environments/snapshots"
ADVICE = "run pytest --mailproof-update, then review and commit what it writes"


def test_a_snapshot_is_a_template_a_stack(repository: Path) -> None:
    """Files are named after stacks, hold templates, and have nothing of CDK's bootstrap check."""
    folder = repository / RECORDED / "prod"
    names = {"dns", "dns-999988887777", "dns-999988887777-eu-west-1", "ses-us-east-1", "ses-eu-west-1"}
    assert {f"{name}.json" for name in (*names, "stacks")} == {path.name for path in folder.iterdir()}
    for name in names:
        template = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        assert {"Description", "Resources"} <= template.keys() <= {"Description", "Resources", "Outputs"}


def test_what_a_template_does_not_say_is_recorded_as_well(repository: Path) -> None:
    """Account, region, name, order, tags and protection of a stack are in a file of their own."""
    heads = json.loads((repository / RECORDED / "prod/stacks.json").read_text(encoding="utf-8"))
    assert {
        "path": "prod/dns-999988887777-eu-west-1",
        "name": "mailproof-prod-dns-999988887777-eu-west-1",
        "account": "999988887777",
        "region": "eu-west-1",
        "after": ["prod/ses-eu-west-1"],
        "termination_protection": True,
        "tags": {"cost-centre": "mail"},
    } in heads


def test_fails_without_a_snapshot(repository: Path, pytester: pytest.Pytester) -> None:
    """Nothing is recorded unasked: a run of CI would pass whatever the templates are."""
    shutil.rmtree(repository / RECORDED)
    result = pytester.runpytest_inprocess("environments/staging.yaml::snapshot")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"environments/snapshots/staging holds no snapshot yet; {ADVICE}"])
    assert not (repository / RECORDED).exists()


def test_a_change_is_shown_as_a_diff(edit: Edit, pytester: pytest.Pytester) -> None:
    """The failure names the file and shows the record before and after."""
    edit("policy: reject", "policy: quarantine")
    result = pytester.runpytest_inprocess("environments/prod.yaml::snapshot")
    result.stdout.fnmatch_lines(
        [
            f"dns.json in environments/snapshots/prod differ from what is synthesised; if this is intended, {ADVICE}",
            "--- dns.json, recorded",
            "+++ dns.json, now",
            '*"Name": "_dmarc.example.com.",',
            '-*"*v=DMARC1; p=reject; rua=mailto:dmarc@example.com*"*',
            '+*"*v=DMARC1; p=quarantine; rua=mailto:dmarc@example.com*"*',
        ]
    )


def test_a_long_change_is_cut(edit: Edit, pytester: pytest.Pytester) -> None:
    """A change of every file does not fill the screen."""
    edit("tags: {cost-centre: mail}", "record_sets: grouped")
    result = pytester.runpytest_inprocess("environments/prod.yaml::snapshot")
    shown = [line for line in result.outlines if line.startswith(("--- ", "… "))]
    assert shown[0] == "--- dns-999988887777-eu-west-1.json, recorded"
    assert shown[-1].endswith(" more lines")
    assert result.outlines.index(shown[-1]) - result.outlines.index(shown[0]) == DIFF_LINES_LIMIT


def test_update_records_what_has_changed(repository: Path, edit: Edit, pytester: pytest.Pytester) -> None:
    """Files that differ are written, those of stacks that are gone removed, the others left alone; each is named."""
    edit("regions: [us-east-1, eu-west-1]", "dns_region: us-east-1\nregions: [eu-west-1]")
    result = pytester.runpytest_inprocess("--mailproof-update", "environments")
    result.assert_outcomes(passed=6)
    assert [
        f"mailproof removed {RECORDED}/prod/ses-us-east-1.json",
        f"mailproof wrote {RECORDED}/prod/stacks.json",
    ] == [line for line in result.outlines if line.startswith("mailproof ")]
    assert not (repository / RECORDED / "prod/ses-us-east-1.json").exists()
    pytester.runpytest_inprocess("environments").assert_outcomes(passed=6)


def test_the_order_of_the_file_does_not_matter(edit: Edit, pytester: pytest.Pytester) -> None:
    """A domain that moves within its file changes no snapshot."""
    news = "  - name: news.example.com\n    regions: [eu-west-1]\n    mail_from: bounce\n"
    edit(news, "")
    edit("domains:\n", f"domains:\n{news}")
    pytester.runpytest_inprocess("environments/prod.yaml").assert_outcomes(passed=2)


def test_snapshots_of_an_environment_that_is_gone_are_left_over(repository: Path, pytester: pytest.Pytester) -> None:
    """They are named, and removed by an update."""
    (repository / "environments/staging.yaml").unlink()
    result = pytester.runpytest_inprocess("environments")
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines([f"environments/snapshots/staging: the environment is gone; {ADVICE}"])
    pytester.runpytest_inprocess("environments", "--mailproof-update").assert_outcomes(passed=4)
    assert not (repository / RECORDED / "staging").exists()


def test_the_context_of_cdk_json_applies(repository: Path, pytester: pytest.Pytester) -> None:
    """A bootstrap qualifier changes the role that another account assumes, so it belongs into the snapshot."""
    (repository / "cdk.json").write_text('{"context": {"@aws-cdk/core:bootstrapQualifier": "mail"}}', encoding="utf-8")
    result = pytester.runpytest_inprocess("environments/prod.yaml::snapshot")
    result.stdout.fnmatch_lines(["-*cdk-hnb659fds-cfn-exec-role-*", "+*cdk-mail-cfn-exec-role-*"])


@pytest.mark.usefixtures("repository")
def test_syrupy_leaves_the_snapshots_alone(pytester: pytest.Pytester) -> None:
    """Its update removes what none of its own tests has used, from folders of the name that it looks for."""
    result = pytester.runpytest_inprocess("-p", "syrupy", "--snapshot-update")
    result.assert_outcomes(passed=8)
    result.stdout.no_fnmatch_line("*unused*")


def test_a_snapshot_can_be_read_back(repository: Path) -> None:
    """Recording what was read changes nothing."""
    snapshot = EnvironmentSnapshot(repository / RECORDED / "prod")
    assert snapshot.update(snapshot.read()) == []


@pytest.mark.parametrize(
    "value",
    [{}, [], "ü", {"a": {"b": [1, None, True]}}, {"a": ["x" * LINE_LIMIT, {"b": "y" * LINE_LIMIT}], "c": {}}],
    ids=["empty mapping", "empty list", "text", "one line", "many lines"],
)
def test_formatted_json_is_json(value: object) -> None:
    """Line breaks change the look alone."""
    assert value == json.loads(format_json(value))


def test_what_fits_on_a_line_stands_on_one() -> None:
    """A record's name is a line, whatever it is joined from."""
    value = {"long": ["x" * LINE_LIMIT], "Name": {"Fn::Join": ["", [{"Fn::GetAtt": ["Identity", "A"]}, "."]]}}
    assert '  "Name": {"Fn::Join": ["", [{"Fn::GetAtt": ["Identity", "A"]}, "."]]}' in format_json(value).splitlines()
