"""Adopts what exists, environment by environment."""

import shlex
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from mailproof.adopt.cdk_import import import_command, run_imports
from mailproof.adopt.import_files import ASSEMBLY, Import, write_import_files
from mailproof.adopt.survey import Surveyor
from mailproof.adopt.survey_result import Survey
from mailproof.adopt.survey_text import build_survey, obstacle_lines
from mailproof.check.selection import Selection
from mailproof.exit_codes import UNANSWERED, WRONG
from mailproof.live.aws_session import AwsSession
from mailproof.live.clients import Clients
from mailproof.rollout.assembly import check_assembly, read_assembly
from mailproof.rollout.checks import say
from mailproof.rollout.consent import Consent
from mailproof.rollout.errors import RolloutError
from mailproof.rollout.programs import find_programs
from mailproof.spec.environment import Environment
from mailproof.spec.placement import place


@dataclass(frozen=True, slots=True)
class Settings:
    """
    What an adoption is given.

    Attributes:
        assembly: Folder of the cloud assembly.
        selection: The only domains and regions.
        plan_only: Show, and import nothing.
        output: Folder that gets the files of the import, to run `cdk import` by hand; None keeps them to ourselves.
        consent: Whether a person has agreed, and how to ask.
        profile: AWS profile; None takes the standard chain.
    """

    assembly: Path
    selection: Selection = field(default_factory=Selection)
    plan_only: bool = False
    output: Path | None = None
    consent: Consent = field(default_factory=Consent)
    profile: str | None = None


class Adopter:
    """
    Adopts for one environment.

    Args:
        environment: The environment.
        settings: What is given.
    """

    def __init__(self, environment: Environment, settings: Settings) -> None:
        self._environment = environment
        self._settings = settings
        self._clients = Clients(AwsSession(settings.profile))

    def survey(self) -> Survey:
        """
        Look for what exists; reads only.

        Raises:
            RolloutError: The assembly is none, or not that of the environment files.
        """
        name, folder = self._environment.name, self._settings.assembly
        stacks = read_assembly(folder, name)
        planned = [plan.id.path for plan in place(self._environment)]
        check_assembly(stacks, planned, folder)
        in_order = {path: stacks[path] for path in planned}
        return Surveyor(self._environment, in_order, self._clients).run(self._settings.selection)

    def report(self, survey: Survey) -> str:
        """Say on stderr what is in the way, and return what can be adopted."""
        for line in (*survey.notes, *obstacle_lines(survey.obstacles), *survey.unanswered):
            say(line)
        return build_survey(self._environment.name, survey)

    def adopt(self, survey: Survey) -> None:
        """
        Import, after asking once.

        Raises:
            RolloutError: Something stands in the way, nobody agreed, or an import failed.
        """
        self._refuse(survey)
        if not any(found.needs_import for found in survey.adoptions):
            return
        if self._settings.plan_only:
            if self._settings.output:
                self._write_for_hands(survey, self._settings.output)
            return
        if not self._settings.consent.yes:
            count = sum(found.needs_import for found in survey.adoptions)
            question = f"Adopt these {count} into {self._environment.name!r}? [y/N] "
            self._settings.consent.confirm(question, "--yes, or --plan to look only", "nothing was adopted")
        programs = find_programs()
        with tempfile.TemporaryDirectory(prefix="mailproof-") as folder:
            imports = self._files(survey, Path(folder))
            run_imports(imports, survey.adoptions, programs, self._clients, self._settings.profile)
        say(f"{self._environment.name}: adopted; deploy it now, so that what differs becomes what the file says")

    def _refuse(self, survey: Survey) -> None:
        if survey.obstacles:
            raise RolloutError(f"{self._environment.name}: nothing was adopted; see above", WRONG)
        if survey.unanswered:
            raise RolloutError(f"{self._environment.name}: nothing was adopted: not everything answered", UNANSWERED)

    def _write_for_hands(self, survey: Survey, folder: Path) -> None:
        for stack, mapping in self._files(survey, folder):
            say(shlex.join(["cdk", *import_command(stack.path, folder / ASSEMBLY, mapping)]))

    def _files(self, survey: Survey, folder: Path) -> list[Import]:
        return write_import_files(self._settings.assembly, folder, self._environment.name, survey.adoptions)
