"""The command `mailproof`. Each command imports what it needs when it runs, so that the help appears at once."""

import os
import sys
from importlib.metadata import version
from io import StringIO, TextIOWrapper
from typing import Annotated, NoReturn

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
from mailproof.exit_codes import INTERRUPTED, PIPE_CLOSED, USAGE

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
    """Run the command line; end with one line where it is interrupted, or nobody takes its output."""
    sys.stdout = sys.stdout or StringIO()  # closed by the caller, who wants no data
    _encode_stdout()
    try:
        try:
            app()
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        _end(PIPE_CLOSED)  # `head` has seen enough
    except OSError as err:  # a full disk behind stdout, say
        _end(USAGE, f"mailproof: {err}")
    except SystemExit as end:
        if end.code != INTERRUPTED:
            raise
        _end(INTERRUPTED, "mailproof: interrupted")


def _encode_stdout() -> None:
    """Write UTF-8 to files and pipes whatever the locale, as `--output` does; a terminal shows what it can."""
    if isinstance(sys.stdout, TextIOWrapper):
        is_terminal = sys.stdout.isatty()
        sys.stdout.reconfigure(encoding=None if is_terminal else "utf-8", errors="replace")


def _end(code: int, line: str = "") -> NoReturn:
    """End at once: Python would write to stdout again, and a thread that waits for AWS would hold the process up."""
    if line:
        print(line, file=sys.stderr, flush=True)  # noqa: T201 -- Typer is gone by now
    os._exit(code)
