"""
Parse YAML into plain data that remembers its lines.

Read as YAML 1.2 reads it: `no` and `on` are text, and nothing becomes octal. What one reader would take for another
value than the next (numbers with a leading zero), what a person cannot see (duplicate keys), what makes objects (tags)
and what grows without bound (nested aliases) is refused.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from mailproof.model.errors import InvalidValue, NoValue

Path = tuple[str | int, ...]

# Parsing alone, no object is built by it; libyaml's parser is ten times as fast where PyYAML was built with it.
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
DEPTH_LIMIT = 20  # the format needs 5
ALIASED_NODES_LIMIT = 10_000

NULL = re.compile(r"~|null|Null|NULL|")
BOOL = re.compile(r"true|True|TRUE|false|False|FALSE")
INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
LEADING_ZERO = re.compile(r"[-+]?0[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
NUMBER_UNDER_YAML_1_1 = re.compile(r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+|[-+]?[0-9]+_[0-9_]+")


class YamlError(InvalidValue):
    """
    A text is not YAML as environment files use it.

    Attributes:
        line: Counted from 1.
        path: Keys and indexes down to the place.
    """

    def __init__(self, line: int, path: Path, what: str, got: object = NoValue, todo: str = "") -> None:
        super().__init__(what, got, todo)
        self.line = line
        self.path = path


@dataclass
class Document:
    """
    A text read.

    Attributes:
        data: Dictionaries, lists and scalars.
        lines: Line of each key path, counted from 1: of the key in a mapping, of the item in a list.
        refused: What could be read, but is refused.
    """

    data: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    refused: list[YamlError] = field(default_factory=list)

    def line(self, path: Path) -> int | None:
        """Return the line of a key path, or of the nearest part above it that stands in the text."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)


def read_yaml(text: str) -> Document:
    """
    Read one YAML document.

    Raises:
        YamlError: It is not YAML, or uses a part of it after which nothing can be said of the rest.
    """
    document = Document()
    builder = _Builder(yaml.parse(text, LOADER), document)
    try:
        builder.read()
    except yaml.MarkedYAMLError as err:
        mark = err.problem_mark or err.context_mark
        raise YamlError(mark.line + 1 if mark else 1, (), f"is not YAML: {err.problem or err.context}") from err
    except yaml.reader.ReaderError as err:
        # Its position counts characters or bytes, as the parser does. The first of the kind is the one refused.
        sign = _sign(err.character)
        line = text.count("\n", 0, max(text.find(sign), 0)) + 1
        raise YamlError(line, (), "has a character that YAML does not allow", sign) from err
    return document


class _Builder:
    """Builds data from parser events."""

    def __init__(self, events: Iterator[Any], document: Document) -> None:
        self.events = events
        self.document = document
        self.anchors: dict[str, Any] = {}
        self.aliased = 0

    def read(self) -> None:
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                if self.document.lines:
                    raise YamlError(_line(event), (), "has a second document", todo="write one file per environment")
                self.document.lines[()] = _line(event)
                self.document.data = self.node(next(self.events), ())

    def node(self, event: Any, path: Path) -> Any:
        if len(path) > DEPTH_LIMIT:
            raise YamlError(_line(event), path, f"is nested deeper than {DEPTH_LIMIT} levels")
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event, path)
        if event.tag:
            self.document.refused.append(YamlError(_line(event), path, "has a tag", event.tag, "remove it"))
        if isinstance(event, yaml.ScalarEvent):
            value = self.scalar(event, path)
        elif isinstance(event, yaml.SequenceStartEvent):
            value = self.sequence(path)
        else:
            value = self.mapping(path)
        if event.anchor:  # set after the node is complete: an alias to itself finds nothing
            self.anchors[event.anchor] = value
        return value

    def alias(self, event: Any, path: Path) -> Any:
        if event.anchor not in self.anchors:
            raise YamlError(_line(event), path, "is an alias of something not complete before it", f"*{event.anchor}")
        value = self.anchors[event.anchor]
        self.aliased += _count_nodes(value, ALIASED_NODES_LIMIT)
        if self.aliased > ALIASED_NODES_LIMIT:
            raise YamlError(
                _line(event), path, f"expands aliases to over {ALIASED_NODES_LIMIT} values", todo="write them out"
            )
        return value

    def scalar(self, event: Any, path: Path) -> Any:
        text = event.value
        if event.style:  # quoted or a block
            return text
        if LEADING_ZERO.fullmatch(text):
            what, todo = "is a number that YAML readers do not all read alike", f"put it in quotes: {text!r}"
            self.document.refused.append(YamlError(_line(event), path, what, text, todo))
            return text
        if NUMBER_UNDER_YAML_1_1.fullmatch(text):
            what = "is a number in some YAML readers, text in others"
            self.document.refused.append(YamlError(_line(event), path, what, text, "put it in quotes"))
            return text
        if NULL.fullmatch(text):
            return None
        if BOOL.fullmatch(text):
            return text.lower() == "true"
        return int(text) if INTEGER.fullmatch(text) else text

    def sequence(self, path: Path) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            self.document.lines[(*path, len(items))] = _line(event)
            items.append(self.node(event, (*path, len(items))))
        return items

    def mapping(self, path: Path) -> dict[str, Any]:
        items: dict[str, Any] = {}
        first: dict[str, int] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent) or event.tag:
                raise YamlError(_line(event), path, "has a key that is not plain text", todo="write a plain key")
            key, line = event.value, _line(event)
            first.setdefault(key, line)
            if key in items:
                what = f"appears here again, first in line {first[key]}"
                self.document.refused.append(YamlError(line, (*path, key), what, todo="keep one"))
            self.document.lines[(*path, key)] = line
            items[key] = self.node(next(self.events), (*path, key))
        return items


def _sign(character: Any) -> Any:
    return chr(character) if isinstance(character, int) else character  # libyaml's parser gives its number


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _count_nodes(value: Any, limit: int) -> int:
    """Count the values in a value, at most a little over the limit."""
    count, queue = 0, [value]
    while queue and count <= limit:
        count += 1
        item = queue.pop()
        queue.extend(item.values() if isinstance(item, dict) else item if isinstance(item, list) else ())
    return count
