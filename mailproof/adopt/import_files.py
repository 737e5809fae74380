"""The files that `cdk import` needs: an assembly whose templates say what is, and a mapping for each stack."""

import json
import shutil
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from mailproof.adopt.import_plan_result import Adoption
from mailproof.template.cloud_assembly import STACK, SynthesisedStack

ASSEMBLY = "cdk.out"
Import = tuple[SynthesisedStack, Path]


def write_import_files(source: Path, folder: Path, environment: str, adoptions: Iterable[Adoption]) -> list[Import]:
    """
    Write what `cdk import` needs.

    Args:
        source: The assembly.
        folder: Gets a copy of it, ``cdk.out``, and the mappings.
        environment: Whose stacks these are.
        adoptions: In the order of deployment.

    Returns:
        Each stack to import into, with the file of its mapping.
    """
    folder.mkdir(parents=True, exist_ok=True)
    assembly = folder / ASSEMBLY
    if not assembly.exists():
        shutil.copytree(source, assembly)
    wanted = [adoption for adoption in adoptions if adoption.needs_import]
    templates = _template_files(assembly, environment)
    imports = []
    for path, found in groupby(wanted, key=lambda adoption: adoption.stack.path):
        of_stack = list(found)
        _say_what_is(templates[path], of_stack)
        mapping = folder / f"{path.replace('/', '-')}.json"
        mapping.write_text(build_mapping(of_stack), encoding="utf-8")
        imports.append((of_stack[0].stack, mapping))
    return imports


def build_mapping(adoptions: Sequence[Adoption]) -> str:
    """Write the resource mapping of one stack: logical id to identifier."""
    return json.dumps({found.logical_id: dict(found.identifier) for found in adoptions}, indent=2) + "\n"


def _template_files(assembly: Path, environment: str) -> dict[str, Path]:
    """Return the template file of each stack of an environment."""
    nested = [
        artifact["properties"]["directoryName"]
        for artifact in _read(assembly / "manifest.json")["artifacts"].values()
        if artifact.get("properties", {}).get("displayName") == environment
    ]
    return {
        artifact["displayName"]: assembly / nested[0] / artifact["properties"]["templateFile"]
        for artifact in _read(assembly / nested[0] / "manifest.json")["artifacts"].values()
        if artifact["type"] == STACK
    }


def _say_what_is(file: Path, adoptions: Iterable[Adoption]) -> None:
    template = _read(file)
    for found in adoptions:
        resource = template["Resources"][found.logical_id]
        resource["Properties"] = dict(found.properties)
        # Kept whatever the environment's policy is, until a deployment has seen it. That the deployment has something
        # to change also gives the stack its description and rules, which an import leaves out.
        resource["DeletionPolicy"] = "Retain"
    file.write_text(json.dumps(template), encoding="utf-8")


def _read(file: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return data
