"""Translate pydantic's errors in an environment file into plain sentences."""

import json
import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel

from mailproof.model.environment_file import WAVE_LIST, WAVE_WORD, DmarcPart, EnvironmentPart
from mailproof.model.errors import NoValue, describe
from mailproof.model.yaml_reader import Path

# pydantic's kinds of error in our words: what is wrong, what to do. In braces: parts of the error's context.
WORDS = {
    "invalid_value": ("{what}", "{todo}"),
    "no_value": ("has no value", "write one, or leave out the key"),
    "missing": ("is missing", "add it"),
    "extra_forbidden": ("is not a key here", ""),
    "literal_error": ("is not known here", "use {expected}"),
    "enum": ("is not known here", "use {expected}"),
    "string_type": ("is not text", "put it in quotes"),
    "int_type": ("is not a whole number", "write one without quotes"),
    "bool_type": ("is neither true nor false", "write one of them without quotes"),
    "list_type": ("is not a list", "write [item, item]"),
    "dict_type": ("is not a mapping", "write its keys"),
    "model_type": ("is not a mapping", "write its keys"),
    "too_short": ("is empty", "list at least one"),
    "greater_than_equal": ("is below {ge}", "write a higher number"),
    "less_than_equal": ("is over {le}", "write a lower number"),
}
# Tags of RFC 7489 that receivers do not read any more (RFC 9989 appendix A.6), and what takes their place.
REMOVED_KEYS = {
    "pct": "receivers ignore it: write `testing: true` in its place, or a weaker policy",
    "rf": "receivers ignore it: leave it out",
    "ri": "receivers ignore it: leave it out",
}
WITHOUT_VALUE = {"no_value", "missing", "extra_forbidden"}
# pydantic names the key of a mapping's key error "[key]"; people know the entry by its key alone.
UNSEEN_KEYS = {"[key]", WAVE_LIST, WAVE_WORD}


def format_key(keys: Path) -> str:
    """Write a key path as people do: ``domains[2].regions[1]``, ``zones["example.com"].id``."""
    text = ""
    for key in keys:
        if isinstance(key, int):
            text += f"[{key}]"
        elif re.fullmatch(r"[\w-]+", key):
            text += f".{key}" if text else key
        else:
            text += f"[{json.dumps(key, ensure_ascii=False)}]"
    return text


def visible_keys(loc: Iterable[str | int]) -> Path:
    """Return an error's location as the key path that a person sees."""
    return tuple(part for part in loc if part not in UNSEEN_KEYS)


def validation_words(error: Any, model: type[BaseModel] = EnvironmentPart) -> str:
    """Say what is wrong, what was found and what to do; the model is that of the file."""
    kind, context = error["type"], error.get("ctx", {})
    got = NoValue if kind in WITHOUT_VALUE else context.get("got", error["input"])
    what, todo = (words.format_map(context) for words in WORDS.get(kind, ("is refused", "")))
    if kind == "extra_forbidden":
        todo = _known_keys(model, error["loc"])
    if kind in {"literal_error", "enum"} and isinstance(got, str):
        todo = did_you_mean(got, re.findall("'([^']*)'", context["expected"])) or todo
    return describe(what, got, todo)


def _known_keys(file: type[BaseModel], loc: Path) -> str:
    model = _model_at(file, loc[:-1])
    if model is DmarcPart and loc[-1] in REMOVED_KEYS:
        return REMOVED_KEYS[str(loc[-1])]
    keys = list(model.model_fields) if model else []
    return did_you_mean(str(loc[-1]), keys) or f"known are {', '.join(keys)}"


def did_you_mean(word: str, words: Iterable[str]) -> str:
    """Name the closest of some words; empty if none is close."""
    close = get_close_matches(word, list(words), n=1)
    return f"did you mean {close[0]!r}?" if close else ""


def _model_at(model: type[BaseModel], loc: Path) -> type[BaseModel] | None:
    """Return the model of a key path."""
    annotation: Any = model
    for key in loc:
        if isinstance(annotation, type) and issubclass(annotation, BaseModel) and key in annotation.model_fields:
            annotation = annotation.model_fields[str(key)].annotation
        annotation = _first_model(annotation)
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def _first_model(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for inner in get_args(annotation) if (found := _first_model(inner))), None)
