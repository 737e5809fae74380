"""Synthesises environments and reads what the command line would deploy, as plain data."""

import json
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

from mailproof.model.environment import Environment
from mailproof.model.resolve import EnvironmentReader
from mailproof.stacks.environment_stage import EnvironmentStage
from mailproof.stacks.new_app import new_app
from mailproof.template import cloud_assembly
from mailproof.template.cloud_assembly import read_all

Resource: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SynthesisedStack:
    """
    One stack of a cloud assembly.

    Attributes:
        path: By which the command line selects it.
        name: In CloudFormation.
        account: It is deployed to.
        region: It is deployed to.
        template: Without what the CDK adds to every template.
        text: The template as it is uploaded.
        after: Paths of the stacks that are deployed before it.
        tags: Of the stack.
        is_protected: Against termination.
        execution_role: By which CloudFormation makes its resources.
    """

    path: str
    name: str
    account: str
    region: str
    template: dict[str, Any]
    text: str
    after: frozenset[str]
    tags: dict[str, str]
    is_protected: bool
    execution_role: str

    def resources(self, *types: str) -> dict[str, Resource]:
        """Return the resources by logical id, of some types if they are given."""
        found: dict[str, Resource] = self.template.get("Resources", {})
        return {name: resource for name, resource in found.items() if not types or resource["Type"] in types}

    def outputs(self) -> dict[str, Any]:
        """Return the values of the outputs by name."""
        return {name: output["Value"] for name, output in self.template.get("Outputs", {}).items()}


Assembly: TypeAlias = dict[str, SynthesisedStack]
"""Path to stack, in the order in which the command line lists them."""


def read_environment(text: str, name: str = "prod") -> Environment:
    """Read an environment from the text of its file, which must be right."""
    reader = EnvironmentReader(f"environments/{name}.yaml", text)
    assert [str(problem) for problem in reader.problems] == []
    assert reader.environment is not None
    return reader.environment


def synthesise(*environments: Environment, **context: Any) -> Assembly:
    """Synthesise environments as one app."""
    with TemporaryDirectory() as folder:
        app = new_app(outdir=folder, tree_metadata=False, context=context)
        for environment in environments:
            EnvironmentStage(app, environment)
        app.synth()
        return read_assembly(Path(folder))


def read_assembly(folder: Path) -> Assembly:
    """Read all stacks of a cloud assembly from disk."""
    return {path: _stack(stack) for path, stack in read_all(folder).items()}


def _stack(stack: cloud_assembly.SynthesisedStack) -> SynthesisedStack:
    assert stack.file is not None
    artifacts = json.loads((stack.file.parent / "manifest.json").read_text())["artifacts"]
    artifact = next(found for found in artifacts.values() if found.get("displayName") == stack.path)
    return SynthesisedStack(
        path=stack.path,
        name=stack.name,
        account=stack.account,
        region=stack.region,
        template=stack.template,
        text=stack.file.read_text(),
        after=frozenset(stack.after),
        tags=stack.tags,
        is_protected=stack.termination_protection,
        execution_role=artifact["properties"]["cloudFormationExecutionRoleArn"],
    )
