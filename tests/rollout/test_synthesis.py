"""Every engine synthesises the same: by one command, in a copy of the repository, with the real command line."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mailproof.change import programs
from mailproof.model.environment import Environment
from mailproof.model.folder import DEFAULT_FOLDER
from mailproof.model.waves import Wave
from mailproof.model.yaml_reader import read_yaml
from mailproof.rollout.engines.github import WorkflowSettings, build_workflow
from tests.rollout.engines import pipeline_template
from tests.rollout.world import PIPELINE, write_environments

ROOT = Path(__file__).parents[2]
LINKED = ("constructs_lib", "mailproof", "node_modules", "stacks")
COPIED = ("app.py", "package.json")

Templates = dict[str, Any]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like that of the repository, after `npm ci`, with environments and a pipeline of its own."""
    folder = tmp_path_factory.mktemp("copy")
    for name in LINKED:
        (folder / name).symlink_to(ROOT / name)
    for name in COPIED:
        (folder / name).write_bytes((ROOT / name).read_bytes())
    settings = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))
    settings["context"] = settings.get("context", {}) | {"pipeline": "pipeline.yaml"}
    (folder / "cdk.json").write_text(json.dumps(settings), encoding="utf-8")
    (folder / "pipeline.yaml").write_text(PIPELINE, encoding="utf-8")
    write_environments(folder / DEFAULT_FOLDER)
    return folder


def run(command: str, folder: Path) -> Templates:
    """Run the synthesis of an engine and return its templates by their files."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    given = os.environ | {"PATH": path}
    done = subprocess.run(["sh", "-ec", command], env=given, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return templates(folder / "cdk.out")


def templates(output: Path) -> Templates:
    """Read the templates of an assembly, those of the environments too."""
    files = output.rglob("*.template.json")
    return {str(file.relative_to(output)): json.loads(file.read_text(encoding="utf-8")) for file in files}


@pytest.fixture(scope="module")
def step(environments: list[Environment], waves: list[Wave]) -> dict[str, Any]:
    """The step of GitHub's workflow that synthesises, after one that has installed the CDK's command line."""
    steps = read_yaml(build_workflow(environments, waves, WorkflowSettings())).data["jobs"]["synthesise"]["steps"]
    step: dict[str, Any] = next(step for step in reversed(steps) if "run" in step)
    assert any("npm ci " in earlier.get("run", "") for earlier in steps)
    return step


@pytest.fixture(scope="module")
def of_github(copy: Path, step: dict[str, Any]) -> Templates:
    """What that step synthesises."""
    return run(step["run"], copy)


def test_the_pipeline_and_all_environments_are_synthesised(of_github: Templates) -> None:
    """The context of `cdk.json` counts beside that of the command; CodePipeline deploys the pipeline by its id."""
    assert "MailproofPipeline.template.json" in of_github
    assert {Path(file).parent.name for file in of_github} == {"", "assembly-dev", "assembly-prod"}


def test_codepipeline_runs_the_same_line(step: dict[str, Any], assembly: Path) -> None:
    """Without the folder of the files, which is the one that the app takes unless it is told another."""
    resources = pipeline_template(assembly)["Resources"]
    project = next(
        found for name, found in resources.items() if name.startswith("Synthesis") and "Project" in str(found["Type"])
    )
    phases = json.loads(project["Properties"]["Source"]["BuildSpec"])["phases"]
    assert any(command.startswith("npm ci ") for command in phases["install"]["commands"])
    [line] = phases["build"]["commands"]
    assert step["run"] == f"{line} --context environments={DEFAULT_FOLDER}"
    assert "env" not in step


def test_a_workstation_synthesises_the_same(
    copy: Path, tmp_path: Path, of_github: Templates, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`rollout run` without an assembly after `cdk deploy`: nothing differs, not even paths in the metadata."""
    monkeypatch.chdir(copy)
    programs.synthesise(Path(DEFAULT_FOLDER), tmp_path / "cdk.out")
    assert templates(tmp_path / "cdk.out") == of_github
