"""Runs `cdk import`, stack by stack."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from mailproof.adopt.import_files import ASSEMBLY, Import
from mailproof.adopt.import_plan_result import Adoption
from mailproof.change.errors import CommandError
from mailproof.change.programs import Programs
from mailproof.change.say import say
from mailproof.exit_codes import UNANSWERED, WRONG
from mailproof.live.answer import Unanswered
from mailproof.live.aws.clients import Clients
from mailproof.live.aws.deployed import DeployedStacks


def import_command(stack: str, assembly: Path, mapping: Path) -> list[str]:
    """Return the arguments of `cdk` that import into one stack."""
    options = ("--resource-mapping", str(mapping), "--force", "--no-notices", "--ci")
    return ["import", stack, "--app", str(assembly), *options]


def run_imports(
    imports: Sequence[Import],
    adoptions: Iterable[Adoption],
    programs: Programs,
    clients: Clients,
    profile: str | None,
) -> None:
    """
    Import into one stack after the other; stop at the first that fails.

    A stack takes in all that is mapped or nothing. What was taken in before is no longer looked for, so that the same
    command goes on where it stopped.

    Args:
        imports: From `write_import_files`.
        adoptions: What they are made of.
        programs: How to start the CDK's command line.
        clients: Read the stacks afterwards.
        profile: AWS profile; None takes the standard chain.

    Raises:
        CommandError: An import failed, or the stack does not hold everything afterwards.
    """
    expected: dict[str, set[str]] = {}
    for found in adoptions:
        if found.needs_import:
            expected.setdefault(found.stack.path, set()).add(found.logical_id)
    for index, (stack, mapping) in enumerate(imports):
        rest = [f"not started: {later.path}" for later, _ in imports[index + 1 :]]
        say(f"== importing {len(expected[stack.path])} into {stack.path}")
        options = ("--profile", profile) if profile else ()
        code = programs.run_cdk(*import_command(stack.path, mapping.parent / ASSEMBLY, mapping), *options)
        if code:
            raise CommandError([f"{stack.path}: cdk import ended with exit code {code}; see above", *rest], WRONG)
        deployed = DeployedStacks(clients).fetch(stack)
        if isinstance(deployed, Unanswered):
            raise CommandError([f"{stack.path}: could not ask what it holds now: {deployed}", *rest], UNANSWERED)
        held = (deployed.template or {}).get("Resources", {}).keys()
        if missing := sorted(expected[stack.path] - held):
            what = f"{stack.path}: cdk import ended well, yet the stack lacks {', '.join(missing)}"
            raise CommandError([what, *rest], WRONG)
