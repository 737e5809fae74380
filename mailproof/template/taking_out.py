"""Take resources out of a template, with all that refers to them."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, TypeAlias

from mailproof.model.resource_types import RECORD_SET, RECORD_SET_GROUP
from mailproof.template.contents import Resource, Template, record_sets

Refers: TypeAlias = Callable[[Any], bool]
"""Tells whether a part of a template refers to something."""

PLACEHOLDER = "MailproofPlaceholder"
"""Logical id of what stands in a template that would be empty otherwise, which CloudFormation refuses."""
NOTHING = {"Type": "AWS::CloudFormation::WaitConditionHandle"}  # makes nothing
METADATA = "AWS::CDK::Metadata"
READER = "GetStackOutput"
"""Part of the logical ids of the role and policy that the CDK makes for stacks of other accounts to read outputs."""
_VARIABLE = re.compile(r"\$\{([^!}.]+)[^}]*\}")


def worthwhile_resources(template: Template) -> dict[str, str]:
    """
    Return the resources for which a stack is there, logical id to type: somebody's own among them.

    A placeholder, the CDK's metadata and what lets other stacks read outputs are none.
    """
    types = {name: str(found["Type"]) for name, found in template.get("Resources", {}).items() if READER not in name}
    return {name: kind for name, kind in types.items() if kind not in {NOTHING["Type"], METADATA}}


def references(value: Any) -> Iterator[str]:
    """Yield the logical ids that a part of a template refers to."""
    if isinstance(value, list):
        for child in value:
            yield from references(child)
    if not isinstance(value, Mapping):
        return
    for key, argument in value.items():
        if key == "Ref" and isinstance(argument, str):
            yield argument
        elif key == "Fn::GetAtt":
            yield str(argument.split(".")[0] if isinstance(argument, str) else argument[0])
        elif key == "Fn::Sub":
            yield from _VARIABLE.findall(argument if isinstance(argument, str) else argument[0])
        elif key == "DependsOn":
            yield from [argument] if isinstance(argument, str) else argument
        yield from references(argument)


def find_referring(template: Template, logical_ids: Collection[str]) -> dict[str, list[str]]:
    """
    Find the resources that refer to others, with those; `DependsOn` does not count.

    Args:
        template: Holds them.
        logical_ids: The others.
    """
    wanted = set(logical_ids)
    return {
        name: names
        for name, resource in template.get("Resources", {}).items()
        if name not in wanted and (names := sorted(wanted.intersection(references(resource.get("Properties")))))
    }


def referring_to(logical_ids: Collection[str]) -> Refers:
    """Return what tells whether a part of a template refers to one of some resources."""
    wanted = set(logical_ids)
    return lambda part: not wanted.isdisjoint(references(part))


def find_records(template: Template, refers: Refers) -> set[str]:
    """Find the record sets that refer to something, and the groups of which all members do."""
    return {
        name
        for name, resource in template.get("Resources", {}).items()
        if resource.get("Type") in {RECORD_SET, RECORD_SET_GROUP}
        and (members := record_sets(resource))
        and all(map(refers, members))
    }


def take_out(template: Template, logical_ids: Collection[str], refers: Refers | None = None) -> dict[str, Any]:
    """
    Return a template without some of its resources, and without the members and outputs that refer to them.

    Args:
        template: As it is.
        logical_ids: What is taken out; but for groups, what refers to it has to be among it.
        refers: Tells which members and outputs go; left out, those that refer to what is taken out.
    """
    gone = set(logical_ids)
    goes = refers or referring_to(gone)
    left = {
        name: _without_members(_without_dependencies(resource, gone), goes)
        for name, resource in template.get("Resources", {}).items()
        if name not in gone
    }
    outputs = {name: output for name, output in template.get("Outputs", {}).items() if not goes(output)}
    sections = {**template, "Resources": left or {PLACEHOLDER: NOTHING}, "Outputs": outputs}
    return {name: section for name, section in sections.items() if section != {}}


def _without_dependencies(resource: Resource, gone: set[str]) -> Resource:
    before = resource.get("DependsOn")
    if before is None:
        return resource
    left = [name for name in ([before] if isinstance(before, str) else before) if name not in gone]
    rest = {key: value for key, value in resource.items() if key != "DependsOn"}
    return {**rest, "DependsOn": left} if left else rest


def _without_members(resource: Resource, goes: Refers) -> Resource:
    """Return a resource without its record sets that go, if it is a group and others are left."""
    members = resource.get("Properties", {}).get("RecordSets")
    if resource.get("Type") != RECORD_SET_GROUP or not isinstance(members, list):
        return resource
    left = [member for member in members if not goes(member)]
    return {**resource, "Properties": {**resource["Properties"], "RecordSets": left}} if left else resource
