"""Synthesise environments without the CDK's command line. Imports the CDK only when called."""

import json
import tempfile
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import mailproof.stacks  # noqa: F401 -- names the Node that the CDK is to start
from mailproof.model.environment import Environment
from mailproof.model.errors import MailproofError
from mailproof.template.cloud_assembly import Stacks, read_all


class MissingCdkError(MailproofError):
    """The AWS CDK is not installed."""

    def __init__(self) -> None:
        super().__init__("synthesis needs the AWS CDK, which is not installed; run: pip install 'mailproof[cdk]'")


def synthesise_environments(environments: Iterable[Environment], context: dict[str, Any] | None = None) -> Stacks:
    """
    Synthesise environments, one Stage each, as ``app.py`` does.

    Args:
        environments: What `mailproof.environments.load_environments` returns.
        context: Of the app, as `read_context` returns it.

    Raises:
        MissingCdkError: The extra ``cdk`` is not installed.
    """
    if find_spec("aws_cdk") is None:
        raise MissingCdkError
    from mailproof.stacks.environment_stage import EnvironmentStage  # noqa: PLC0415 -- loads the CDK, which takes a second
    from mailproof.stacks.new_app import new_app  # noqa: PLC0415 -- the same

    with tempfile.TemporaryDirectory(prefix="mailproof-") as folder:
        app = new_app(outdir=folder, context=context)
        for environment in environments:
            EnvironmentStage(app, environment)
        app.synth()
        return read_all(Path(folder))


def read_context(root: Path) -> dict[str, Any]:
    """Return the context of a ``cdk.json``, which the CDK's command line hands to the app; empty without one."""
    file = root / "cdk.json"
    if not file.exists():
        return {}
    return dict(json.loads(file.read_text(encoding="utf-8")).get("context", {}))
