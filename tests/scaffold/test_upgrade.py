"""`mailproof upgrade`: from the files of one version to those of the next."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from mailproof.cli import app

OPTIONS = ("--account", "111122223333", "--region", "us-east-1", "--zone", "a.example=Z1", "--domain", "a.example")
FILES = ("requirements.txt", "package.json", "package-lock.json", "environments/schema.json")


def run(*arguments: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(app, arguments)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that this version has begun."""
    monkeypatch.chdir(tmp_path)
    assert run("init", *OPTIONS).exit_code == 0
    return tmp_path


def test_files_of_this_version_stay(here: Path) -> None:
    """They are said to be; so is a folder that has none of them."""
    before = [(here / name).read_bytes() for name in FILES]
    for options in ([], ["--check"]):
        result = run("upgrade", *options)
        assert (result.exit_code, result.stdout) == (0, "all files are of this version\n")
    assert [(here / name).read_bytes() for name in FILES] == before


def test_what_an_older_version_wrote_becomes_that_of_this_one(here: Path) -> None:
    """All four files; lines of other packages stay, and `--check` writes nothing."""
    wanted = {name: (here / name).read_text(encoding="utf-8") for name in FILES}
    for name, text in wanted.items():
        old = text.replace("==", "==0.0.", 1).replace('"2.', '"1.').replace("$defs", "$old")
        (here / name).write_text(old, encoding="utf-8")
    requirements = here / "requirements.txt"
    requirements.write_text(requirements.read_text(encoding="utf-8") + "own-package==7 # mine\n", encoding="utf-8")
    result = run("upgrade", "--check")
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [f"{name}: is of another version" for name in FILES]
    assert run("upgrade").exit_code == 0
    wanted["requirements.txt"] += "own-package==7 # mine\n"
    assert {name: (here / name).read_text(encoding="utf-8") for name in FILES} == wanted


def test_a_list_of_few_pins_gets_no_others(here: Path) -> None:
    """It names what it asks for; pip finds the rest."""
    (here / "requirements.txt").write_text("mailproof[cdk]==0.0.1\npytest==8\n", encoding="utf-8")
    assert run("upgrade").exit_code == 0
    names = [line.partition("==")[0] for line in (here / "requirements.txt").read_text(encoding="utf-8").splitlines()]
    assert names == ["mailproof[cdk]", "pytest"]


def test_what_holds_more_than_ours_is_changed_by_hand(here: Path) -> None:
    """The command is said; the files stay."""
    texts = {
        "requirements.txt": "mailproof==0.0.1 --hash=sha256:00\n",
        "package.json": '{"devDependencies": {"aws-cdk": "2.1", "prettier": "3"}}',
    }
    for name, text in texts.items():
        (here / name).write_text(text, encoding="utf-8")
    result = run("upgrade")
    assert result.exit_code == 1
    assert "requirements.txt has hashes; pin mailproof==" in result.stderr
    assert "npm install --save-dev --save-exact aws-cdk@2." in result.stderr
    assert {name: (here / name).read_text(encoding="utf-8") for name in texts} == texts
