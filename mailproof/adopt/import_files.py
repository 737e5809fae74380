"""Write what `cdk import` needs: an assembly with the live properties, and a resource mapping per stack."""

import json
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

from mailproof.adopt.import_plan_result import Adoption
from mailproof.adopt.importing import resource_as_found
from mailproof.output_file import write_file
from mailproof.template.cloud_assembly import SynthesisedStack, read_assembly

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
        _copy(source, assembly)
    wanted = [adoption for adoption in adoptions if adoption.needs_import]
    stacks = read_assembly(assembly, environment)
    imports = []
    for path, found in groupby(wanted, key=lambda adoption: adoption.stack.path):
        of_stack = list(found)
        _say_what_is(stacks[path], of_stack)
        mapping = folder / f"{path.replace('/', '-')}.json"
        write_file(mapping, build_mapping(of_stack))
        imports.append((of_stack[0].stack, mapping))
    return imports


def import_command(stack: str, assembly: Path, mapping: Path) -> list[str]:
    """Return the arguments of `cdk` that import into one stack."""
    options = ("--resource-mapping", str(mapping), "--force", "--no-notices", "--ci")
    return ["import", stack, "--app", str(assembly), *options]


def _copy(source: Path, folder: Path) -> None:
    """Copy a folder whole or not at all: what is there is not copied again."""
    partial = Path(tempfile.mkdtemp(prefix=".mailproof-", dir=folder.parent))
    try:
        shutil.copytree(source, partial / folder.name).rename(folder)
    finally:
        shutil.rmtree(partial)


def build_mapping(adoptions: Sequence[Adoption]) -> str:
    """Write the resource mapping of one stack: logical id to identifier."""
    return json.dumps({found.logical_id: dict(found.identifier) for found in adoptions}, indent=2) + "\n"


def _say_what_is(stack: SynthesisedStack, adoptions: Iterable[Adoption]) -> None:
    for found in adoptions:
        stack.template["Resources"][found.logical_id] = resource_as_found(stack, found)
    if stack.file is not None:
        stack.file.write_text(json.dumps(stack.template), encoding="utf-8")
