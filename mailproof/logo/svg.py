"""Judge the SVG of a logo by the profile SVG Tiny PS."""

from collections.abc import Iterator
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


def svg_faults(content: bytes) -> Iterator[str]:
    """
    Yield what keeps receivers from showing an SVG.

    Source: draft-svg-tiny-ps-abrotman
    """
    if len(content) > SIZE_LIMIT_BYTES:
        yield f"is {len(content):,} bytes long, of which receivers take {SIZE_LIMIT_BYTES:,}"
        return
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        yield "has a document type, which the profile does not allow"
        return
    try:
        root = ET.fromstring(content)  # noqa: S314 -- small, and without the entities that could expand
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
    for link in sorted(link for link in links if link and not link.startswith("#")):
        yield f"points outside itself, at {link[:80]!r}"
    if any(name.lower().startswith("on") for element in root.iter() for name in element.attrib):
        yield "has an attribute that runs a script"
