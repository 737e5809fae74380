"""The option `--assembly` of the commands that deploy and adopt."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

Assembly: TypeAlias = Annotated[
    Path | None, typer.Option("--assembly", metavar="DIR", help="Cloud assembly; else app.py here makes one.")
]


@contextmanager
def assembly_of(given: Path | None, environments: Path) -> Iterator[Path]:
    """
    Yield the folder of the assembly, synthesised into one that goes again if none is given.

    Raises:
        CommandError: There is no app here, it failed, or there is no room.
    """
    from mailproof.change.errors import CommandError
    from mailproof.change.programs import synthesise
    from mailproof.exit_codes import USAGE

    if given:
        yield given
        return
    try:
        folder = tempfile.TemporaryDirectory(prefix="mailproof-")
    except OSError as err:
        what = f"no room for the cloud assembly ({err}); free some, or point TMPDIR elsewhere; nothing was deployed"
        raise CommandError(what, USAGE) from err
    with folder as path:
        output = Path(path, "cdk.out")
        synthesise(environments, output)
        yield output
