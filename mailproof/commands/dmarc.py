"""`mailproof dmarc`: which policy is in force, what reports say, and the next step to enforcement."""

import typer

from mailproof.commands.dmarc_policy import policy
from mailproof.commands.help_text import help_text

dmarc = typer.Typer(no_args_is_help=True, help="See which DMARC policy is in force, and make it stricter step by step.")
dmarc.command(help=help_text(policy))(policy)


@dmarc.callback()
def _about() -> None:
    """Keep the names of the commands."""
