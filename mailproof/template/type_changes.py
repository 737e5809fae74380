"""Changes between a CNAME and a record of another type at one name, which CloudFormation cannot make."""

from collections.abc import Iterator

from mailproof.model.names import host_name
from mailproof.template.contents import Template, as_text, live_resources, record_sets

ALIAS = "CNAME"
WAY = "docs/day-two.md has the way, under `A DMARC record becomes an alias`"

Place = tuple[str, str]
"""Hosted zone and name of records."""


def find_type_changes(stack: str, deployed: Template, wanted: Template) -> Iterator[str]:
    """
    Say which records are to become a CNAME, or to take its place, in one deployment.

    CloudFormation makes what is new before it deletes what is old, and nothing stands beside a CNAME (RFC 1034 section
    3.6.2).

    Args:
        stack: Id of the stack, for what is said.
        deployed: The template in force.
        wanted: The template to deploy.
    """
    before, after = _types(deployed), _types(wanted)
    for (zone, name), old in before.items():
        new = after.get((zone, name), {})
        for first in old.keys() - new.keys():
            for second in new.keys() - old.keys():
                if ALIAS in {first, second}:
                    yield (
                        f"{stack}: {old[first]}: {first} record {name!r} in zone {zone} is to become a {second}: "
                        f"CloudFormation makes the new one first, and Route 53 takes nothing beside a CNAME; {WAY}"
                    )


def _types(template: Template) -> dict[Place, dict[str, str]]:
    """Return the types of the records at each name, with the logical id of each."""
    found: dict[Place, dict[str, str]] = {}
    for logical_id, resource in live_resources(template).items():
        for record in record_sets(resource):
            if isinstance(name := record.get("Name"), str):
                place = as_text(record.get("HostedZoneId", "")), host_name(name)
                found.setdefault(place, {})[as_text(record.get("Type"))] = logical_id
    return found
