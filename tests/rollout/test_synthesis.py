"""Every engine synthesises the same: by its own commands, in a copy of the repository, with the real command line."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mailproof.change import programs
from mailproof.model.environment import Environment
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
    write_environments(folder / "environments")
    return folder


def run(command: str, folder: Path, **variables: str) -> Templates:
    """Run the synthesis of an engine and return its templates by their files."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    given = {**os.environ, "PATH": path, **variables}
    done = subprocess.run(["sh", "-ec", command], env=given, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return templates(folder / "cdk.out")


def templates(output: Path) -> Templates:
    """Read the templates of an assembly, those of the environments too."""
    files = output.rglob("*.template.json")
    return {str(file.relative_to(output)): json.loads(file.read_text(encoding="utf-8")) for file in files}


@pytest.fixture(scope="module")
def of_codepipeline(copy: Path, assembly: Path) -> Templates:
    """What the build project synthesises, but for what it installs."""
    resources = pipeline_template(assembly)["Resources"]
    project = next(
        found for name, found in resources.items() if name.startswith("Synthesis") and "Project" in str(found["Type"])
    )
    phases = json.loads(project["Properties"]["Source"]["BuildSpec"])["phases"]
    assert any(command.startswith("npm ci ") for command in phases["install"]["commands"])
    return run("\n".join(phases["build"]["commands"]), copy)


def test_codepipeline_synthesises_itself_and_all_environments(of_codepipeline: Templates) -> None:
    """Its next action deploys the pipeline out of that assembly, by its id."""
    assert "MailproofPipeline.template.json" in of_codepipeline
    assert {Path(file).parent.name for file in of_codepipeline} == {"", "assembly-dev", "assembly-prod"}


def test_github_synthesises_the_same(
    copy: Path, environments: list[Environment], waves: list[Wave], of_codepipeline: Templates
) -> None:
    """The context of `cdk.json` counts there too."""
    steps = read_yaml(build_workflow(environments, waves, WorkflowSettings())).data["jobs"]["synthesise"]["steps"]
    step = next(step for step in reversed(steps) if "run" in step)
    assert any("npm ci " in earlier.get("run", "") for earlier in steps)
    assert run(step["run"], copy, **step.get("env", {})) == of_codepipeline


def test_a_workstation_synthesises_the_same(
    copy: Path, tmp_path: Path, of_codepipeline: Templates, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`rollout run` without an assembly after `cdk deploy`: nothing differs, not even paths in the metadata."""
    monkeypatch.chdir(copy)
    programs.synthesise(Path("environments"), tmp_path / "cdk.out")
    assert templates(tmp_path / "cdk.out") == of_codepipeline
