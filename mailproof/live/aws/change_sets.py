"""Change sets of CloudFormation: every call about them, and what one would do."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from mailproof.live.aws.members import optional, required
from mailproof.template.cloud_assembly import SynthesisedStack
from mailproof.template.contents import Template

BODY_LIMIT_BYTES = 51_200
"""A larger template has to be read from S3: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"""
# CloudFormation has no code for this; it makes the change set and lets it fail.
_NOTHING_TO_CHANGE = ("didn't contain changes", "No updates are to be performed")
# What a stack keeps only if every update says it again.
_KEPT = ("Capabilities", "NotificationARNs", "Tags")
# As the CDK's command line gives them.
_CAPABILITIES = ("CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND")


class Change(NamedTuple):
    """
    What a change set would do to one resource.

    Attributes:
        logical_id: Of the resource.
        action: ``Add``, ``Modify``, ``Remove``, ``Import`` or ``Dynamic``.
        replaces: Whether it is, or may be, recreated.
    """

    logical_id: str
    action: str
    replaces: bool = False


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """
    A change set.

    Attributes:
        status: ``CREATE_COMPLETE`` if it can be executed.
        reason: Why not, or what CloudFormation adds.
        execution: ``EXECUTE_COMPLETE`` or ``EXECUTE_FAILED`` once it has been executed.
        changes: What it would do.
    """

    status: str
    reason: str
    execution: str
    changes: tuple[Change, ...]

    @property
    def is_empty(self) -> bool:
        """Whether it failed because there is nothing to change."""
        return self.status == "FAILED" and any(words in self.reason for words in _NOTHING_TO_CHANGE)


def template_text(template: Template) -> str:
    """Write a template as it is sent, no longer than it has to be."""
    return json.dumps(template, separators=(",", ":"), ensure_ascii=False)


def create_change_set(
    client: Any,
    stack: Mapping[str, Any],
    name: str,
    template: Mapping[str, str],
    imports: Sequence[Mapping[str, Any]] = (),
) -> None:
    """
    Ask for a change set of a stack; it keeps parameters, tags and capabilities.

    A stack that is there keeps its role by itself: to name it again would need a permission to pass it.

    Args:
        client: boto3's for `cloudformation`.
        stack: From `describe_stack`, or from `new_stack`.
        name: Of the change set.
        template: `TemplateBody` or `TemplateURL`.
        imports: What exists and is taken into the stack, as `ResourcesToImport`; nothing else may change with it then.
    """
    parameters = [{"ParameterKey": key, "UsePreviousValue": True} for key in _parameter_keys(stack)]
    kind = {"ChangeSetType": "IMPORT", "ResourcesToImport": list(imports)} if imports else {"ChangeSetType": "UPDATE"}
    keys = _KEPT if "StackId" in stack else (*_KEPT, "RoleARN")
    kept = {key: stack[key] for key in keys if stack.get(key)}
    client.create_change_set(
        StackName=stack["StackName"], ChangeSetName=name, Parameters=parameters, **template, **kind, **kept
    )


def new_stack(stack: SynthesisedStack) -> dict[str, Any]:
    """
    Return what makes a stack that does not exist, by an import: with the role that later deployments work by.

    Its tags it gets by the first deployment: an import takes none.
    """
    role = {"RoleARN": stack.execution_role} if stack.execution_role else {}
    return {"StackName": stack.name, "Capabilities": list(_CAPABILITIES), **role}


def _parameter_keys(stack: Mapping[str, Any]) -> Iterator[str]:
    for parameter in optional(stack, "Parameters", list, ()):
        yield required(parameter, "ParameterKey", str)


def list_changes(client: Any, stack_name: str, change_set: str) -> Iterator[Mapping[str, Any]]:
    """Yield the changes of a change set to resources."""
    for page in _pages(client, stack_name, change_set):
        yield from _changes(page)


def fetch_change_set(client: Any, stack_name: str, change_set: str) -> ChangeSet:
    """Read a change set; before its status says that it is complete, its changes are not."""
    pages = list(_pages(client, stack_name, change_set))
    changes = (_parse(found) for page in pages for found in _changes(page))
    return ChangeSet(
        status=required(pages[0], "Status", str),
        reason=optional(pages[0], "StatusReason", str, ""),
        execution=optional(pages[0], "ExecutionStatus", str, ""),
        changes=tuple(changes),
    )


def _pages(client: Any, stack_name: str, change_set: str) -> Iterable[Mapping[str, Any]]:
    pages: Iterable[Mapping[str, Any]] = client.get_paginator("describe_change_set").paginate(
        StackName=stack_name, ChangeSetName=change_set
    )
    return pages


def _changes(page: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from (found["ResourceChange"] for found in optional(page, "Changes", list, ()) if "ResourceChange" in found)


def _parse(change: Mapping[str, Any]) -> Change:
    action = required(change, "Action", str)
    return Change(
        logical_id=required(change, "LogicalResourceId", str),
        action=action,
        replaces=optional(change, "Replacement", str, "False") != "False",
    )


def execute_change_set(client: Any, stack_name: str, name: str, token: str) -> None:
    """
    Execute a change set. CloudFormation refuses one whose stack has changed since it was made.

    Args:
        client: boto3's for `cloudformation`.
        stack_name: Its stack.
        name: Its name.
        token: Marks the events that come of it.
    """
    client.execute_change_set(StackName=stack_name, ChangeSetName=name, ClientRequestToken=token)


def delete_change_set(client: Any, stack_name: str, name: str) -> None:
    """Delete a change set that is not executed."""
    client.delete_change_set(StackName=stack_name, ChangeSetName=name)
