"""`mailproof dkim`: own DKIM keys, and replicas of keys of SES."""

import typer

from mailproof.commands.dkim_new_key import new_key
from mailproof.commands.dkim_replicate import replicate
from mailproof.commands.dkim_rotate import rotate
from mailproof.commands.help_text import help_text

dkim = typer.Typer(no_args_is_help=True, help="Make own DKIM keys, exchange them, and replicate keys of SES.")
dkim.command("new-key", help=help_text(new_key))(new_key)
dkim.command("rotate", help=help_text(rotate))(rotate)
dkim.command(help=help_text(replicate))(replicate)
