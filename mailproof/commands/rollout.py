"""`mailproof rollout`: the plan of a rollout, its waves one by one, and the workflow that GitHub runs."""

import typer

from mailproof.commands.help_text import help_text
from mailproof.commands.rollout_plan import plan
from mailproof.commands.rollout_run import run
from mailproof.commands.rollout_workflow import workflow

rollout = typer.Typer(no_args_is_help=True, help="Roll environments out, wave by wave, with a proof after each.")
for command in (plan, run, workflow):
    rollout.command(help=help_text(command))(command)
