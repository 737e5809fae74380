"""Assertions about templates. Each judges everything, and its message names every record that is wrong."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from mailproof.model.errors import NoValue, describe
from mailproof.model.names import is_within
from mailproof.testing.assembly import Stacks
from mailproof.testing.live import LiveResource, Names, live_resources, record_sets

HOST_TYPES = ("CNAME", "MX")
SHORTEST_ZONE_LABELS = 2


def assert_names_qualified(stacks: Stacks, zones: Mapping[str, str] | None = None) -> None:
    """
    Assert that the name of every record, and every host it points at, is fully qualified exactly once.

    A literal ends in one dot and does not hold its zone twice; a name that is known at deployment only is joined with
    a dot and nothing else.

    Args:
        stacks: What `synthesise` or `read_assembly` returns.
        zones: Zone id to zone name, to tell as well which names lie outside of their zone.

    Raises:
        AssertionError: With every record whose name is wrong.
    """
    names = Names(stacks)
    problems = []
    for record in record_sets(stacks):
        properties = record.properties
        what = f"{record.place}: {properties['Type']} record {names.read(record)[1]}"
        zone = (zones or {}).get(str(properties.get("HostedZoneId")))
        problems += [f"{what}: name {wrong}" for wrong in _name_problems(properties["Name"], zone)]
        if properties["Type"] in HOST_TYPES:
            for value in properties.get("ResourceRecords", ()):
                host = value.rpartition(" ")[2] if isinstance(value, str) else value
                problems += [f"{what}: host {wrong}" for wrong in _name_problems(host, None)]
    _fail_if(problems)


def assert_one_owner(stacks: Stacks) -> None:
    """
    Assert that no two resources hold the same identity or the same record: the second to be deployed would fail.

    Args:
        stacks: Of all environments, since Route 53 is global.

    Raises:
        AssertionError: With everything that has several owners, and with these.
    """
    owners: dict[str, list[LiveResource]] = {}
    for resource in live_resources(stacks):
        owners.setdefault(resource.what, []).append(resource)
    _fail_if(
        [
            f"{what} has {len(resources)} owners: {'; '.join(resource.place for resource in resources)}"
            for what, resources in owners.items()
            if len(resources) > 1
        ]
    )


def assert_nothing_lost(before: Stacks, after: Stacks, *, since: str = "before", allowed: Collection[str] = ()) -> None:
    """
    Assert that every identity and record still is the same resource of the same stack.

    A changed logical id deletes and makes anew what is live, or fails since it exists already.

    Args:
        before: Stacks as they are deployed.
        after: Stacks as they are to be.
        since: What to call the former in messages.
        allowed: Names that may be lost, with everything below them.

    Raises:
        AssertionError: With every identity and record that is gone or held by another resource.
    """
    there = list(live_resources(after))
    places = {resource.what: resource.place for resource in there}
    kept = {(resource.what, resource.place) for resource in there}
    problems = []
    for resource in live_resources(before):
        if (resource.what, resource.place) in kept or any(is_within(resource.name, name) for name in allowed):
            continue
        was = f"{resource.what} was {resource.place} at {since}"
        if now := places.get(resource.what):
            problems.append(f"{was}, now is {now}; CloudFormation makes it a second time: keep logical id and stack")
        else:
            problems.append(f"{was}, now is gone; put it back, or allow it with --mailproof-allow={resource.name}")
    _fail_if(problems)


def _name_problems(name: Any, zone: str | None) -> Iterator[str]:
    if not isinstance(name, str):
        yield from _token_problems(name)
        return
    held = name.rstrip(".").lower()
    dots = len(name) - len(name.rstrip("."))
    if dots != 1:
        yield describe(f"ends in {dots} dots" if dots else "has no dot at its end", name, "end it in one")
    if twice := _doubled(held):
        yield describe(f"holds {twice!r} twice", name, "qualify it once")
    elif zone and not is_within(held, zone):
        yield describe(f"lies outside of its zone {zone!r}", name, "choose the zone above it")


def _token_problems(name: Any) -> Iterator[str]:
    match name:
        case {"Fn::Join": ["", [dict(), "."]]}:
            return
        case {"Fn::Join": ["", [dict(), *rest]]}:
            yield describe("known at deployment has more than a dot behind it", rest, "join it with '.' alone")
        case _:
            yield describe("known at deployment has no dot behind it", NoValue, "join it with '.'")


def _doubled(name: str) -> str:
    """Return the zone that stands twice at the end of a name, if one does."""
    labels = name.split(".")
    for size in range(SHORTEST_ZONE_LABELS, len(labels) // 2 + 1):
        if labels[-size:] == labels[-2 * size : -size]:
            return ".".join(labels[-size:])
    return ""


def _fail_if(problems: list[str]) -> None:
    if problems:
        raise AssertionError("\n".join(problems))
