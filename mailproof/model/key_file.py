"""
The file of own DKIM keys, ``prod.keys.json`` beside ``prod.yaml``: public halves, and where the private ones are kept.

`mailproof dkim` writes it, and synthesis needs nothing else: it asks AWS for no key. It holds no secret.
"""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, RootModel, StrictBool, ValidationError

from mailproof.model.environment_file import StrictModel
from mailproof.model.errors import InvalidValue, Problem, describe
from mailproof.model.file_values import Regions, SendingName, checked, text_schema
from mailproof.model.messages import format_key, validation_words, visible_keys
from mailproof.model.own_key import (
    SECRET,
    SELECTOR,
    VERSION,
    Keys,
    OwnKey,
    parse_public_key,
    parse_secret,
    parse_selector,
    parse_version,
)
from mailproof.model.yaml_reader import Document, Path, YamlError, read_yaml

SUFFIX = ".keys.json"


def parse_time(value: object) -> datetime:
    """Read a time with its offset, ISO 8601."""
    try:
        time = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        raise InvalidValue("is not a time with its offset", value, "write one such as '2026-11-29T12:00:00Z'")
    return time


class KeyPart(StrictModel):
    """A key of a domain."""

    selector: Annotated[str, AfterValidator(checked(parse_selector)), text_schema("selector", SELECTOR.pattern)]
    """Names its record: `SELECTOR._domainkey` below the domain. One label, without an underscore."""
    public_key: Annotated[str, AfterValidator(checked(parse_public_key)), text_schema("base64", "[A-Za-z0-9+/]+={0,2}")]
    """The public half, as its record holds it: base64 of its DER form."""
    secret: Annotated[str, AfterValidator(checked(parse_secret)), text_schema("ARN", SECRET.pattern)] | None = None
    """ARN of the secret that holds the private half. Leave it out where the sender keeps that, with `sign: self`."""
    version: (
        Annotated[str, AfterValidator(checked(parse_version)), text_schema("version id", VERSION.pattern)] | None
    ) = None
    """Version of the secret, to which templates are pinned."""
    regions: Regions | None = None
    """Regions that sign with it; left out where none does, yet or any more."""
    unused_since: Annotated[datetime, BeforeValidator(checked(parse_time))] | None = None
    """When it was proved that no region signs with it any more."""
    revoked: StrictBool = False
    """Whether its record says that it counts no more (`p=` empty)."""


class KeyFilePart(RootModel[Annotated[dict[SendingName, Annotated[list[KeyPart], Field(min_length=1)]], Field()]]):
    """Own DKIM keys of an environment, by domain, the newest first; `mailproof dkim` writes it."""


class KeyFileReader:
    """
    Reads a key file and collects what is wrong with it.

    Args:
        path: The file, as it should be shown.
        text: What stands in it.

    Attributes:
        problems: Everything that is wrong.
        keys: What could be read.
    """

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.problems: list[Problem] = []
        self.keys: dict[str, tuple[OwnKey, ...]] = {}
        self._document = Document()
        try:
            self._document = read_yaml(text)  # which JSON is, and tells lines
        except YamlError as err:
            self._problem(err.path, str(err), err.line)
            return
        for refused in self._document.refused:
            self._problem(refused.path, str(refused), refused.line)
        self._read()

    def _read(self) -> None:
        try:
            found = KeyFilePart.model_validate(self._document.data).root
        except ValidationError as err:
            for error in err.errors(include_url=False):
                self._problem(visible_keys(error["loc"]), validation_words(error, KeyPart))
            return
        self.keys = {domain: tuple(map(_key, parts)) for domain, parts in found.items()}
        for domain, keys in self.keys.items():
            for what in _contradictions(keys):
                self._problem((domain,), what)

    def _problem(self, keys: Path, what: str, line: int | None = None) -> None:
        self.problems.append(Problem(self.path, line or self._document.line(keys), format_key(keys), what))


def _key(part: KeyPart) -> OwnKey:
    return OwnKey(
        selector=part.selector,
        public_key=part.public_key,
        secret=part.secret or "",
        version=part.version or "",
        regions=tuple(part.regions or ()),
        unused_since=part.unused_since,
        is_revoked=part.revoked,
    )


def _contradictions(keys: tuple[OwnKey, ...]) -> Iterator[str]:
    for selector, count in Counter(key.selector.lower() for key in keys).items():
        if count > 1:
            yield describe("has a selector twice", selector, "give each key its own")
    for region, count in Counter(region for key in keys for region in key.regions).items():
        if count > 1:
            yield describe("has two keys that sign in one region", region, "leave it to one of them")
    for key in keys:
        if key.is_revoked and key.regions:
            yield describe("has a revoked key that signs", key.selector, "let another one sign first")
        if bool(key.secret) != bool(key.version):
            yield describe("has a key with only one of `secret` and `version`", key.selector, "write both or neither")


def build_key_file(keys: Keys) -> str:
    """Write a key file; what is at its default is left out."""
    return json.dumps({domain: list(map(_as_data, found)) for domain, found in sorted(keys.items())}, indent=2) + "\n"


def _as_data(key: OwnKey) -> dict[str, Any]:
    since = key.unused_since
    data = {
        "selector": key.selector,
        "public_key": key.public_key,
        "secret": key.secret,
        "version": key.version,
        "regions": list(key.regions),
        "unused_since": since.isoformat(timespec="seconds") if isinstance(since, datetime) else "",
        "revoked": key.is_revoked,
    }
    return {name: value for name, value in data.items() if value}
