"""`mailproof dmarc`: which policy is in force, what reports say, and the next step to enforcement."""

import typer

from mailproof.commands.dmarc_next import next_step
from mailproof.commands.dmarc_policy import policy
from mailproof.commands.dmarc_reports import reports
from mailproof.commands.help_text import help_text

dmarc = typer.Typer(no_args_is_help=True, help="See which DMARC policy is in force, and make it stricter step by step.")
dmarc.command(help=help_text(policy))(policy)
dmarc.command(help=help_text(reports))(reports)
dmarc.command("next", help=help_text(next_step))(next_step)
