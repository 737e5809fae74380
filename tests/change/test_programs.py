"""Finding and starting what a rollout runs."""

import json
import os
import sys
from pathlib import Path

import pytest

from mailproof.change.cdk_cli import npm_files
from mailproof.change.errors import CommandError
from mailproof.change.programs import find_programs, provide_programs, synthesise

APP = """\
import json, os, pathlib, sys
folder = pathlib.Path(os.environ["CDK_OUTDIR"])
folder.mkdir(parents=True)
(folder / "context.json").write_text(os.environ["CDK_CONTEXT_JSON"])
sys.exit({code})
"""


def program(path: Path) -> Path:
    """Write a program that does nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n", encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to be in, and a PATH with nothing else on it."""
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "venv" / "python"))
    return folder


def test_the_version_of_the_folder_comes_first(here: Path, tmp_path: Path) -> None:
    """It is the one that the lock file pins; the PATH serves where there is none."""
    on_path = program(tmp_path / "bin" / "cdk")
    assert find_programs().cdk == str(on_path)
    own = program(here / "node_modules" / ".bin" / "cdk")
    assert find_programs().cdk == str(own)


def test_node_of_the_virtual_environment_is_found(here: Path, tmp_path: Path) -> None:
    """What is started finds the programs beside Python, behind those of the PATH."""
    program(here / "node_modules" / ".bin" / "cdk")
    assert find_programs().path.split(os.pathsep) == [str(tmp_path / "bin"), str(tmp_path / "venv")]


@pytest.mark.usefixtures("here")
def test_fails_without_cdk() -> None:
    """It says where it looked and what to install: npm's version 3 is a stray build."""
    with pytest.raises(CommandError, match=r"cdk is neither in .* nor on the PATH; run `npm ci`, or .*@\^2`") as caught:
        find_programs()
    assert caught.value.exit_code == 2


def test_what_the_lock_file_pins_is_installed(here: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """By the npm beside Python, if there is no CDK yet; said, since it takes seconds. A failure names its exit code."""
    for name, text in npm_files().items():
        (here / name).write_text(text, encoding="utf-8")
    npm = program(tmp_path / "venv" / "npm")
    npm.write_text("#!/bin/sh\nexit 7\n", encoding="utf-8")
    with pytest.raises(CommandError, match="npm ended with exit code 7"):
        find_programs()
    made = f"mkdir -p $7/node_modules/.bin && cp {npm} $7/node_modules/.bin/cdk"
    npm.write_text(f'#!/bin/sh\nPATH=/usr/bin:/bin\necho "$1" && {made}\n', encoding="utf-8")
    assert find_programs().cdk == str(here / "node_modules/.bin/cdk")
    assert "Installing the CDK's command line into node_modules" in capfd.readouterr().err


def test_what_is_nowhere_is_installed_aside(here: Path, tmp_path: Path) -> None:
    """In the tested version, and not twice where the folder's own lock file pins one that cannot be installed."""
    npm = program(tmp_path / "venv" / "npm")
    npm.write_text('#!/bin/sh\nPATH=/usr/bin:/bin\necho "$7" >> log\nexit 7\n', encoding="utf-8")
    for expected in ("spare", "spare ."):
        with pytest.raises(CommandError, match="npm ended with exit code 7"):
            provide_programs(Path("spare"))
        assert (here / "log").read_text(encoding="utf-8").split() == expected.split()
        (here / "package-lock.json").write_bytes((here / "spare" / "package-lock.json").read_bytes())


def test_another_lock_file_is_left_alone(here: Path, tmp_path: Path) -> None:
    """What it pins is none of our business: nothing is installed."""
    (here / "package-lock.json").write_text('{"packages": {"node_modules/left-pad": {}}}', encoding="utf-8")
    program(tmp_path / "venv" / "npm")
    with pytest.raises(CommandError, match="cdk is neither"):
        find_programs()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to be in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_app_is_run_as_the_command_line_runs_it(project: Path) -> None:
    """With the context of `cdk.json`, and the folder of the environment files."""
    (project / "app.py").write_text(APP.format(code=0), encoding="utf-8")
    (project / "cdk.json").write_text('{"context": {"pipeline": "pipeline.yaml"}}', encoding="utf-8")
    synthesise(Path("envs"), project / "out")
    context = json.loads((project / "out" / "context.json").read_text(encoding="utf-8"))
    assert context == {"pipeline": "pipeline.yaml", "environments": "envs"}


@pytest.mark.usefixtures("project")
def test_fails_where_there_is_no_app() -> None:
    """A rollout needs the app's folder or an assembly."""
    with pytest.raises(CommandError, match=r"^app\.py: is not in this folder; .* or give --assembly$"):
        synthesise(Path("envs"), Path("out"))


def test_fails_with_the_app(project: Path) -> None:
    """What it said stands above."""
    (project / "app.py").write_text(APP.format(code=7), encoding="utf-8")
    with pytest.raises(CommandError, match="ended with exit code 7; see above"):
        synthesise(Path("envs"), project / "out")


@pytest.mark.parametrize("text", ["[", "[]", '{"context": 5}', '{"context": null}', '{"context": "text"}'])
def test_fails_on_a_broken_cdk_json(project: Path, text: str) -> None:
    """It is named."""
    (project / "app.py").write_text(APP.format(code=0), encoding="utf-8")
    (project / "cdk.json").write_text(text, encoding="utf-8")
    with pytest.raises(CommandError, match=r"^cdk\.json: cannot be read"):
        synthesise(Path("envs"), project / "out")
