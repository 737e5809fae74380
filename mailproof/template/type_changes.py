"""Changes between a CNAME and a record of another type at one name, which CloudFormation cannot make."""

from collections.abc import Iterable, Iterator

from mailproof.model import pages
from mailproof.model.names import host_name
from mailproof.template.cloud_assembly import SynthesisedStack
from mailproof.template.contents import Resource, as_text, live_resources, record_sets

ALIAS = "CNAME"
WAY = f"{pages.DAY_TWO} has the way, under `A DMARC record becomes an alias`"

Place = tuple[str, str]
"""Hosted zone and name of records."""


def find_type_changes(deployed: Iterable[SynthesisedStack], wanted: Iterable[SynthesisedStack]) -> Iterator[str]:
    """
    Say which records are to become a CNAME, or to take its place, in one deployment, in whichever stacks.

    CloudFormation makes what is new before it deletes what is old, and nothing stands beside a CNAME (RFC 1034 section
    3.6.2).

    Args:
        deployed: Stacks as they are.
        wanted: As they are to be, with all others.
    """
    before, after = _types(deployed), _types(wanted)
    for (zone, name), old in before.items():
        new = after.get((zone, name), {})
        for first in old.keys() - new.keys():
            for second in new.keys() - old.keys():
                if ALIAS in {first, second}:
                    yield (
                        f"{old[first]}: {first} record {name!r} in zone {zone} is to become a {second}: "
                        f"CloudFormation makes the new one first, and Route 53 takes nothing beside a CNAME; {WAY}"
                    )


def _types(stacks: Iterable[SynthesisedStack]) -> dict[Place, dict[str, str]]:
    """Return the types of the records at each name, with the id of the stack and the logical id of each."""
    found: dict[Place, dict[str, str]] = {}
    for stack in stacks:
        for logical_id, resource in live_resources(stack.template).items():
            for place, rdtype in _records(resource):
                found.setdefault(place, {})[rdtype] = f"{stack.path}: {logical_id}"
    return found


def _records(resource: Resource) -> Iterator[tuple[Place, str]]:
    """Yield place and type of the records of a resource whose names the template tells."""
    for record in record_sets(resource):
        if isinstance(name := record.get("Name"), str):
            yield (as_text(record.get("HostedZoneId", "")), host_name(name)), as_text(record.get("Type"))
