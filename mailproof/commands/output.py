"""Writes a report: data to stdout, and to the files that are named."""

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from mailproof.change.say import say
from mailproof.commands.options import Format
from mailproof.exit_codes import USAGE

if TYPE_CHECKING:
    from mailproof.check.finding import CheckReport


FORMATS_BY_SUFFIX = {
    ".html": Format.HTML,
    ".json": Format.JSON,
    ".md": Format.MARKDOWN,
    ".sarif": Format.SARIF,
}


def check_outputs(outputs: Sequence[Path] | None) -> None:
    """Refuse files that cannot be written before anything is asked: a check may take minutes."""
    for output in outputs or ():
        if output.is_dir() or not os.access(output if output.exists() else output.parent, os.W_OK):
            words = f"{output} cannot be written; name a file in a folder that is there"
            raise typer.BadParameter(words, param_hint="--output")


def write_report(report: "CheckReport", form: Format, outputs: Sequence[Path] | None) -> None:
    """
    Write a report.

    Args:
        report: The report.
        form: Its format on stdout.
        outputs: Files that get it as well, each in the format of its ending, or else in that of stdout.
    """
    is_terminal = sys.stdout.isatty()
    text = render(report, form, width=shutil.get_terminal_size().columns if is_terminal else None)
    typer.echo(text, nl=not text.endswith("\n"))
    for output in outputs or ():
        try:
            output.write_text(render(report, FORMATS_BY_SUFFIX.get(output.suffix, form)), encoding="utf-8")
        except OSError as err:
            say(f"{output}: cannot be written ({err.strerror})")
            raise typer.Exit(report.exit_code or USAGE) from err


def render(report: "CheckReport", form: Format, *, width: int | None = None) -> str:
    """Build the text of a report; with a width it is for a terminal."""
    # Each format is imported where it is wanted: together they take longer than all else at start.
    if form is Format.JSON:
        from mailproof.report.json_report import build_json

        return build_json(report)
    if form is Format.MARKDOWN:
        from mailproof.report.markdown import build_markdown

        return build_markdown(report)
    if form is Format.SARIF:
        from mailproof.report.sarif import build_sarif

        return build_sarif(report)
    if form is Format.HTML:
        from mailproof.report.html import build_html

        return build_html(report)
    from mailproof.report.table import build_table

    return build_table(report, width=width, color=width is not None)
