"""Restore non-ASCII letters, which GetTemplate returns as question marks."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from mailproof.template.contents import Resource, Template


def as_given_back(text: object) -> str:
    """Write a text as CloudFormation gives it back."""
    return str(text).encode("ascii", "replace").decode()


def with_letters(template: Template, texts: Collection[str]) -> dict[str, Any]:
    """
    Put the letters back into the tags of resources.

    Args:
        template: As CloudFormation gave it back.
        texts: Keys and values of tags as they were written.
    """
    known: dict[str, set[str]] = {}
    for text in texts:
        known.setdefault(as_given_back(text), set()).add(text)
    resources = {name: _restored(resource, known) for name, resource in template.get("Resources", {}).items()}
    return {**template, "Resources": resources} if "Resources" in template else dict(template)


def doubtful_tags(template: Template) -> Iterator[str]:
    """Yield the logical ids of resources of whose tags a letter may be lost."""
    for name, resource in template.get("Resources", {}).items():
        if any("?" in str(part) for tag in _tags(resource) for part in tag.values()):
            yield name


def _restored(resource: Resource, known: Mapping[str, set[str]]) -> Resource:
    tags = _tags(resource)
    if not tags:
        return resource
    found = [{part: _restore(text, known) for part, text in tag.items()} for tag in tags]
    return {**resource, "Properties": {**resource["Properties"], "Tags": found}}


def _restore(text: Any, known: Mapping[str, set[str]]) -> Any:
    """Return the one text that is given back so; as it is, if there is none, or several."""
    candidates = known.get(text, set()) if isinstance(text, str) else set()
    return next(iter(candidates)) if len(candidates) == 1 else text


def _tags(resource: Resource) -> list[Mapping[str, Any]]:
    """Return the tags of a resource; none if they are written otherwise than as a list of keys and values."""
    tags = resource.get("Properties", {}).get("Tags")
    return tags if isinstance(tags, list) and all(isinstance(tag, Mapping) for tag in tags) else []
