"""`mailproof init`: what it writes, what it leaves alone, and what it asks."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from mailproof.change.errors import CommandError
from mailproof.cli import app
from mailproof.environments import load_environments
from mailproof.model.placement import plan_stacks
from mailproof.scaffold.files import NewFile
from mailproof.scaffold.write import write_all

ISSUED = (
    *("--account", "111122223333", "--region", "us-east-1", "--region", "eu-west-1", "--domain", "own.example"),
    *("--zone", "own.example=Z0123456789EXAMPLE", "--zone", "other.example=external"),
)
WRITTEN = {
    *("environments/prod.yaml", "environments/schema.json", "app.py", "cdk.json", "requirements.txt", "package.json"),
    *("package-lock.json", "pytest.ini", ".gitignore"),
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to be in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def init(*options: str) -> Result:
    """Run the command without a terminal."""
    return CliRunner().invoke(app, ["init", *options])


def files(folder: Path) -> set[str]:
    """Return every file below a folder."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_an_empty_folder_gets_all_that_is_needed(here: Path) -> None:
    """The environment is the one asked for; each file is named; the commands that follow have its account and name."""
    result = init(*ISSUED)
    assert (result.exit_code, result.stderr) == (0, "")
    assert files(here) == WRITTEN
    assert all(f"{name}: written" in result.stdout.splitlines() for name in WRITTEN)
    (made,) = load_environments(here / "environments")
    assert (made.name, made.account, made.regions) == ("prod", "111122223333", ("us-east-1", "eu-west-1"))
    assert {name: zone.id for name, zone in made.zones.items()} == {
        "own.example": "Z0123456789EXAMPLE",
        "other.example": None,
    }
    assert len(list(plan_stacks(made))) == 3
    assert "npx cdk bootstrap aws://111122223333/us-east-1 aws://111122223333/eu-west-1" in result.stdout
    assert "mailproof rollout run prod" in result.stdout
    assert len((here / "app.py").read_text(encoding="utf-8").splitlines()) == 3


def test_a_second_run_adds_an_environment_and_touches_nothing(here: Path) -> None:
    """An environment beside the first is written once both hold together; the rest is as it should be."""
    init(*ISSUED)
    before = {path: path.read_bytes() for path in here.rglob("*") if path.is_file()}
    other = ("--zone", "test.own.example=Z0STAGING", "--domain", "test.own.example", "--environment", "staging")
    result = init("--account", "444455556666", "--region", "eu-west-1", *other)
    assert result.exit_code == 0
    assert files(here) == WRITTEN | {"environments/staging.yaml"}
    assert {path: path.read_bytes() for path in before} == before
    assert "lacks" not in result.stdout
    assert [found.name for found in load_environments(here / "environments")] == ["prod", "staging"]


def test_what_a_repository_has_is_kept_and_what_it_lacks_is_shown(here: Path) -> None:
    """A pytest.ini would put its own settings out of force, and our lock file does not fit its package.json."""
    present = {
        "app.py": "import aws_cdk\n",
        "package.json": "{}\n",
        "pyproject.toml": "[tool.pytest.ini_options]\n",
        ".gitignore": "cdk.out/\nnode_modules\n/.venv\n",
        "requirements.txt": "pytest==8.0\n",
    }
    for name, text in present.items():
        (here / name).write_text(text, encoding="utf-8")
    result = init(*ISSUED)
    assert {name: (here / name).read_text(encoding="utf-8") for name in present} == present
    assert files(here) == (WRITTEN | present.keys()) - {"package-lock.json", "pytest.ini"}
    said = result.stdout
    for wanted in (
        "    from mailproof.stacks.main import main",
        "    npm install --save-dev aws-cdk@",
        "    .localaws/",
        "if it is another program, run mailproof init in a folder beside it",
    ):
        assert wanted in said
    assert '    mailproof_environments = "environments"' in said
    assert "    mailproof[cdk]==" in said
    for ignored in ("cdk.out", "node_modules", ".venv"):  # the last two in other words
        assert f"    {ignored}" not in said


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (ISSUED[:-4], "--zone missing, and there is no terminal to ask; type:"),
        ((*ISSUED, "--domain", "far.example"), "environments/prod.yaml:10: domains[1]"),
        ((*ISSUED, "--domain", "b: {x}"), "environments/prod.yaml:10: domains[1]"),
        ((*ISSUED, "--region", "eu-wset-1"), "did you mean 'eu-west-1'?"),
        ((*ISSUED, "--zone", "own.example"), "write NAME=ID"),
        ((*ISSUED, "--environment", "../prod"), "names no environment"),
    ],
)
def test_what_makes_no_environment_writes_nothing(here: Path, options: tuple[str, ...], words: str) -> None:
    """It is said as of a file that is there, or with the command to type."""
    result = init(*options)
    assert result.exit_code == 2
    assert words in " ".join(result.stderr.replace("│", " ").split())
    assert list(here.iterdir()) == []


def test_the_command_to_type_is_the_one_that_works(here: Path) -> None:
    """What is given stands in it, with an example of what is missing."""
    lines = init("--domain", "own.example", "--account", "444455556666").stderr.splitlines()
    assert init(*lines[-1].split()[2:]).exit_code == 0
    (made,) = load_environments(here / "environments")
    assert (made.account, [domain.name for domain in made.domains]) == ("444455556666", ["own.example"])


def test_nothing_is_left_of_files_that_cannot_all_be_written(here: Path) -> None:
    """A failure takes away what was written before it, folders included, and nothing else."""
    (here / "other").write_text("", encoding="utf-8")
    wanted = [NewFile(Path(name), "text", "") for name in ("new/first", "second", "other/third")]
    with pytest.raises(CommandError, match=r"other/third: cannot be written \(.*\); nothing was"):
        write_all(wanted, here)
    assert files(here) == {"other"}
    assert not (here / "new").exists()


def test_npm_is_given_what_was_tested(here: Path) -> None:
    """`npm ci` needs a lock file that fits package.json, with the hash of what it installs."""
    init(*ISSUED)
    package = json.loads((here / "package.json").read_text(encoding="utf-8"))
    lock = json.loads((here / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert package["devDependencies"] == lock[""]["devDependencies"]
    assert set(lock) - {""} == {f"node_modules/{name}" for name in package["devDependencies"]}
    assert "dependencies" not in lock["node_modules/aws-cdk"]
    assert lock["node_modules/aws-cdk"]["integrity"].startswith("sha512-")
