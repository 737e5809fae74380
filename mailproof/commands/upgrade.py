"""`mailproof upgrade`: brings what `mailproof init` has written to the version that is installed."""

from pathlib import Path
from typing import Annotated

import typer

from mailproof.change.say import say, show_lines
from mailproof.commands.errors import command_errors
from mailproof.exit_codes import WRONG


def upgrade(
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit with 1 if a file is of another version.")
    ] = False,
) -> None:
    """
    Write the pins and the schema of the version that is installed into the files of this folder.

    Those are requirements.txt, package.json, package-lock.json and the schema of the environment files. Lines of other
    packages stay. Nothing is deployed: what the version changes in the templates, the tests of the environments show.

    Exit code 0: written, or all are of this version.
    1: a file is of another version, or has to be changed by hand.
    2: usage, or a file that cannot be read or written.
    """
    with command_errors():
        from mailproof.scaffold.upgrade import find_upgrade, write_upgrade

        found = find_upgrade(Path())
        if not check:
            write_upgrade(found, Path())
    for path in found.texts:
        show_lines(f"{path}: {'is of another version' if check else 'written'}")
    say(*found.by_hand)
    if not found.texts and not found.by_hand:
        show_lines("all files are of this version")
    elif not check:
        show_lines("Next: read *Replaces resources* in the changelog of mailproof; run pytest --mailproof-since=REF")
    raise typer.Exit(WRONG if found.by_hand or (check and found.texts) else 0)
