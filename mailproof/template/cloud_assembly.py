"""Reads a cloud assembly: what `app.py` has synthesised for an environment."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mailproof.model.errors import MailproofError
from mailproof.model.regions import partition
from mailproof.template.contents import Template

STACK = "aws:cloudformation:stack"
NESTED = "cdk:cloud-assembly"
PARTITION = "${AWS::Partition}"


class AssemblyError(MailproofError):
    """A folder holds no cloud assembly, or another than the environment files make."""


@dataclass(frozen=True, slots=True)
class SynthesisedStack:
    """
    A stack of an assembly.

    Attributes:
        path: Id by which the CDK's command line selects it.
        name: Its name in CloudFormation.
        account: Account id.
        region: AWS region.
        roles: ARNs of the bootstrap roles that may read it, in the order in which they are tried.
        after: Ids of the stacks that are deployed before it.
        template: What is to be deployed.
    """

    path: str
    name: str
    account: str
    region: str
    roles: tuple[str, ...]
    after: frozenset[str]
    template: Template


def read_assembly(folder: Path, environment: str) -> dict[str, SynthesisedStack]:
    """
    Read the stacks of an environment.

    Raises:
        AssemblyError: The folder holds no assembly, or not this environment.
    """
    manifest = _read(folder, "manifest.json")
    nested = [
        artifact["properties"]["directoryName"]
        for artifact in manifest.get("artifacts", {}).values()
        if artifact["type"] == NESTED and artifact["properties"].get("displayName") == environment
    ]
    if not nested:
        raise AssemblyError(f"{folder}: holds no environment {environment!r}; synthesise again")
    return {stack.path: stack for stack in _stacks(folder / nested[0])}


def _stacks(folder: Path) -> Iterator[SynthesisedStack]:
    artifacts = {
        name: found for name, found in _read(folder, "manifest.json")["artifacts"].items() if found["type"] == STACK
    }
    for artifact in artifacts.values():
        properties = artifact["properties"]
        account, _, region = artifact["environment"].removeprefix("aws://").partition("/")
        roles = (properties.get("assumeRoleArn"), properties.get("lookupRole", {}).get("arn"))
        yield SynthesisedStack(
            path=artifact["displayName"],
            name=properties["stackName"],
            account=account,
            region=region,
            roles=tuple(role.replace(PARTITION, partition(region)) for role in roles if role),
            after=frozenset(
                artifacts[name]["displayName"] for name in artifact.get("dependencies", ()) if name in artifacts
            ),
            template=_read(folder, properties["templateFile"]),
        )


def check_assembly(stacks: Iterable[str], planned: Iterable[str], folder: Path) -> None:
    """
    Refuse an assembly that was synthesised from other environment files.

    Raises:
        AssemblyError: Its stacks are not those of the plan.
    """
    found, wanted = set(stacks), set(planned)
    lines = [f"{folder}: lacks stack {path!r} of the plan; synthesise again" for path in sorted(wanted - found)]
    lines += [f"{folder}: holds stack {path!r}, not in the plan; synthesise again" for path in sorted(found - wanted)]
    if lines:
        raise AssemblyError("\n".join(lines))


def _read(folder: Path, name: str) -> dict[str, Any]:
    try:
        data: dict[str, Any] = json.loads((folder / name).read_text(encoding="utf-8"))
    except (OSError, ValueError) as err:
        what = f"{folder}: holds no cloud assembly ({err}); give the folder that app.py or `cdk synth` has written"
        raise AssemblyError(what) from err
    return data
