"""Reads what a CDK app has synthesised."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

Template: TypeAlias = dict[str, Any]

STACK = "aws:cloudformation:stack"
NESTED_ASSEMBLY = "cdk:cloud-assembly"
# What CDK adds for its own bootstrap check: the same everywhere, and no part of what is deployed.
NOISE = (("Parameters", "BootstrapVersion"), ("Rules", "CheckBootstrapVersion"))


@dataclass(frozen=True, slots=True)
class StackTemplate:
    """
    One synthesised stack.

    Attributes:
        path: The id by which the CDK's command line selects it, such as ``prod/ses-eu-west-1``.
        name: Its name in CloudFormation.
        account: Where it is deployed to.
        region: Where it is deployed to.
        after: Paths of the stacks that are deployed before it.
        termination_protection: Whether CloudFormation refuses to delete it.
        tags: Tags of the stack.
        template: Its template, without CDK's bootstrap check.
    """

    path: str
    name: str
    account: str
    region: str
    after: tuple[str, ...] = ()
    termination_protection: bool = False
    tags: dict[str, str] = field(default_factory=dict)
    template: Template = field(default_factory=dict)

    @property
    def resources(self) -> dict[str, Any]:
        """Logical id to resource."""
        return dict(self.template.get("Resources", {}))

    def head(self) -> dict[str, Any]:
        """Return everything but the template."""
        return {key: value for key, value in asdict(self).items() if key != "template"}


Stacks: TypeAlias = dict[str, StackTemplate]
"""Path to stack."""


def read_assembly(folder: Path) -> Stacks:
    """
    Read every stack of a cloud assembly, those of Stages included.

    Args:
        folder: What ``app.synth().directory`` names, or ``cdk.out``.
    """
    return {stack.path: stack for stack in _read(folder)}


def _read(folder: Path) -> Iterator[StackTemplate]:
    artifacts = _json(folder / "manifest.json").get("artifacts", {})
    paths = {name: artifact["displayName"] for name, artifact in artifacts.items() if artifact["type"] == STACK}
    for name, artifact in artifacts.items():
        properties = artifact.get("properties", {})
        if artifact["type"] == NESTED_ASSEMBLY:
            yield from _read(folder / properties["directoryName"])
        elif artifact["type"] == STACK:
            account, _, region = artifact["environment"].removeprefix("aws://").partition("/")
            yield StackTemplate(
                path=paths[name],
                name=properties.get("stackName", name),  # left out where it is the artifact's own
                account=account,
                region=region,
                after=tuple(sorted(paths[before] for before in artifact.get("dependencies", ()) if before in paths)),
                termination_protection=properties.get("terminationProtection", False),
                tags=properties.get("tags", {}),
                template=_without_noise(_json(folder / properties["templateFile"])),
            )


def _without_noise(template: Template) -> Template:
    for section, key in NOISE:
        template.get(section, {}).pop(key, None)
    return {key: value for key, value in template.items() if value != {}}


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
