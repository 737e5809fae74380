"""Formats of a document that one function each writes, of which nothing is imported before it is wanted."""

from enum import StrEnum
from pkgutil import resolve_name
from typing import Any, Self

from mailproof.model.safe_text import visible_lines


class BuiltFormat(StrEnum):
    """
    How a document is written: a name, and the function that writes it. It has no members of its own.

    Attributes:
        builder: ``module:function``.
    """

    builder: str

    def __new__(cls, name: str, builder: str) -> Self:
        """Make the name the value."""
        member = str.__new__(cls, name)
        member._value_ = name
        member.builder = builder
        return member

    def build(self, document: Any) -> str:
        """Write a document; no line of it is obeyed by a CI system."""
        return visible_lines(resolve_name(self.builder)(document))
