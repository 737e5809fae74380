"""The formats of explanations."""

from enum import StrEnum
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Self

from mailproof.model.safe_text import visible_lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from mailproof.explain.report import Explanations


class ExplanationFormat(StrEnum):
    """
    How explanations are written: its name and the function that writes it.

    Attributes:
        builder: ``module:function`` below `mailproof.explain`.
    """

    builder: str

    TABLE = "table", "table:build_table"
    JSON = "json", "report:build_json"
    MARKDOWN = "markdown", "pages:build_markdown"
    HTML = "html", "pages:build_html"

    def __new__(cls, name: str, builder: str) -> Self:
        """Make the name the value."""
        member = str.__new__(cls, name)
        member._value_ = name
        member.builder = builder
        return member

    def build(self, found: "Explanations") -> str:
        """Write explanations."""
        build: Callable[[Explanations], str] = resolve_name(f"mailproof.explain.{self.builder}")
        return visible_lines(build(found))
