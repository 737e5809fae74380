"""The CDK app: from a folder of environment files to one Stage per environment."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from aws_cdk import App

from mailproof.environments import load_environments
from mailproof.model.environment import Environment
from mailproof.model.errors import EnvironmentFileError, InvalidValue, Problem
from mailproof.model.folder import DEFAULT_FOLDER
from mailproof.model.watch import Watch
from mailproof.stacks.environment_stage import EnvironmentStage


def build_app(app: App) -> App:
    """
    Add a Stage for every environment.

    Args:
        app: Its context key ``environments`` names the folder, ``environment`` the one environment to synthesise,
            ``pipeline`` the file of the pipeline that rolls all of them out; without it there is none.

    Raises:
        EnvironmentFileError: With every problem of every file.
        InvalidValue: A context key holds no text.
    """
    folder = Path(_context(app, "environments") or DEFAULT_FOLDER)
    only = _context(app, "environment")
    environments = load_environments(folder, *[only] if only else [])
    path = _context(app, "pipeline")
    add_pipeline = _read_pipeline(app, path, folder) if path else None  # a Stage writes to disk as soon as it is made
    for environment in environments:
        EnvironmentStage(app, environment)
        if environment.watch:
            _add_watch(app, environment, environment.watch, folder)
    if add_pipeline:
        add_pipeline()
    return app


def _context(app: App, key: str) -> str | None:
    value: object = app.node.try_get_context(key)
    if value is not None and not isinstance(value, str):
        raise InvalidValue(f"the context {key!r} is not text", value, "write one")
    return value


def _add_watch(app: App, environment: Environment, watch: Watch, folder: Path) -> None:
    from mailproof.stacks.watch import WatchStack  # noqa: PLC0415 -- importing its services takes a second

    WatchStack(app, environment, watch, folder)


def _read_pipeline(app: App, path: str, folder: Path) -> Callable[[], object]:
    """Read what the pipeline is made of, and return what makes it."""
    from mailproof.model.pipeline import read_pipeline  # noqa: PLC0415 -- most apps have none
    from mailproof.model.waves import build_rollout  # noqa: PLC0415 -- as above
    from mailproof.stacks.pipeline import PipelineStack  # noqa: PLC0415 -- importing its services takes a second

    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as err:
        raise EnvironmentFileError([Problem(path, None, "", f"cannot be read ({err})")]) from err
    environments = load_environments(folder)
    return partial(PipelineStack, app, read_pipeline(path, text), environments, build_rollout(environments))
