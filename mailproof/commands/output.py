"""Write a report to stdout and to the files that are named."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from mailproof.change.say import say, show, terminal_width
from mailproof.exit_codes import USAGE
from mailproof.output_file import can_be_written, write_file
from mailproof.report.formats import ReportFormat, format_of

if TYPE_CHECKING:
    from mailproof.check.finding import CheckReport


def check_outputs(outputs: Sequence[Path] | None) -> None:
    """Refuse files that cannot be written before anything is asked: a check may take minutes."""
    for output in outputs or ():
        if not can_be_written(output):
            words = f"{output} cannot be written; name a file in a folder that is there"
            raise typer.BadParameter(words, param_hint="--output")


def write_report(
    report: "CheckReport", form: ReportFormat, outputs: Sequence[Path] | None, *, whole: bool = False
) -> None:
    """
    Write a report.

    Args:
        report: The report.
        form: Its format on stdout.
        outputs: Files that get it as well, each in the format of its ending, or else in that of stdout.
        whole: List everything at a terminal, too.
    """
    _show(report, form, whole=whole)
    failures = [output for output in outputs or () if not _write(output, format_of(output, form).build(report))]
    if failures:
        raise typer.Exit(report.exit_code or USAGE)


def _write(output: Path, text: str) -> bool:
    try:
        write_file(output, text)
    except OSError as err:
        say(f"{output}: cannot be written ({err.strerror})")
        return False
    return True


def _show(report: "CheckReport", form: ReportFormat, *, whole: bool) -> None:
    if form is ReportFormat.TABLE and (width := terminal_width()):
        from rich.console import Console

        from mailproof.report.table import build_table

        terminal = Console()  # knows NO_COLOR, TERM=dumb and their like
        has_color = terminal.color_system is not None and not terminal.no_color
        show(build_table(report, width=width, color=has_color, whole=whole), styled=True)
    else:
        show(form.build(report))
