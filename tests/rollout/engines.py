"""Reads what each engine would do back from what is made for it, by nothing but the engine's own rules."""

import json
import re
import shlex
from pathlib import Path
from typing import Any, NamedTuple

from mailproof.model.waves import Wave
from mailproof.model.yaml_reader import read_yaml

VARIABLE = re.compile(r'"\$([A-Z_]+)"')


class Turn(NamedTuple):
    """One turn of a rollout: whose, which, whether a person is asked before, and what is run."""

    environment: str
    wave: int
    approval: bool
    command: str


def turns_of_plan(waves: list[Wave]) -> list[Turn]:
    """Return what the plan asks for."""
    return [Turn(wave.environment, wave.number, wave.approval, shlex.join(wave.command)) for wave in waves]


def turns_of_json(text: str) -> list[Turn]:
    """Read what `mailproof rollout plan` hands to a workstation."""
    return [
        Turn(wave["environment"], wave["number"], wave["approval"], shlex.join(wave["command"]))
        for wave in json.loads(text)["waves"]
    ]


def turns_of_workflow(text: str) -> list[Turn]:
    """
    Follow the jobs of a workflow from the one that needs the synthesis to the last, and the waves of each.

    Reviewers are asked before a job whose environment is one of approval, which is before its first wave.
    """
    jobs = read_yaml(text).data["jobs"]
    turns, name = [], "synthesise"
    while following := [other for other, found in jobs.items() if name in found.get("needs", []) and other != "diff"]:
        [name] = following
        job = jobs[name]
        approval = job["environment"].endswith("-approval")
        commands = [shlex.split(step["run"]) for step in job["steps"] if step.get("run", "").startswith("mailproof ")]
        assert {job["environment"].removesuffix("-approval")} == {command[3] for command in commands}
        assert not any("--only" in command for command in commands)
        turns += [_turn(command, is_approved=approval and n == 0) for n, command in enumerate(commands)]
    return turns


def turns_of_pipeline(template: dict[str, Any]) -> list[Turn]:
    """Follow the stages of a pipeline; each deploys and then waits for the proof, by one and the same command."""
    resources = template["Resources"]
    [pipeline] = [found for found in resources.values() if found["Type"] == "AWS::CodePipeline::Pipeline"]
    turns = []
    for stage in pipeline["Properties"]["Stages"][3:]:
        actions = sorted(stage["Actions"], key=lambda action: action["RunOrder"])
        approval = actions[0]["ActionTypeId"]["Category"] == "Approval"
        deploy, gate = (_command(resources, action) for action in actions[approval:])
        assert [_part(deploy), _part(gate)] == ["deploy", "gate"]
        assert len({action["RunOrder"] for action in actions}) == len(actions)
        first, second = (_turn(command, is_approved=approval) for command in (deploy, gate))
        assert first == second
        turns.append(first)
    return turns


def _command(resources: dict[str, Any], action: dict[str, Any]) -> list[str]:
    """Return the command of a CodeBuild action: the last line of its project, its variables filled in."""
    configuration = action["Configuration"]
    project = resources[configuration["ProjectName"]["Ref"]]["Properties"]
    variables = {found["Name"]: found["Value"] for found in project["Environment"]["EnvironmentVariables"]}
    variables |= {found["name"]: found["value"] for found in json.loads(configuration["EnvironmentVariables"])}
    line = json.loads(project["Source"]["BuildSpec"])["phases"]["build"]["commands"][-1]
    return shlex.split(VARIABLE.sub(lambda found: variables[found[1]], line))


def _turn(command: list[str], *, is_approved: bool) -> Turn:
    assert command[4] == "--wave"
    return Turn(command[3], int(command[5]), is_approved, shlex.join(command[:6]))


def _part(command: list[str]) -> str:
    return command[command.index("--only") + 1]


def pipeline_template(assembly: Path) -> dict[str, Any]:
    """Read the template of the pipeline."""
    text = (assembly / "MailproofPipeline.template.json").read_text(encoding="utf-8")
    template: dict[str, Any] = json.loads(text)
    return template
