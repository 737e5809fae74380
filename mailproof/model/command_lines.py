"""Command lines that messages name, to be pasted."""

import shlex
from collections.abc import Sequence
from pathlib import PurePath

from mailproof.model.environment import Environment

DEFAULT_FOLDER = "environments"


def repair_command(environment: Environment, options: Sequence[str] = ()) -> str:
    """
    Write the command that puts back what the stacks of an environment hold and is not there.

    Args:
        environment: It is named, and its folder if that is not the default.
        options: Given to the command that is running, and of use to this one too: ``--profile``.
    """
    folder = str(PurePath(environment.path).parent)
    place = () if folder == DEFAULT_FOLDER else ("--environments", folder)
    return shlex.join(["mailproof", "repair", environment.name, *place, *options])
