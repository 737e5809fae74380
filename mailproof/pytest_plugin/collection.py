"""
Tests collected for every folder of environment files.

::

    environments            a folder
    ├── prod.yaml           an environment
    │   ├── snapshot        its templates are those recorded
    │   └── names           every name is fully qualified once
    ├── owners              no identity or record has two owners, over all environments
    ├── leftovers           no snapshot is left of an environment that is gone
    └── since               no live resource has changed or gone (with --mailproof-since)
"""

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mailproof.environments import SUFFIXES
from mailproof.model.errors import MailproofError
from mailproof.pytest_plugin.project import Project, project_of
from mailproof.testing.assertions import assert_names_qualified, assert_nothing_lost, assert_one_owner
from mailproof.testing.history import stacks_at
from mailproof.testing.snapshots import FOLDER, UPDATE, EnvironmentSnapshot

DONE = pytest.StashKey[list[str]]()


class EnvironmentTests:
    """
    The hooks that collect environment files.

    Args:
        folder: Holds them.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def pytest_collect_directory(self, path: Path, parent: pytest.Collector) -> pytest.Collector | None:
        """Collect the folder as one of environments."""
        return EnvironmentFolder.from_parent(parent, path=path) if path == self._folder else None

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
        """Collect a file of the folder as an environment, if it is one."""
        is_environment = file_path.suffix.lower() in SUFFIXES and not file_path.name.startswith(".")
        if is_environment and file_path.parent == self._folder:
            return EnvironmentFile.from_parent(parent, path=file_path)
        return None

    def pytest_terminal_summary(self, terminalreporter: Any, config: pytest.Config) -> None:
        """Say what was recorded anew."""
        for line in config.stash.get(DONE, []):
            terminalreporter.write_line(f"mailproof {line}")


class EnvironmentFolder(pytest.Directory):
    """Collect the environment files of a folder, and the tests over all of them."""

    def collect(self) -> Iterator[pytest.Item | pytest.Collector]:
        """Yield what pytest collects of any folder, and what is tested over all environments."""
        for path in sorted(self.path.iterdir()):
            if self.ihook.pytest_ignore_collect(collection_path=path, config=self.config):
                continue
            if not path.is_dir():
                yield from self.ihook.pytest_collect_file(file_path=path, parent=self)
            elif folder := self.ihook.pytest_collect_directory(path=path, parent=self):
                yield folder
        yield Owners.from_parent(self, name="owners")
        yield StaleSnapshots.from_parent(self, name="leftovers")
        if self.config.getoption("mailproof_since"):
            yield Since.from_parent(self, name="since")


class EnvironmentFile(pytest.File):
    """Collect the tests of one environment file."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield its tests."""
        yield Snapshot.from_parent(self, name="snapshot")
        yield Names.from_parent(self, name="names")


class EnvironmentTest(pytest.Item):
    """One test; its failure is a message, without a traceback."""

    @property
    def project(self) -> Project:
        """The environments under test."""
        folder = self.path if self.path.is_dir() else self.path.parent
        return project_of(self.config, folder)

    def done(self, lines: Iterable[str]) -> None:
        """Note what was written."""
        self.config.stash.setdefault(DONE, []).extend(lines)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show the message alone where it says all."""
        if isinstance(excinfo.value, AssertionError | MailproofError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Head the failure."""
        return self.path, 0, f"{self.path.relative_to(self.config.rootpath)}: {self.name}"


class Snapshot(EnvironmentTest):
    """The templates are those recorded."""

    def runtest(self) -> None:
        """Compare them, or record them."""
        stacks = self.project.stacks_of(self.path.stem)
        snapshot = EnvironmentSnapshot(self.project.folder / FOLDER / self.path.stem)
        if self.config.getoption("mailproof_update"):
            self.done(snapshot.update(stacks))
        else:
            snapshot.check(stacks)


class Names(EnvironmentTest):
    """Every name is fully qualified once."""

    def runtest(self) -> None:
        """Judge the names."""
        assert_names_qualified(self.project.stacks_of(self.path.stem), self.project.zones())


class Owners(EnvironmentTest):
    """No identity or record has two owners."""

    def runtest(self) -> None:
        """Compare the environments."""
        assert_one_owner(self.project.stacks)


class StaleSnapshots(EnvironmentTest):
    """No snapshot is left of an environment that is gone."""

    def runtest(self) -> None:
        """Find what is left, or remove it."""
        names = {environment.name for environment in self.project.environments}
        folders = [path for path in sorted((self.project.folder / FOLDER).glob("*/")) if path.name not in names]
        if not self.config.getoption("mailproof_update"):
            if folders:
                raise AssertionError(f"{', '.join(map(str, folders))}: the environment is gone; {UPDATE}")
            return
        for folder in folders:
            shutil.rmtree(folder)
            self.done([f"removed {folder}"])


class Since(EnvironmentTest):
    """No live resource has changed or gone since a git ref."""

    def runtest(self) -> None:
        """Compare with what was recorded there, and with what its files make."""
        ref, allowed = self.config.getoption("mailproof_since"), self.config.getoption("mailproof_allow")
        problems: dict[str, None] = {}
        for before in stacks_at(ref, self.project.folder, self.project.context):
            try:
                assert_nothing_lost(before, self.project.stacks, since=ref, allowed=allowed)
            except AssertionError as err:
                problems.update(dict.fromkeys(str(err).splitlines()))
        if problems:
            raise AssertionError("\n".join(problems))
