"""Environments of the repository under test, each synthesised once per run."""

import os
import tempfile
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from mailproof.environments import load_environments
from mailproof.model.environment import Environment
from mailproof.model.errors import InvalidValue
from mailproof.model.messages import did_you_mean
from mailproof.template.cloud_assembly import Stacks
from mailproof.testing.synthesis import read_context, synthesise_environments

TEXT_NAME = "test"  # of an environment that is given as text


class Project:
    """
    A repository with environment files, each read and synthesised once per run.

    Args:
        root: Holds ``cdk.json``, if there is one.
        folder: Holds the environment files.
    """

    def __init__(self, root: Path, folder: Path) -> None:
        self.folder = Path(os.path.relpath(folder))  # shown in messages
        self._root = root

    @cached_property
    def context(self) -> dict[str, Any]:
        """Context of the app."""
        return read_context(self._root)

    @cached_property
    def environments(self) -> list[Environment]:
        """The environments; reading them fails on every problem of every file."""
        return load_environments(self.folder)

    @cached_property
    def stacks(self) -> Stacks:
        """All stacks of all environments."""
        return synthesise_environments(self.environments, self.context)

    def zones(self) -> dict[str, str]:
        """Zone id to zone name."""
        zones = (zone for environment in self.environments for zone in environment.zones.values())
        return {zone.id: zone.name for zone in zones if zone.id}

    def stacks_of(self, name: str) -> Stacks:
        """Return the stacks of one environment."""
        return {path: stack for path, stack in self.stacks.items() if path.startswith(f"{name}/")}

    def synthesise(self, environment: str) -> Stacks:
        """
        Synthesise one environment.

        Args:
            environment: Its name, or the text of an environment file, which is then called ``test``.

        Returns:
            Its stacks by path, such as ``prod/ses-eu-west-1``.

        Raises:
            EnvironmentFileError: With every problem of every file, or of the text.
            InvalidValue: There is no environment of this name.
        """
        if "\n" in environment:
            with tempfile.TemporaryDirectory(prefix="mailproof-") as folder:
                Path(folder, f"{TEXT_NAME}.yaml").write_text(environment, encoding="utf-8")
                return synthesise_environments(load_environments(Path(folder)), self.context)
        names = [known.name for known in self.environments]
        if environment not in names:
            todo = did_you_mean(environment, names) or f"there are {', '.join(names)}"
            raise InvalidValue("is not an environment", environment, todo)
        return self.stacks_of(environment)


PROJECT = pytest.StashKey[Project]()


def project_of(config: pytest.Config, folder: Path) -> Project:
    """Return the project of a run, the same for all its tests."""
    return config.stash.setdefault(PROJECT, Project(config.rootpath, folder))
