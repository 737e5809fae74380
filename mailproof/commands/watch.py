"""`mailproof watch`: one run of a watch, and the workflow by which GitHub runs one."""

import typer

from mailproof.commands.help_text import help_text
from mailproof.commands.watch_run import run
from mailproof.commands.watch_workflow import workflow

watch = typer.Typer(no_args_is_help=True, help="Check again and again, and tell what is new.")
for command in (run, workflow):
    watch.command(help=help_text(command))(command)
