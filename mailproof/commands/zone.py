"""`mailproof zone`: zones that move to other name servers."""

import typer

from mailproof.commands.help_text import help_text
from mailproof.commands.zone_compare import compare

zone = typer.Typer(no_args_is_help=True, help="Move a zone to other name servers, and lose nothing.")
zone.command(help=help_text(compare))(compare)


@zone.callback()
def _about() -> None:
    """Keep the name of the one command."""
