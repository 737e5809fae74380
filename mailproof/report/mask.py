"""Addresses of people in reports, shown so far that one can tell where they are and not whose: `s...@example.com`."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import fields, is_dataclass, replace
from functools import partial
from typing import Any, TypeVar

from pydantic import BaseModel

Part = TypeVar("Part")

QUOTE = '"'
ADDRESS = re.compile(r"""("[^"\r\n]+"|[^\s<>()\[\],;:"'@|*`]+)@(?=\[|[^\s<>()\[\],;:"'@|*`.]+\.)""")
"""Local part, and the character after it; what follows is a domain or an address literal."""


def mask(text: str, *, kept: Collection[str] = ()) -> str:
    """
    Mask the addresses in a text.

    Args:
        text: Any.
        kept: Local parts that are nobody's, and stay.
    """
    return ADDRESS.sub(lambda found: found[0] if found[1] in kept else f"{found[1].lstrip(QUOTE)[:1]}...@", text)


def masked(part: Part, *, kept: Collection[str] = ()) -> Part:
    """
    Mask the addresses in every text of a report, those of its parts too.

    Args:
        part: A dataclass or a model.
        kept: As above.
    """
    return _masked(part, partial(mask, kept=kept))  # type: ignore[no-any-return] # of the type of the part


def _masked(value: Any, change: Callable[[str], str]) -> Any:
    if type(value) is str:
        return change(value)
    if isinstance(value, BaseModel):
        return value.model_copy(update={name: _masked(each, change) for name, each in value})
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{field.name: _masked(getattr(value, field.name), change) for field in fields(value)})
    if type(value) in {list, tuple}:
        return type(value)(_masked(each, change) for each in value)
    if isinstance(value, Mapping):
        return {_masked(name, change): _masked(each, change) for name, each in value.items()}
    return value
