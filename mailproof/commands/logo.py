"""`mailproof logo`: whether receivers can show a logo (BIMI)."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from mailproof.change.say import show_lines
from mailproof.commands.errors import command_errors

READ_LIMIT_BYTES = 1_000_000


def logo(
    svg: Annotated[Path, typer.Argument(metavar="FILE.svg", help="The logo.")],
    *,
    certificate: Annotated[
        Path | None,
        typer.Option(metavar="FILE.pem", help="Its certificate (VMC or CMC), followed by those that issued it."),
    ] = None,
    domain: Annotated[str | None, typer.Option(metavar="NAME", help="The domain that sends.")] = None,
) -> None:
    """
    Say whether receivers can show a logo: the profile and size of its SVG, and its certificate.

    Reads these files only. `mailproof check` says whether the DMARC policy of the domain allows a logo.

    Exit code 0: nothing is wrong.
    1: something is.
    2: usage, or a file that cannot be read.
    """
    with command_errors():
        from mailproof.logo.certificate import certificate_faults
        from mailproof.logo.svg import svg_faults
        from mailproof.model.names import parse_sending_domain

        name = domain and parse_sending_domain(domain)
        picture = _read(svg)
        faults = [f"{svg} {fault}" for fault in svg_faults(picture)]
        if certificate:
            found = certificate_faults(_read(certificate), name, picture, datetime.now(UTC))
            faults += [f"{certificate} {fault}" for fault in found]
    show_lines(*(faults or ["all well"]))
    if not certificate:
        show_lines("Gmail and Apple show no logo without a certificate.")
    raise typer.Exit(1 if faults else 0)


def _read(path: Path) -> bytes:
    """Read a file, and no more of it than tells that it is too long."""
    from mailproof.model.errors import MailproofError

    try:
        with path.open("rb") as file:
            return file.read(READ_LIMIT_BYTES)
    except OSError as err:
        raise MailproofError(f"{path}: cannot be read: {err.strerror}; name another file") from err
