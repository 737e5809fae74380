"""The app, as the command line runs it."""

import gc
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App

from mailproof.exit_codes import INTERRUPTED, USAGE
from mailproof.model.errors import EnvironmentFileError
from mailproof.stacks.app import build_app
from mailproof.stacks.main import main
from mailproof.stacks.new_app import new_app
from tests.stacks.assembly import Assembly, read_assembly

BROKEN = """
account: 12345
regions: [us-east-1, eu-wset-1]
zones: {example.com: {id: Z0COM}}
domains:
  - name: example.org
  - nam: example.com
"""


def _start(project: Path, out: Path, **context: Any) -> subprocess.CompletedProcess[str]:
    """
    Run the app with nothing set but what the command line sets, and folders.

    In the home folder jsii has its cache; what Node compiles is to be kept beside the output.
    """
    variables = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    variables |= {"CDK_OUTDIR": str(out), "CDK_CONTEXT_JSON": json.dumps(context)}
    variables["NODE_COMPILE_CACHE"] = str(out.with_name("compiled"))
    return subprocess.run(
        [sys.executable, "app.py"], cwd=project, env=variables, text=True, capture_output=True, check=False, timeout=60
    )


def _app(**context: Any) -> App:
    return App(analytics_reporting=False, context=context)


@pytest.fixture
def run(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Run the app in this process, into a folder and with a context that the command line would hand over."""

    def run_main(out: Path | None = None, **context: Any) -> None:
        def begin(**settings: Any) -> App:
            return new_app(**settings | {"outdir": out and str(out), "context": settings["context"] | context})

        monkeypatch.setattr("mailproof.stacks.new_app.new_app", begin)
        main()

    monkeypatch.chdir(project)
    monkeypatch.delenv("NODE_COMPILE_CACHE", raising=False)  # the app takes it away
    yield run_main
    gc.enable()


@pytest.fixture
def refuse(run: Callable[..., None]) -> Callable[..., None]:
    """Run it on what it refuses."""

    def run_refused(out: Path | None = None, **context: Any) -> None:
        with pytest.raises(SystemExit) as exited:
            run(out, **context)
        assert exited.value.code == USAGE

    return run_refused


def test_the_app_synthesises_every_environment(project: Path, tmp_path: Path, shipped_assembly: Assembly) -> None:
    """Run as the command line does, it writes all stacks, keeps nothing that Node compiles, and prints nothing."""
    done = _start(project, tmp_path / "out")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert shipped_assembly == read_assembly(tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_one_environment_alone(run: Callable[..., None], tmp_path: Path, shipped_assembly: Assembly) -> None:
    """`-c environment=prod` leaves out the others, and changes nothing in this one."""
    run(tmp_path / "out", environment="prod")
    expected = {path: stack for path, stack in shipped_assembly.items() if path.startswith("prod/")}
    assert expected == read_assembly(tmp_path / "out")


def test_broken_files_exit_with_every_problem(project: Path, tmp_path: Path) -> None:
    """All problems of all files stand on standard error, one per line; no traceback, and nothing is written."""
    folder = tmp_path / "files"
    folder.mkdir()
    for name in ("one", "two"):
        (folder / f"{name}.yaml").write_text(BROKEN)
    done = _start(project, tmp_path / "out", environments=str(folder))
    assert (done.returncode, done.stdout) == (USAGE, "")
    lines = done.stderr.splitlines()
    for name in ("one", "two"):
        keys = [line.split(": ")[1] for line in lines if line.startswith(f"{folder}/{name}.yaml:")]
        assert {"account", "regions[1]", "domains[0].name", "domains[1].nam"} <= set(keys)
    assert all(line.startswith(str(folder)) for line in lines)
    assert not (tmp_path / "out").exists()


def test_a_refusal_leaves_what_was_written_before(refuse: Callable[..., None], tmp_path: Path) -> None:
    """The assembly of a file that was right stays until the file is right again."""
    (tmp_path / "manifest.json").write_text("{}")
    refuse(tmp_path, environments="nowhere")
    assert [path.name for path in tmp_path.iterdir()] == ["manifest.json"]


def test_a_broken_pipeline_file_leaves_nothing(refuse: Callable[..., None], tmp_path: Path) -> None:
    """What is read last is read before anything is built."""
    (tmp_path / "pipeline.yaml").write_text("account: 1")
    refuse(tmp_path / "out", pipeline=str(tmp_path / "pipeline.yaml"))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("context", "message"),
    [
        pytest.param({"environments": "nowhere"}, "nowhere: cannot be read", id="no folder"),
        pytest.param({"environment": "prd"}, "environments: has no such environment, got 'prd'", id="no environment"),
        *(
            pytest.param(
                {key: value}, f"the context {key!r} is not text, got {value!r}; write one", id=f"{key} {value}"
            )
            for key in ("environments", "environment", "pipeline")
            for value in (["prod"], {"a": "b"}, 1)
        ),
    ],
)
def test_a_wrong_context_exits(
    context: dict[str, Any], message: str, refuse: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder or environment that is not there is one line on standard error, and exit code 2."""
    refuse(**context)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(message)


def test_the_folder_is_that_of_the_context(project: Path, shipped_assembly: Assembly) -> None:
    """`-c environments=…` names it."""
    app = build_app(_app(environments=str(project / "environments")))
    assert [child.node.id for child in app.node.children] == ["prod", "staging"]
    assert {path.partition("/")[0] for path in shipped_assembly} == {"prod", "staging"}


def test_the_folder_is_environments_by_default(project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without a context, it is the one beside cdk.json."""
    monkeypatch.chdir(project)
    assert [child.node.id for child in build_app(_app(environment="staging")).node.children] == ["staging"]
    monkeypatch.chdir(tmp_path)
    with pytest.raises(EnvironmentFileError, match="environments: cannot be read"):
        build_app(_app())


def test_ctrl_c_ends_it_without_a_traceback(run: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line that runs it says that it was interrupted."""

    def interrupt(_: App) -> App:
        raise KeyboardInterrupt

    monkeypatch.setattr("mailproof.stacks.app.build_app", interrupt)
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)
    with pytest.raises(SystemExit) as caught:
        run()
    assert caught.value.code == INTERRUPTED


def test_another_environment_s_mistake_counts(tmp_path: Path, project: Path) -> None:
    """Even one environment alone is refused if another file is wrong: records could have two owners unseen."""
    (tmp_path / "prod.yaml").write_text((project / "environments" / "prod.yaml").read_text())
    (tmp_path / "broken.yaml").write_text(BROKEN)
    with pytest.raises(EnvironmentFileError, match=r"broken\.yaml:2: account"):
        build_app(_app(environments=str(tmp_path), environment="prod"))
