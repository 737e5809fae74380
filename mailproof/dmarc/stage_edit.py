"""Change the stage of a domain in its environment file: one word, and nothing else of the text."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

import yaml

from mailproof.dmarc.ramp import at_stage
from mailproof.model.dmarc import DmarcStage
from mailproof.model.errors import InvalidValue, NoValue
from mailproof.model.names import parse_sending_domain
from mailproof.model.resolve import EnvironmentReader


@dataclass(frozen=True, slots=True)
class _Place:
    """
    The place of the stage of a domain in its file.

    Attributes:
        start: Of what is to be replaced.
        end: Likewise.
        word: What to write in front of the stage: a key, where `policy` makes way for `stage`.
        line: Counted from 1.
    """

    start: int
    end: int
    word: str
    line: int


def write_stages(path: str, text: str, stages: Mapping[str, DmarcStage]) -> str:
    """
    Return the text of an environment file with the stages of some domains.

    Args:
        path: The file, as it should be shown.
        text: What stands in it.
        stages: Domain to its new stage.

    Raises:
        InvalidValue: It cannot be done by changing the line of a stage, or would change another domain as well.
    """
    places: dict[_Place, set[str]] = {}
    for name, place in _find_places(text).items():
        places.setdefault(place, set()).add(name)
    changes: dict[_Place, DmarcStage] = {}
    for domain, stage in stages.items():
        found = next((place for place, names in places.items() if domain in names), None)
        if found is None:
            raise InvalidValue(f"{path}: the stage of {domain} is not written plainly", NoValue, "change it by hand")
        _check_shared(f"{path}:{found.line}", places[found], stage, stages)
        changes[found] = stage
    changed = text
    for place, stage in sorted(changes.items(), key=lambda change: -change[0].start):
        changed = f"{changed[: place.start]}{place.word}{stage}{changed[place.end :]}"
    _check_outcome(path, text, changed, stages)
    return changed


def _check_shared(where: str, sharing: Collection[str], stage: DmarcStage, stages: Mapping[str, DmarcStage]) -> None:
    others = sorted(name for name in sharing if stages.get(name) is not stage)
    if others:
        todo = "give the domain a `dmarc` of its own"
        raise InvalidValue(f"{where} holds for {', '.join(others)} as well", NoValue, todo)


def _check_outcome(path: str, before: str, after: str, stages: Mapping[str, DmarcStage]) -> None:
    """Refuse a text that says anything else than before beside the stages."""
    old, new = (EnvironmentReader(path, text, None) for text in (before, after))
    wanted = [
        replace(domain, dmarc=at_stage(domain.dmarc, stages[domain.name]))
        if domain.dmarc and domain.name in stages
        else domain
        for domain in (old.environment.domains if old.environment else ())
    ]
    if new.problems or new.environment is None or [*new.environment.domains] != wanted:
        raise InvalidValue(f"{path}: the stage cannot be changed alone", NoValue, "change it by hand")


def _find_places(text: str) -> dict[str, _Place]:
    """Find where the stage of each domain stands; of one whose record is written otherwise, nothing."""
    root = _mapping(yaml.compose(text, yaml.SafeLoader))
    default = _mapping(_mapping(root.get("defaults")).get("dmarc"))
    places = {}
    for item in getattr(root.get("domains"), "value", ()):
        domain = _mapping(item)
        dmarc = _mapping(domain.get("dmarc")) if "dmarc" in domain else default
        place = _place(dmarc)
        name = domain.get("name")
        if place and isinstance(name, yaml.ScalarNode):
            places[parse_sending_domain(name.value)] = place
    return places


def _mapping(node: Any) -> dict[str, Any]:
    return {key.value: value for key, value in node.value} | _keys(node) if isinstance(node, yaml.MappingNode) else {}


def _keys(node: yaml.MappingNode) -> dict[str, Any]:
    """Keep the nodes of keys as well, which makes the place of a key known."""
    return {f"{key.value} key": key for key, _ in node.value}


def _place(dmarc: Mapping[str, Any]) -> _Place | None:
    for key, first, word in (("stage", "stage", ""), ("policy", "policy key", "stage: ")):
        value = dmarc.get(key)
        if isinstance(value, yaml.ScalarNode) and not (key == "policy" and "testing" in dmarc):
            begin = dmarc[first].start_mark
            return _Place(begin.index, value.end_mark.index, word, begin.line + 1)
    return None
