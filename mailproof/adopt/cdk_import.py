"""Run `cdk import`, stack by stack."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mailproof.adopt.import_files import ASSEMBLY, Import
from mailproof.adopt.import_plan_result import Adoption
from mailproof.change.errors import CommandError, run_each
from mailproof.change.programs import Programs
from mailproof.change.say import say
from mailproof.exit_codes import UNANSWERED, WRONG
from mailproof.live.answer import Unanswered
from mailproof.live.aws.clients import Clients
from mailproof.live.aws.remedies import could_not_ask
from mailproof.live.aws.stacks import DeployedStacks
from mailproof.template.cloud_assembly import SynthesisedStack


def import_command(stack: str, assembly: Path, mapping: Path) -> list[str]:
    """Return the arguments of `cdk` that import into one stack."""
    options = ("--resource-mapping", str(mapping), "--force", "--no-notices", "--ci")
    return ["import", stack, "--app", str(assembly), *options]


@dataclass(frozen=True, slots=True)
class Importer:
    """
    Imports into one stack after the other.

    Attributes:
        programs: How to start the CDK's command line.
        clients: Read the stacks afterwards.
        profile: AWS profile; None takes the standard chain.
    """

    programs: Programs
    clients: Clients
    profile: str | None

    def run(self, imports: Sequence[Import], adoptions: Iterable[Adoption]) -> None:
        """
        Import; stop at the first failure.

        A stack takes in all that is mapped or nothing. What is imported already is no longer looked for, so that the
        same command goes on where it stopped.

        Args:
            imports: From `write_import_files`.
            adoptions: What they are made of.

        Raises:
            CommandError: An import failed, or the stack does not hold everything afterwards.
        """
        expected: dict[str, set[str]] = {}
        for found in adoptions:
            if found.needs_import:
                expected.setdefault(found.stack.path, set()).add(found.logical_id)
        run_each(
            imports,
            lambda pair: self._import(*pair, expected[pair[0].path]),
            lambda pair: pair[0].path,
        )

    def _import(self, stack: SynthesisedStack, mapping: Path, expected: set[str]) -> None:
        say(f"== importing {len(expected)} into {stack.path}")
        options = ("--profile", self.profile) if self.profile else ()
        code = self.programs.run_cdk(*import_command(stack.path, mapping.parent / ASSEMBLY, mapping), *options)
        if code:
            raise CommandError(f"{stack.path}: cdk import ended with exit code {code}; see above", WRONG)
        deployed = DeployedStacks(self.clients).fetch(stack)
        if isinstance(deployed, Unanswered):
            what = could_not_ask("what it holds now", deployed, stack.region)
            raise CommandError(f"{stack.path}: {what}", UNANSWERED)
        held = (deployed.template or {}).get("Resources", {}).keys()
        if missing := sorted(expected - held):
            what = f"{stack.path}: cdk import ended well, yet the stack lacks {', '.join(missing)}"
            raise CommandError(what, WRONG)
