"""Import existing identities and records into stacks, environment by environment."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from mailproof.adopt.import_files import ASSEMBLY, import_command, write_import_files
from mailproof.adopt.import_plan import ImportPlanner
from mailproof.adopt.import_plan_result import Adoption, ImportPlan
from mailproof.adopt.import_plan_text import blocker_lines, build_plan_text
from mailproof.adopt.importing import import_into
from mailproof.change.consent import Consent
from mailproof.change.errors import CommandError, run_each, stop_if
from mailproof.change.say import say
from mailproof.change.stack_update import StackUpdater
from mailproof.check.selection import Selection
from mailproof.live.aws.clients import Clients
from mailproof.live.aws.session import AwsSession
from mailproof.model.environment import Environment
from mailproof.model.placement import plan_stacks
from mailproof.template.cloud_assembly import check_assembly, read_assembly


@dataclass(frozen=True, slots=True)
class AdoptOptions:
    """
    Options of an adoption.

    Attributes:
        assembly: Folder of the cloud assembly.
        selection: The only domains and regions.
        plan_only: Show, and import nothing.
        output: Folder that gets the files of the import, to run `cdk import` by hand; None writes none.
        consent: Whether a person has agreed, and how to ask.
        resume: The command that goes on after a failure.
    """

    assembly: Path
    selection: Selection = field(default_factory=Selection)
    plan_only: bool = False
    output: Path | None = None
    consent: Consent = field(default_factory=Consent)
    resume: str = ""


class Adopter:
    """
    Adopts for one environment.

    Args:
        environment: The environment.
        options: Options of the adoption.
        profile: AWS profile; None takes the standard chain.
    """

    def __init__(self, environment: Environment, options: AdoptOptions, profile: str | None = None) -> None:
        self.name = environment.name
        self._environment = environment
        self._options = options
        self._profile = profile
        self._clients = Clients(AwsSession(profile))

    def import_plan(self) -> ImportPlan:
        """
        Look for what exists; reads only.

        Raises:
            CommandError: There is no assembly, or it is not that of the environment files.
        """
        name, folder = self.name, self._options.assembly
        stacks = read_assembly(folder, name)
        planned = [plan.id.path for plan in plan_stacks(self._environment)]
        check_assembly(stacks, planned, folder)
        in_order = {path: stacks[path] for path in planned}
        options = ("--profile", self._profile) if self._profile else ()
        return ImportPlanner(self._environment, in_order, self._clients, options=options).run(self._options.selection)

    def report(self, import_plan: ImportPlan) -> str:
        """Print on stderr what blocks the adoption, and return what can be adopted as text."""
        for line in (*import_plan.notes, *blocker_lines(import_plan.blockers), *import_plan.unanswered):
            say(line)
        return build_plan_text(self.name, import_plan)

    def awaited(self, import_plan: ImportPlan) -> list[str]:
        """Return the deployment that has to come before the rest can be adopted, if there is a rest."""
        producers = dict.fromkeys(found.after for found in import_plan.adoptions if found.after)
        what = f"{self.name}: the rest can be adopted once this is deployed; deploy nothing else until then"
        return [f"{what}: {shlex.join(['cdk', 'deploy', *producers])}"] if producers else []

    def write_for_hands(self, import_plan: ImportPlan, folder: Path) -> None:
        """Write the files of the imports, and print the commands."""
        imports = write_import_files(self._options.assembly, folder, self.name, import_plan.adoptions)
        for stack, mapping in imports:
            say(shlex.join(["cdk", *import_command(stack.path, folder / ASSEMBLY, mapping)]))

    def adopt(self, import_plan: ImportPlan) -> None:
        """
        Import into one stack after the other. What is imported already is no longer looked for in another run.

        Raises:
            CommandError: An import failed.
        """
        # By the roles that `cdk deploy` works by: who may deploy may adopt.
        updater = StackUpdater(Clients(AwsSession(self._profile), prefer_roles=True))
        wanted = (found for found in import_plan.adoptions if found.needs_import)
        stacks = [list(found) for _, found in groupby(wanted, key=lambda found: found.stack.path)]
        run_each(stacks, lambda found: _import(updater, found), lambda found: found[0].stack.path)
        if not self.awaited(import_plan):
            say(f"{self.name}: adopted; deploy it now, so that what differs becomes what the file says")


def _import(updater: StackUpdater, adoptions: Sequence[Adoption]) -> None:
    stack = adoptions[0].stack
    say(f"== importing {len(adoptions)} into {stack.path}")
    import_into(updater, stack, adoptions)


def adopt_all(found: Sequence[tuple[Adopter, ImportPlan]], options: AdoptOptions) -> None:
    """
    Adopt for all environments, after asking once, or for none.

    Args:
        found: Each environment with what was found for it.
        options: Options of the adoption.

    Raises:
        CommandError: Something blocks the adoption, nobody agreed, an import failed, or a deployment comes between.
    """
    stop_if(
        [f"{adopter.name}: nothing was adopted; see above" for adopter, import_plan in found if import_plan.blockers],
        [
            f"{adopter.name}: nothing was adopted: not everything answered"
            for adopter, import_plan in found
            if import_plan.unanswered and not import_plan.blockers
        ],
    )
    counts = [sum(adoption.needs_import for adoption in import_plan.adoptions) for _, import_plan in found]
    todo = [pair for pair, count in zip(found, counts, strict=True) if count]
    if options.plan_only:
        if options.output:
            for adopter, import_plan in todo:
                adopter.write_for_hands(import_plan, options.output)
        return
    if todo:
        question = f"Adopt these {sum(counts)} into {', '.join(repr(adopter.name) for adopter, _ in todo)}?"
        options.consent.obtain(question, otherwise="nothing was adopted", option="--yes, or --plan to look only")
    run_each(todo, lambda pair: pair[0].adopt(pair[1]), lambda pair: pair[0].name, options.resume)
    if awaited := [line for adopter, import_plan in found for line in adopter.awaited(import_plan)]:
        raise CommandError([*awaited, f"then run the same command again: {options.resume}"])
