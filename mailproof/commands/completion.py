"""What a shell offers at Tab: the values of options and arguments that are known here."""

from pathlib import Path

import typer

from mailproof.model.folder import DEFAULT_FOLDER


def environment_names(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the names of the files in the folder of the environment files that begin so."""
    folder = Path(ctx.params.get("environments") or DEFAULT_FOLDER)
    return sorted(path.stem for path in folder.glob(f"{incomplete}*.y*ml"))


def region_names(incomplete: str) -> list[str]:
    """Return the regions that begin so."""
    from mailproof.model.regions import REGIONS

    return sorted(region for region in REGIONS if region.startswith(incomplete))
