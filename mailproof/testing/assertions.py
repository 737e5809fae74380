"""Assertions about templates. Each judges everything, and its message names every record that is wrong."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from mailproof.model.errors import NoValue, describe
from mailproof.model.names import identity_name, is_within
from mailproof.template.cloud_assembly import Stacks, SynthesisedStack
from mailproof.template.contents import live_resources, record_sets
from mailproof.template.live_things import Key, LiveThing, RecordNames, live_things
from mailproof.template.losses import POLICY, find_gone, find_unretained

HOST_TYPES = ("CNAME", "MX")
SHORTEST_ZONE_LABELS = 2


def assert_names_qualified(stacks: Stacks, zones: Mapping[str, str] | None = None) -> None:
    """
    Assert that the name of every record, and every host it points at, is fully qualified exactly once.

    A literal ends in one dot and does not hold its zone twice; a name that is known at deployment only is joined with
    a dot and nothing else.

    Args:
        stacks: What `synthesise` or `read_assembly` returns.
        zones: Zone id to zone name; given, names outside their zone are reported as well.

    Raises:
        AssertionError: With every record whose name is wrong.
    """
    names = RecordNames(stacks.values())
    problems = []
    for stack, logical_id, properties in _record_sets(stacks):
        name = properties["Name"]
        shown = repr(name) if isinstance(name, str) else names.read(name, stack).shown
        what = f"{stack.path}: {logical_id}: {properties['Type']} record {shown}"
        zone = (zones or {}).get(str(properties.get("HostedZoneId")))
        problems += [f"{what}: name {wrong}" for wrong in _name_problems(name, zone)]
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
    owners: dict[Key, list[LiveThing]] = {}
    for thing in live_things(stacks.values()):
        owners.setdefault(thing.key, []).append(thing)
    _fail_if(
        [
            f"{things[0].words} has {len(things)} owners: {'; '.join(str(thing.holder) for thing in things)}"
            for things in owners.values()
            if len(things) > 1
        ]
    )


def assert_nothing_lost(before: Stacks, after: Stacks, *, since: str = "before", allowed: Collection[str] = ()) -> None:
    """
    Assert that every identity and record still is the same resource of the same stack, and as safe as it was.

    A changed logical id deletes and recreates what is live, or fails since it exists already. What is retained no
    longer goes with its stack.

    Args:
        before: Stacks as they are deployed.
        after: Stacks as they are to be.
        since: What to call the former in messages.
        allowed: Names that may be lost, with everything below them.

    Raises:
        AssertionError: With every identity and record that is gone, held by another resource, or retained no longer.
    """
    problems = []
    names = [identity_name(name) for name in allowed]
    for gone in find_gone(before.values(), after.values()):
        thing = gone.thing
        if _is_below(thing, names):
            continue
        was = f"{thing.words} was {thing.holder} at {since}"
        if gone.now:
            problems.append(
                f"{was}, now is {gone.now}; CloudFormation makes it a second time: keep logical id and stack"
            )
        else:
            problems.append(f"{was}, now is gone; put it back, or allow it with --mailproof-allow={thing.name}")
    problems += [
        f"{thing.words} was retained by {thing.holder} at {since}, now is not; write `{POLICY}: retain`, "
        f"or allow it with --mailproof-allow={thing.name}"
        for thing in find_unretained(before.values(), after.values())
        if not _is_below(thing, names)
    ]
    _fail_if(problems)


def _is_below(thing: LiveThing, names: Iterable[str]) -> bool:
    """Tell whether something has one of these names, or one below; an address is below its domain."""
    return any(thing.name == name or is_within(thing.name.rpartition("@")[2], name) for name in names)


def _record_sets(stacks: Stacks) -> Iterator[tuple[SynthesisedStack, str, Mapping[str, Any]]]:
    """Yield stack, logical id and properties of every record set."""
    for stack in stacks.values():
        for logical_id, resource in live_resources(stack.template).items():
            yield from ((stack, logical_id, properties) for properties in record_sets(resource))


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
