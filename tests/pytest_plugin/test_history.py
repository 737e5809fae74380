"""Nothing that is live at a git ref is lost."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from mailproof.model.key_file import build_key_file
from mailproof.model.own_key import OwnKey
from mailproof.testing.snapshots import EnvironmentSnapshot
from tests.model.keys import PUBLIC_KEY, SECRET, VERSION

pytest_plugins = ["pytester"]

Edit = Callable[[str, str], None]
US_EAST_1 = "identity 'example.com' in us-east-1 of account 111122223333"
PLACE = "IdentityExampleCom19CB0CFC of stack 'mailproof-prod-ses-us-east-1' in us-east-1 of account 111122223333"


def git(folder: Path, *arguments: str) -> None:
    """Run git as somebody."""
    somebody = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *somebody, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture(autouse=True)
def _committed(repository: Path) -> None:
    """The example as the first commit of a repository."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed; a ref is read from it")
    git(repository, "init", "--initial-branch=main")
    git(repository, "add", ".")
    git(repository, "commit", "--message=first")


def since(pytester: pytest.Pytester, ref: str, *arguments: str) -> pytest.RunResult:
    """Run the comparison alone."""
    return pytester.runpytest_inprocess("environments", f"--mailproof-since={ref}", "-k", "since", *arguments)


def test_an_unchanged_repository_has_lost_nothing(pytester: pytest.Pytester) -> None:
    """The environments of the ref are those of the folder."""
    since(pytester, "main").assert_outcomes(passed=1, deselected=6)


def test_what_is_added_or_changed_in_place_is_no_loss(edit: Edit, pytester: pytest.Pytester) -> None:
    """A new domain, another region and another policy leave everything else as it is."""
    edit("domains:\n", "domains:\n  - name: new.example.com\n")
    edit("policy: reject", "policy: none")
    edit("regions: [us-east-1, eu-west-1]", "regions: [us-east-1, eu-west-1, eu-west-2]")
    since(pytester, "main").assert_outcomes(passed=1, deselected=6)


def test_own_keys_of_the_ref_are_read_beside_its_files(edit: Edit, repository: Path, pytester: pytest.Pytester) -> None:
    """Without them the environments of then could not be read."""
    edit("domains:\n", "domains:\n  - {name: keys.example.com, regions: [us-east-1], dkim: {key: own}}\n")
    keys = build_key_file({"keys.example.com": (OwnKey("s1", PUBLIC_KEY, SECRET, VERSION, ("us-east-1",)),)})
    (repository / "environments/prod.keys.json").write_text(keys)
    git(repository, "add", ".")
    git(repository, "commit", "--message=second")
    since(pytester, "main").assert_outcomes(passed=1, deselected=6)


def test_fails_on_a_region_that_is_gone(edit: Edit, pytester: pytest.Pytester) -> None:
    """Identity and records are named, each once, with the switch that allows it."""
    edit("regions: [us-east-1, eu-west-1]", "dns_region: us-east-1\nregions: [eu-west-1]")
    result = since(pytester, "main")
    result.assert_outcomes(failed=1, deselected=6)
    gone = [line for line in result.outlines if "now is gone" in line and " was " in line]
    advice = "now is gone; put it back, or allow it with --mailproof-allow="
    assert f"{US_EAST_1} was {PLACE} at main, {advice}example.com" in gone
    assert len(set(gone)) == 6
    assert any(line.startswith("MX record 'bounce.us-east-1.example.com' in zone ") for line in gone)


def test_a_loss_can_be_allowed(edit: Edit, pytester: pytest.Pytester) -> None:
    """What a person means to remove is named on the command line."""
    edit("  - name: news.example.com\n    regions: [eu-west-1]\n    mail_from: bounce\n", "")
    since(pytester, "main").assert_outcomes(failed=1, deselected=6)
    since(pytester, "main", "--mailproof-allow=news.example.com").assert_outcomes(passed=1, deselected=6)


def test_fails_on_an_environment_with_another_name(repository: Path, pytester: pytest.Pytester) -> None:
    """Its stacks have other names, so everything would be made a second time."""
    (repository / "environments/prod.yaml").rename(repository / "environments/production.yaml")
    result = since(pytester, "main")
    now = PLACE.replace("mailproof-prod-", "mailproof-production-")
    second = "CloudFormation makes it a second time: keep logical id and stack"
    result.stdout.fnmatch_lines([f"{US_EAST_1} was {PLACE} at main, now is {now}; {second}"])


def test_fails_on_a_logical_id_that_an_upgrade_has_changed(repository: Path, pytester: pytest.Pytester) -> None:
    """What is recorded at the ref counts, not only what today's version makes of its files."""
    recorded = repository / "environments/snapshots/prod/ses-us-east-1.json"
    text = recorded.read_text(encoding="utf-8")
    recorded.write_text(text.replace("IdentityExampleCom19CB0CFC", "IdentityOfAnEarlierVersion"), encoding="utf-8")
    git(repository, "commit", "--all", "--message=as an earlier version recorded it")
    result = since(pytester, "main")
    was = PLACE.replace("IdentityExampleCom19CB0CFC", "IdentityOfAnEarlierVersion")
    result.stdout.fnmatch_lines([f"{US_EAST_1} was {was} at main, now is {PLACE}; *"])


def test_a_ref_without_environments_has_nothing_to_lose(repository: Path, pytester: pytest.Pytester) -> None:
    """The first commit of a repository may come before them."""
    git(repository, "rm", "-r", "--cached", "environments")
    git(repository, "commit", "--message=no environments yet")
    since(pytester, "HEAD").assert_outcomes(passed=1, deselected=6)


def test_fails_on_a_ref_that_is_not_there(pytester: pytest.Pytester) -> None:
    """Git's own words say what is wrong."""
    since(pytester, "mian").stdout.fnmatch_lines(["git ls-tree failed: fatal: Not a valid object name mian"])


def test_fails_on_files_of_the_ref_that_cannot_be_read(repository: Path, edit: Edit, pytester: pytest.Pytester) -> None:
    """They are named with the ref."""
    edit("zones:", "zoness:")
    git(repository, "commit", "--all", "--message=a mistake")
    edit("zoness:", "zones:")
    result = since(pytester, "HEAD")
    result.stdout.fnmatch_lines(["HEAD:environments/prod.yaml:4: zoness: is not a key here; did you mean 'zones'?"])


def test_the_snapshots_of_the_ref_are_whole(repository: Path) -> None:
    """What is recorded can be read back as stacks, by the class that the comparison uses."""
    assert len(EnvironmentSnapshot(repository / "environments/snapshots/prod").read()) == 5
