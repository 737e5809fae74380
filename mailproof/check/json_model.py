"""How the parts of a report are its JSON: their fields as they are, and their docstrings as the descriptions."""

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from mailproof.model.safe_text import visible

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

JSON_MODEL: dict[str, Any] = {"use_attribute_docstrings": True, "extra": "forbid"}
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def make_visible(part: "DataclassInstance") -> None:
    """Make every text of a part safe to show, those in its lists and mappings too: others wrote some of them."""
    for field in fields(part):
        value = getattr(part, field.name)
        if (shown := _visible(value)) is not value:
            object.__setattr__(part, field.name, shown)


def _visible(value: Any) -> Any:
    if type(value) is str:
        return visible(value)
    if isinstance(value, list | tuple):
        return type(value)(map(_visible, value))
    return {_visible(name): _visible(each) for name, each in value.items()} if isinstance(value, Mapping) else value


def with_dialect(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a JSON Schema that says which dialect it is in."""
    return {"$schema": DIALECT, **schema}
