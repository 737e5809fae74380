"""The command `mailproof`. Each command imports what it needs when it runs, so that the help appears at once."""

import os
import sys
from importlib.metadata import version
from io import StringIO
from typing import Annotated

import typer

from mailproof.commands.adopt import adopt
from mailproof.commands.check import check
from mailproof.commands.export import export
from mailproof.commands.help_text import help_text
from mailproof.commands.preflight import preflight
from mailproof.commands.prune import prune
from mailproof.commands.records import records
from mailproof.commands.rollout import rollout
from mailproof.commands.wait import wait
from mailproof.exit_codes import INTERRUPTED, USAGE

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)
for command in (check, wait, preflight, records, export, adopt, prune):
    app.command(help=help_text(command))(command)
app.add_typer(rollout, name="rollout")


def _tell_version(*, asked: bool) -> None:
    if asked:
        typer.echo(f"mailproof {version('mailproof')}")
        raise typer.Exit


@app.callback()
def about(
    *,
    _: Annotated[
        bool,
        typer.Option(
            "--version", callback=lambda asked: _tell_version(asked=asked), is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Prove that Amazon SES mail of your domains authenticates, in every region."""


def main() -> None:
    """Run the command line; end on Ctrl-C with one line and exit code 130."""
    sys.stdout = sys.stdout or StringIO()  # closed by the caller, who wants no data
    try:
        app()
    except OSError as err:  # a full disk behind stdout, say
        print(f"mailproof: {err}", file=sys.stderr)  # noqa: T201 -- Typer is gone by now
        sys.exit(USAGE)
    except SystemExit as end:
        if end.code != INTERRUPTED:
            raise
        print("mailproof: interrupted", file=sys.stderr)  # noqa: T201 -- Typer is gone by now
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(INTERRUPTED)  # a thread that still waits for AWS would hold the process up
