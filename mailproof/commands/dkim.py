"""`mailproof dkim`: own DKIM keys."""

import typer

from mailproof.commands.dkim_new_key import new_key
from mailproof.commands.dkim_rotate import rotate
from mailproof.commands.help_text import help_text

dkim = typer.Typer(no_args_is_help=True, help="Make own DKIM keys, and exchange them without a gap.")
dkim.command("new-key", help=help_text(new_key))(new_key)
dkim.command("rotate", help=help_text(rotate))(rotate)
