"""Report the progress of a command to the person who runs it."""

import typer


def say(text: str) -> None:
    """Print a line on standard error, at once."""
    typer.echo(text, err=True)
