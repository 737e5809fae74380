"""
The pytest plug-in: snapshot tests of environment files without writing code, and the fixture `synthesise`.

pytest loads this module in every run of an environment in which mailproof is installed. So it imports nothing beside
pytest, and does nothing unless it is asked for by ``--mailproof`` or by ``mailproof_environments`` in pytest's
configuration.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from mailproof.pytest_plugin.project import Project
    from mailproof.template.cloud_assembly import Stacks

DEFAULT_FOLDER = "environments"
INI = "mailproof_environments"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("mailproof", "mailproof: environment files")
    group.addoption("--mailproof", action="store_true", help="test the environment files as well")
    group.addoption("--mailproof-update", action="store_true", help="record their templates anew")
    group.addoption(
        "--mailproof-since", metavar="REF", help="fail if a resource that is live at this git ref changes or goes"
    )
    group.addoption(
        "--mailproof-allow", metavar="NAME", action="append", default=[], help="name that may go; may be repeated"
    )
    parser.addini(INI, f"folder of environment files to test in every run (with --mailproof: {DEFAULT_FOLDER})")


def pytest_configure(config: pytest.Config) -> None:
    """Collect the environment files, if asked to."""
    is_asked = any(config.getoption(f"mailproof{name}") for name in ("", "_update", "_since"))
    folder = _folder(config)
    if not is_asked and not config.getini(INI):
        return
    if not folder.is_dir():
        raise pytest.UsageError(f"mailproof: {folder} is not a folder; name that of the environment files by {INI}")
    if is_asked or config.args_source is pytest.Config.ArgsSource.TESTPATHS:
        _add_path(config, folder)
    from mailproof.pytest_plugin.collection import EnvironmentTests  # noqa: PLC0415 -- only if asked for

    config.pluginmanager.register(EnvironmentTests(folder), "mailproof-environments")


def _folder(config: pytest.Config) -> Path:
    return Path(os.path.normpath(config.rootpath / (config.getini(INI) or DEFAULT_FOLDER)))


def _add_path(config: pytest.Config, folder: Path) -> None:
    """Have the folder collected beside the paths of the command line, unless they say what to collect of it."""
    paths = [(config.invocation_params.dir / argument.partition("::")[0]).resolve() for argument in config.args]
    own = folder.resolve()
    if not any(path.is_relative_to(own) or own.is_relative_to(path) for path in paths):
        config.args.append(str(folder))


def _project(config: pytest.Config) -> "Project":
    from mailproof.pytest_plugin.project import project_of  # noqa: PLC0415 -- only if asked for

    return project_of(config, _folder(config))


@pytest.fixture(scope="session")
def synthesise(pytestconfig: pytest.Config) -> "Callable[[str], Stacks]":
    """Synthesise one environment, by its name or from the YAML text of one, and return its stacks by path."""
    return _project(pytestconfig).synthesise
