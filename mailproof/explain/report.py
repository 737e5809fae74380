"""All explanations of a run, and the messages that could not be read: as JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from pydantic import TypeAdapter

from mailproof.check.json_model import JSON_MODEL, make_visible, with_dialect
from mailproof.exit_codes import UNANSWERED, USAGE, WRONG
from mailproof.explain.explanation import Explanation

VERSION: Literal[1] = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadMessage:
    """What could not be read."""

    __pydantic_config__: ClassVar = JSON_MODEL
    place: str
    """Where it is."""
    why: str
    """What is wrong with it."""

    def __post_init__(self) -> None:
        """Make every text safe to show."""
        make_visible(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanations:
    """What is known of messages."""

    __pydantic_config__: ClassVar = {**JSON_MODEL, "title": "mailproof explanations"}
    version: Literal[1] = VERSION
    """Of this format: fields may be added to it, none is changed or removed."""
    explained_at: str
    """When DNS was asked, ISO 8601 with offset: a key may have been exchanged since a message was sent."""
    messages: Sequence[Explanation]
    """In the order in which they were found."""
    unread: Sequence[UnreadMessage] = ()
    """What could not be read."""

    @property
    def exit_code(self) -> int:
        """1 if a message does not pass, 2 if one could not be read, 3 if one could not be judged, else 0."""
        codes = {message.exit_code for message in self.messages} | ({USAGE} if self.unread else set())
        return next((code for code in (WRONG, USAGE, UNANSWERED) if code in codes), 0)


def build_json(found: Explanations) -> str:
    """Write explanations as JSON."""
    return TypeAdapter(Explanations).dump_json(found, indent=2).decode() + "\n"


def build_schema() -> dict[str, Any]:
    """Return the JSON Schema of that."""
    return with_dialect(TypeAdapter(Explanations).json_schema())
