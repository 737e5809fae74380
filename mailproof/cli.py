"""The command `mailproof`. Each command imports what it needs when it runs, so that the help appears at once."""

import os
import sys

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

INTERRUPTED = 130  # what a shell makes of SIGINT: 128 + 2

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)
for command in (check, wait, preflight, records, export, adopt, prune):
    app.command(help=help_text(command))(command)
app.add_typer(rollout, name="rollout")


@app.callback()
def about() -> None:
    """Prove that Amazon SES mail of your domains authenticates, in every region."""


def main() -> None:
    """Run the command line; end on Ctrl-C with one line and exit code 130."""
    try:
        app()
    except SystemExit as end:
        if end.code != INTERRUPTED:
            raise
        print("mailproof: interrupted", file=sys.stderr)  # noqa: T201 -- Typer is gone by now
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(INTERRUPTED)  # a thread that still waits for AWS would hold the process up
