"""Every engine runs the plan: the same turns in the same order, approved where the plan says so."""

import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mailproof.check.orphaned_stacks import OrphanedStacks
from mailproof.model.environment import Environment
from mailproof.model.waves import Wave
from mailproof.rollout.engines.github import WorkflowSettings, build_workflow
from mailproof.rollout.plan_text import build_plan_json
from mailproof.template.cloud_assembly import read_assembly
from tests.rollout.engines import (
    Turn,
    pipeline_template,
    turns_of_json,
    turns_of_pipeline,
    turns_of_plan,
    turns_of_workflow,
)

EXPECTED = [
    Turn("dev", 1, approval=False, command="mailproof rollout run dev --wave 1"),
    Turn("prod", 1, approval=True, command="mailproof rollout run prod --wave 1"),
    Turn("prod", 2, approval=False, command="mailproof rollout run prod --wave 2"),
]


def test_the_plan_is_what_the_files_say(waves: list[Wave]) -> None:
    """One wave of dev, then two of prod, approved before the first."""
    assert turns_of_plan(waves) == EXPECTED


def test_a_workstation_runs_the_plan(waves: list[Wave]) -> None:
    """By the JSON of `mailproof rollout plan`."""
    assert turns_of_json(build_plan_json(waves, OrphanedStacks())) == EXPECTED


def test_github_runs_the_plan(environments: list[Environment], waves: list[Wave]) -> None:
    """By the chain of the workflow's jobs."""
    assert turns_of_workflow(build_workflow(environments, waves, WorkflowSettings())) == EXPECTED


def test_codepipeline_runs_the_plan(assembly: Path) -> None:
    """By the stages of the pipeline."""
    assert turns_of_pipeline(pipeline_template(assembly)) == EXPECTED


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_the_plan_holds_the_stacks_of_the_assembly(assembly: Path, waves: list[Wave], environment: str) -> None:
    """Every stack that was synthesised is in the plan, in its region's wave, and after those it depends on."""
    stacks = read_assembly(assembly, environment)
    order = [path for wave in waves if wave.environment == environment for path in wave.stacks]
    assert sorted(stacks) == sorted(order)
    for path, stack in stacks.items():
        assert all(order.index(before) < order.index(path) for before in stack.after)


def test_the_test_tells_swapped_stages(assembly: Path) -> None:
    """Two waves in the wrong order are not the plan."""
    template = copy.deepcopy(pipeline_template(assembly))
    stages = _stages(template)
    stages[4], stages[5] = stages[5], stages[4]
    assert turns_of_pipeline(template) != EXPECTED


def test_the_test_tells_a_stage_without_gate(assembly: Path) -> None:
    """A wave that nobody proves cannot be read as one."""
    template = copy.deepcopy(pipeline_template(assembly))
    _stages(template)[3]["Actions"].pop()
    with pytest.raises(ValueError, match="not enough values"):
        turns_of_pipeline(template)


def test_the_test_tells_a_missing_approval(environments: list[Environment], waves: list[Wave]) -> None:
    """A workflow made of a plan without approval is not that of the plan."""
    unasked = [replace(wave, approval=False) for wave in waves]
    assert turns_of_workflow(build_workflow(environments, unasked, WorkflowSettings())) != EXPECTED


def _stages(template: dict[str, Any]) -> list[dict[str, Any]]:
    resources = template["Resources"].values()
    [pipeline] = [found for found in resources if found["Type"] == "AWS::CodePipeline::Pipeline"]
    stages: list[dict[str, Any]] = pipeline["Properties"]["Stages"]
    return stages
