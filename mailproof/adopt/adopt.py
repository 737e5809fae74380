"""Adopts what exists, environment by environment."""

import shlex
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mailproof.adopt.cdk_import import Importer, import_command
from mailproof.adopt.import_files import ASSEMBLY, Import, write_import_files
from mailproof.adopt.import_plan import ImportPlanner
from mailproof.adopt.import_plan_result import ImportPlan
from mailproof.adopt.import_plan_text import build_survey, obstacle_lines
from mailproof.change.consent import Consent
from mailproof.change.errors import CommandError, run_each, stop_if
from mailproof.change.programs import find_programs
from mailproof.change.say import say
from mailproof.check.selection import Selection
from mailproof.live.aws.clients import Clients
from mailproof.live.aws.session import AwsSession
from mailproof.model.environment import Environment
from mailproof.model.placement import plan_stacks
from mailproof.template.cloud_assembly import check_assembly, read_assembly


@dataclass(frozen=True, slots=True)
class AdoptOptions:
    """
    What an adoption is given.

    Attributes:
        assembly: Folder of the cloud assembly.
        selection: The only domains and regions.
        plan_only: Show, and import nothing.
        output: Folder that gets the files of the import, to run `cdk import` by hand; None keeps them to ourselves.
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
        settings: What is given.
        profile: AWS profile; None takes the standard chain.
    """

    def __init__(self, environment: Environment, settings: AdoptOptions, profile: str | None = None) -> None:
        self.name = environment.name
        self._environment = environment
        self._settings = settings
        self._profile = profile
        self._clients = Clients(AwsSession(profile))

    def survey(self) -> ImportPlan:
        """
        Look for what exists; reads only.

        Raises:
            CommandError: The assembly is none, or not that of the environment files.
        """
        name, folder = self.name, self._settings.assembly
        stacks = read_assembly(folder, name)
        planned = [plan.id.path for plan in plan_stacks(self._environment)]
        check_assembly(stacks, planned, folder)
        in_order = {path: stacks[path] for path in planned}
        return ImportPlanner(self._environment, in_order, self._clients).run(self._settings.selection)

    def report(self, survey: ImportPlan) -> str:
        """Say on stderr what is in the way, and return what can be adopted."""
        for line in (*survey.notes, *obstacle_lines(survey.obstacles), *survey.unanswered):
            say(line)
        return build_survey(self.name, survey)

    def awaited(self, survey: ImportPlan) -> list[str]:
        """Say what has to be deployed before the rest can be adopted; nothing if there is no rest."""
        producers = dict.fromkeys(found.after for found in survey.adoptions if found.after)
        what = f"{self.name}: the rest can be adopted once this is deployed; deploy nothing else before"
        return [f"{what}: {shlex.join(['cdk', 'deploy', *producers])}"] if producers else []

    def write_for_hands(self, survey: ImportPlan, folder: Path) -> None:
        """Write the files of the imports, and say the commands."""
        for stack, mapping in self._files(survey, folder):
            say(shlex.join(["cdk", *import_command(stack.path, folder / ASSEMBLY, mapping)]))

    def adopt(self, survey: ImportPlan) -> None:
        """
        Import.

        Raises:
            CommandError: An import failed.
        """
        programs = find_programs()
        with tempfile.TemporaryDirectory(prefix="mailproof-") as folder:
            imports = self._files(survey, Path(folder))
            Importer(programs, self._clients, self._profile).run(imports, survey.adoptions)
        if not self.awaited(survey):
            say(f"{self.name}: adopted; deploy it now, so that what differs becomes what the file says")

    def _files(self, survey: ImportPlan, folder: Path) -> list[Import]:
        return write_import_files(self._settings.assembly, folder, self.name, survey.adoptions)


def adopt_all(found: Sequence[tuple[Adopter, ImportPlan]], settings: AdoptOptions) -> None:
    """
    Adopt for all environments, after asking once, or for none.

    Args:
        found: Each environment with what was found for it.
        settings: What all of them are given.

    Raises:
        CommandError: Something stands in the way, nobody agreed, an import failed, or a deployment has to come between.
    """
    stop_if(
        [f"{adopter.name}: nothing was adopted; see above" for adopter, survey in found if survey.obstacles],
        [
            f"{adopter.name}: nothing was adopted: not everything answered"
            for adopter, survey in found
            if survey.unanswered and not survey.obstacles
        ],
    )
    counts = [sum(adoption.needs_import for adoption in survey.adoptions) for _, survey in found]
    todo = [pair for pair, count in zip(found, counts, strict=True) if count]
    if settings.plan_only:
        if settings.output:
            for adopter, survey in todo:
                adopter.write_for_hands(survey, settings.output)
        return
    if todo:
        question = f"Adopt these {sum(counts)} into {', '.join(repr(adopter.name) for adopter, _ in todo)}?"
        settings.consent.obtain(question, otherwise="nothing was adopted", option="--yes, or --plan to look only")
    run_each(todo, lambda pair: pair[0].adopt(pair[1]), lambda pair: pair[0].name, settings.resume)
    if awaited := [line for adopter, survey in found for line in adopter.awaited(survey)]:
        raise CommandError([*awaited, f"then run the same again: {settings.resume}"])
