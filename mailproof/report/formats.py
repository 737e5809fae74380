"""The formats of reports: one line per format, and nothing imported before it is wanted."""

from enum import StrEnum
from pathlib import Path
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Self

from mailproof.model.safe_text import visible_lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from mailproof.check.finding import CheckReport


class ReportFormat(StrEnum):
    """
    How a report is written: its name, the endings of its files, the function that writes it.

    Attributes:
        suffixes: Of files in this format.
        builder: ``module:function`` below `mailproof.report`; all modules together take longer than all else at start.
    """

    suffixes: tuple[str, ...]
    builder: str

    TABLE = "table", (), "table:build_table"
    JSON = "json", (".json",), "json_report:build_json"
    MARKDOWN = "markdown", (".md",), "markdown:build_markdown"
    SARIF = "sarif", (".sarif",), "sarif:build_sarif"
    HTML = "html", (".html",), "html:build_html"

    def __new__(cls, name: str, suffixes: tuple[str, ...], builder: str) -> Self:
        """Make the name the value."""
        member = str.__new__(cls, name)
        member._value_ = name
        member.suffixes = suffixes
        member.builder = builder
        return member

    def build(self, report: "CheckReport") -> str:
        """Write a report in this format, for no terminal; no line of it is obeyed by a CI system."""
        build: Callable[[CheckReport], str] = resolve_name(f"mailproof.report.{self.builder}")
        return visible_lines(build(report))


def format_of(path: Path, otherwise: ReportFormat) -> ReportFormat:
    """Return the format that the ending of a file stands for."""
    return next((form for form in ReportFormat if path.suffix.lower() in form.suffixes), otherwise)


def known_suffixes() -> list[str]:
    """List the endings that stand for a format."""
    return [suffix for form in ReportFormat for suffix in form.suffixes]
