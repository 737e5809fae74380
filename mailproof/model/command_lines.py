"""Command lines that messages name, to be pasted."""

import shlex
from collections.abc import Sequence
from functools import cache
from pathlib import PurePath

from mailproof.model.environment import Environment
from mailproof.model.folder import DEFAULT_FOLDER


def with_credentials_of(account: str, command: str) -> str:
    """Say whose credentials a command of the AWS CLI takes: those at hand may be of another account."""
    return f"with credentials of {account}, as --profile NAME of the AWS CLI gives: {command}"


def repair_command(environment: Environment, options: Sequence[str] = ()) -> str:
    """
    Write the command that puts back what the stacks of an environment hold and is not there.

    Args:
        environment: It is named, and its folder if that is not the default.
        options: Given to the command that is running, and of use to this one too: ``--profile``.
    """
    return shlex.join(["mailproof", "repair", environment.name, *_folder(environment), *options])


def rollout_command(environment: Environment) -> str:
    """Write the command that deploys an environment."""
    return shlex.join(["mailproof", "rollout", "run", environment.name, *_folder(environment)])


def move_command(environment: Environment, options: Sequence[str] = ()) -> str:
    """Write the command that takes what is live into the stacks of an environment, with more options."""
    return shlex.join(["mailproof", "move", environment.name, *_folder(environment), *options])


def records_command(environment: Environment, domain: str) -> str:
    """Write the command that prints the records of a domain."""
    return shlex.join(["mailproof", "records", "--domain", domain, *_folder(environment)])


def prune_command(environment: Environment, *options: str) -> str:
    """Write the command that lists, and with `--remove` removes, what left the files."""
    return shlex.join(["mailproof", "prune", *options, *_folder(environment)])


def restart_command(environment: Environment, domain: str = "") -> str:
    """Write the command that starts set-up again where SES has given up, and waits for it."""
    narrowed = ("--domain", domain) if domain else ()
    words = ["mailproof", "wait", "--restart", "--environment", environment.name, *narrowed]
    return shlex.join([*words, *_folder(environment)])


def wait_command(environment: Environment) -> str:
    """Write the command that waits until all is verified."""
    return shlex.join(["mailproof", "wait", "--environment", environment.name, *_folder(environment)])


def new_key_command(path: str, domain: str, options: Sequence[str] = ()) -> str:
    """Write the command that makes an own DKIM key for a domain of an environment file, or gives it to more regions."""
    return shlex.join(["mailproof", "dkim", "new-key", PurePath(path).stem, domain, *_folder_of(path), *options])


def resend_command(environment: Environment, address: str, region: str) -> str:
    """Write the command that has SES send its verification mail to an address once more."""
    words = ["mailproof", "address", "resend", environment.name, address, "--region", region]
    return shlex.join([*words, *_folder(environment)])


def rotate_command(environment: Environment, domain: str) -> str:
    """Write the command that takes the next step from one own DKIM key to another."""
    return shlex.join(["mailproof", "dkim", "rotate", environment.name, domain, *_folder(environment)])


def replicate_command(environment: Environment, *domains: str, options: Sequence[str] = ()) -> str:
    """Write the command that makes the replicas of an environment."""
    return shlex.join(["mailproof", "dkim", "replicate", environment.name, *domains, *_folder(environment), *options])


def adopt_command(environment: Environment, options: Sequence[str] = ()) -> str:
    """Write the command that imports what exists into the stacks of an environment."""
    return shlex.join(["mailproof", "adopt", "--environment", environment.name, *_folder(environment), *options])


def _folder(environment: Environment) -> tuple[str, ...]:
    return _folder_of(environment.path)


@cache
def _folder_of(path: str) -> tuple[str, ...]:
    """Name the folder of a file if it is not the default."""
    folder = str(PurePath(path).parent)
    return () if folder == DEFAULT_FOLDER or not path else ("--environments", folder)
