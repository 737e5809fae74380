"""`mailproof try`: deploys the environment files to an AWS on this machine, and checks them there."""

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from mailproof.change.say import say
from mailproof.commands.errors import command_errors
from mailproof.commands.options import DEFAULT_ENVIRONMENTS, Environments
from mailproof.exit_codes import USAGE

NEEDED = ("aiosmtpd", "authres", "aws_cdk", "dkim", "httptools", "ministack", "uvicorn")
"""Modules of the extra `try`."""
MAX_PORT = 65535


def trial(
    *,
    environments: Environments = DEFAULT_ENVIRONMENTS,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep it running, and print the variables with which other programs use it.")
    ] = False,
    port: Annotated[
        int, typer.Option(min=0, max=MAX_PORT, help="Port of the emulated AWS; 0 takes a free one.")
    ] = 4566,
    dns_port: Annotated[
        int, typer.Option(min=0, max=MAX_PORT, help="Port of the emulated DNS; 0 takes a free one.")
    ] = 4553,
    work: Annotated[Path, typer.Option(help="Folder for what is written on the way.")] = Path(".localaws"),
) -> None:
    """
    Deploy the environment files to an AWS that runs on this machine, and check every domain in every region there.

    It needs no account, reads no credentials and asks nothing of AWS or of public DNS. The hosted zones that
    the files name are made first, and the records of other DNS providers are published as a person would do it.

    Exit code 0: every domain is verified.
    1: something is wrong, or a step failed.
    2: usage, an environment file, or it cannot start.
    """
    if missing := [name for name in NEEDED if find_spec(name) is None]:
        say(f"the embedded AWS is not installed ({', '.join(missing)} missing); run: pip install 'mailproof[try]'")
        raise typer.Exit(USAGE)
    with command_errors():
        from mailproof.localaws.trial import TrialOptions, try_environments

        code = try_environments(TrialOptions(environments, work, port, dns_port, keep))
    raise typer.Exit(code)
