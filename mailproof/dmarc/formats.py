"""The formats of what reports say: one line per format, and nothing imported before it is wanted."""

from enum import StrEnum
from pathlib import Path
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Self

from mailproof.model.safe_text import visible_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mailproof.dmarc.reading import Reading
    from mailproof.dmarc.sources import DomainReports


class ReportsFormat(StrEnum):
    """
    How reports are written: its name, the ending of its files and the function that writes it.

    Attributes:
        suffix: Of files in this format; empty if none stands for it.
        builder: ``module:function`` below `mailproof.dmarc`.
    """

    suffix: str
    builder: str

    TABLE = "table", "", "reports_table:build_reports"
    JSON = "json", ".json", "reports_json:build_reports"
    HTML = "html", ".html", "reports_html:build_html"

    def __new__(cls, name: str, suffix: str, builder: str) -> Self:
        """Make the name the value."""
        member = str.__new__(cls, name)
        member._value_ = name
        member.suffix = suffix
        member.builder = builder
        return member

    def build(self, reading: "Reading", domains: "Sequence[DomainReports]") -> str:
        """Write what reports say."""
        build: Callable[[Reading, Sequence[DomainReports]], str] = resolve_name(f"mailproof.dmarc.{self.builder}")
        return visible_lines(build(reading, domains))

    def of(self, path: Path) -> "ReportsFormat":
        """Return the format that the ending of a file stands for, else this one."""
        return next((form for form in ReportsFormat if form.suffix and path.suffix.lower() == form.suffix), self)
