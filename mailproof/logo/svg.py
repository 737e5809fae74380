"""Judge the SVG of a logo by the profile SVG Tiny PS."""

import re
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

SIZE_LIMIT_BYTES = 32 * 1024
NAMESPACE = "http://www.w3.org/2000/svg"
LINKS = ("href", "{http://www.w3.org/1999/xlink}href")
# Draft SVG Tiny PS, "Prohibited elements": what runs, moves, or is loaded from elsewhere.
REFUSED = frozenset(
    (
        *("a", "animate", "animateColor", "animateMotion", "animateTransform", "audio", "discard", "foreignObject"),
        *("handler", "image", "listener", "prefetch", "script", "set", "style", "tbreak", "video"),
    )
)

# What a property of a style refers to, `fill="url(#a)"` say; that of another document is loaded from elsewhere.
URL = re.compile(r"""url\(\s*['"]?([^'")]*)""", re.IGNORECASE)


class _DoctypeError(Exception):
    """The document has a DOCTYPE."""


class _WithoutDoctype(ET.TreeBuilder):
    """Builds a tree of what has no DOCTYPE, in whatever encoding it is."""

    def doctype(self, *_: Any) -> None:
        """Refuse it: entities are declared in it."""
        raise _DoctypeError


def svg_faults(content: bytes) -> Iterator[str]:
    """
    Yield what keeps receivers from showing an SVG.

    Source: draft-svg-tiny-ps-abrotman
    """
    if len(content) > SIZE_LIMIT_BYTES:
        yield f"is {len(content):,} bytes long; receivers accept at most {SIZE_LIMIT_BYTES:,}"
        return
    parser = ET.XMLParser(target=_WithoutDoctype())  # noqa: S314 -- without a DOCTYPE nothing expands
    try:
        root = ET.fromstring(content, parser)  # noqa: S314 -- as above
    except _DoctypeError:
        yield "has a document type, which the profile does not allow"
        return
    except ET.ParseError as err:
        yield f"is not XML: {err}"
        return
    if root.tag != f"{{{NAMESPACE}}}svg":
        yield f"is not an SVG: its root is {root.tag!r}"
        return
    yield from _root_faults(root)
    yield from _content_faults(root)


def _root_faults(root: ET.Element) -> Iterator[str]:
    for name, value in (("version", "1.2"), ("baseProfile", "tiny-ps")):
        if root.get(name) != value:
            yield f'has {name}="{root.get(name, "")}", not "{value}"'
    for name in ("x", "y"):
        if name in root.attrib:
            yield f"has {name} at its root, which the profile does not allow"
    title = root.find(f"{{{NAMESPACE}}}title")
    if title is None or not (title.text or "").strip():
        yield "has no title at its root"
    if (sides := _sides(root)) is None:
        yield "has no viewBox of four numbers"
    elif sides[0] != sides[1]:
        yield f"is not square: its viewBox is {sides[0]:g} by {sides[1]:g}"


def _sides(root: ET.Element) -> tuple[float, float] | None:
    try:
        _, _, width, height = map(float, root.get("viewBox", "").replace(",", " ").split())
    except ValueError:
        return None
    return width, height


def _content_faults(root: ET.Element) -> Iterator[str]:
    elements = {str(element.tag).removeprefix(f"{{{NAMESPACE}}}") for element in root.iter()}
    for name in sorted(elements & REFUSED):
        yield f"has <{name}>, which the profile does not allow"
    links = {element.get(link, "") for element in root.iter() for link in LINKS}
    values = [value for element in root.iter() for value in (*element.attrib.values(), element.text or "")]
    links |= {link for value in values for link in URL.findall(value)}
    for link in sorted(link for link in links if link and not link.startswith("#")):
        yield f"points outside itself, at {link[:80]!r}"
    if any(name.lower().startswith("on") for element in root.iter() for name in element.attrib):
        yield "has an attribute that runs a script"
