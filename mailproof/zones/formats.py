"""The formats of a comparison."""

from enum import StrEnum
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Self

from mailproof.model.safe_text import visible_lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from mailproof.zones.outcome import Comparison


class ComparisonFormat(StrEnum):
    """
    How a comparison is written: its name and the function that writes it.

    Attributes:
        builder: ``module:function`` below `mailproof.zones`.
    """

    builder: str

    TABLE = "table", "table:build_table"
    JSON = "json", "json_comparison:build_json"

    def __new__(cls, name: str, builder: str) -> Self:
        """Make the name the value."""
        member = str.__new__(cls, name)
        member._value_ = name
        member.builder = builder
        return member

    def build(self, comparison: "Comparison") -> str:
        """Write a comparison."""
        build: Callable[[Comparison], str] = resolve_name(f"mailproof.zones.{self.builder}")
        return visible_lines(build(comparison))
