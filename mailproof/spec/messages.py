"""What pydantic finds wrong in an environment file, in our words."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel

from mailproof.spec.environment_file import EnvironmentPart
from mailproof.spec.errors import NoValue, describe
from mailproof.spec.yaml_reader import Path

# pydantic's own kinds of error in our words: what is wrong, what to do.
WORDS = {
    "string_type": ("is no text", "put it in quotes"),
    "int_type": ("is no whole number", "write it without quotes"),
    "bool_type": ("is neither true nor false", "write it without quotes"),
    "list_type": ("is no list", "write [item, item]"),
    "dict_type": ("is no mapping", "write its keys"),
    "model_type": ("is no mapping", "write its keys"),
    "too_short": ("is empty", "list at least one"),
}


def format_key(keys: Path) -> str:
    """Write a key path as people do: ``domains[2].regions[1]``, ``zones["example.com"].id``."""
    text = ""
    for key in keys:
        if isinstance(key, int):
            text += f"[{key}]"
        elif re.fullmatch(r"[\w-]+", key):
            text += f".{key}" if text else key
        else:
            text += f'["{key}"]'
    return text


def visible_keys(loc: Iterable[str | int]) -> Path:
    """Return an error's location as the key path that a person sees."""
    # pydantic names the key of a mapping's key error "[key]"; people know the entry by its key alone.
    return tuple(part for part in loc if part != "[key]")


def validation_words(error: Any) -> str:
    """Say what is wrong, what was found and what to do."""
    kind, context, got = error["type"], error.get("ctx", {}), error["input"]
    if kind == "invalid_value":
        return describe(context["what"], context["got"], context["todo"])
    if kind == "missing":
        return describe("is missing", NoValue, "add it")
    if kind == "extra_forbidden":
        return describe("is no key here", NoValue, _known_keys(error["loc"]))
    if kind == "literal_error":
        expected = re.findall(r"'[^']*'|\d+", context["expected"])
        close = did_you_mean(str(got), [word.strip("'") for word in expected])
        return describe("is not known here", got, close or f"use {context['expected']}")
    what, todo = WORDS.get(kind, (error["msg"][0].lower() + error["msg"][1:], ""))
    return describe(what, got, todo)


def _known_keys(loc: Path) -> str:
    model = _model_at(EnvironmentPart, loc[:-1])
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
