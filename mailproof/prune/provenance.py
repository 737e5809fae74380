"""What our stacks have retained: proof before anything is deleted, and what is named as long as it is there."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from mailproof.live.answer import NotFound, Unanswered
from mailproof.live.aws.clients import Clients, Target
from mailproof.live.aws.route53 import unescape
from mailproof.live.aws.stacks import list_events, list_stacks
from mailproof.model.mta_sts import policy_host
from mailproof.model.names import DKIM_LABEL, host_name, identity_name
from mailproof.model.policy_host import served_ids
from mailproof.model.record_kind import RecordKind, kind_of
from mailproof.model.resource_types import API, CERTIFICATE, CUSTOM_DOMAIN, IDENTITY, RECORD_SET, RECORD_SET_GROUP
from mailproof.model.stack_id import StackId, StackKind

SERVING = frozenset({CUSTOM_DOMAIN, API, CERTIFICATE})
"""What answers an MTA-STS policy, and goes with nothing else."""
EVERY_KEY = f"*{DKIM_LABEL}"
"""What the name of the record begins with that revokes all keys of a domain."""


def environments_of(stack_name: str, region: str) -> tuple[str, ...]:
    """
    Return the environments whose stack of identities in a region may have such a name.

    Returns:
        The longest name first; none for a stack of others. Two or more if the name alone does not tell: then each
        may have made what the stack holds.
    """
    return tuple(found.environment for found in StackId.parse(stack_name, region) if found.kind is StackKind.REGION)


class RetainedRecord(NamedTuple):
    """
    A record set that may be left in a zone.

    Attributes:
        name: Its name.
        stack: Name of the stack that has retained it.
        kind: What it is for; None if that is not known.
        group: The domain of the group of records that it may have been in; empty if it was a single one.
    """

    name: str
    stack: str
    kind: RecordKind | None
    group: str = ""

    @property
    def proof(self) -> str:
        """Say what is known of it."""
        if self.group:
            return f"it may be of the group of {self.group!r} that stack {self.stack} has retained"
        return f"stack {self.stack} has retained it"


class RetainedHost(NamedTuple):
    """
    What may go on answering the MTA-STS policy of a domain.

    Attributes:
        name: Its custom domain name.
        target: Account and region.
        stack: Name of the stack that has retained it.
        parts: Id of its API and ARN of its certificate, if they were retained with it.
    """

    name: str
    target: Target
    stack: str
    parts: tuple[str, ...]

    @property
    def words(self) -> str:
        """What it is and what a person is to do with it."""
        where = f"{self.target.region} of {self.target.account}"
        what = f"custom domain name {self.name!r} in {where} stays: stack {self.stack} has retained it"
        return ", then ".join([f"{what}, and no file asks for it; delete it by hand", *self.parts])


@dataclass(frozen=True, slots=True)
class Retained:
    """
    What stacks with names of ours have retained in a region.

    Attributes:
        identities: Domains, with the name of the stack; those of other folders are among them.
        records: Single record sets.
        groups: Logical ids of groups of records, with the name of the stack.
        hosts: What answers MTA-STS policies.
    """

    identities: dict[str, str] = field(default_factory=dict)
    records: list[RetainedRecord] = field(default_factory=list)
    groups: dict[str, str] = field(default_factory=dict)
    hosts: list[RetainedHost] = field(default_factory=list)


def fetch_retained(clients: Clients, target: Target, environments: Collection[str]) -> Retained | Unanswered:
    """
    Ask CloudFormation what was retained, in the 90 days for which it keeps deleted stacks, which are among them.

    Args:
        clients: Of the account.
        target: The account and a region.
        environments: Names of our environments in the names of stacks: of their records alone is told.
    """
    found = clients.ask("cloudformation", target, lambda client: _retained(client, target, environments))
    return Unanswered("NotFound") if isinstance(found, NotFound) else found


def _retained(client: Any, target: Target, environments: Collection[str]) -> Retained:
    found = Retained()
    for stack in list_stacks(client):
        name, possible = stack["StackName"], StackId.parse(stack["StackName"], target.region)
        is_ours = all(one.environment in environments for one in possible)
        serving: dict[str, str] = {}
        for event in list_events(client, stack["StackId"]) if possible else ():
            if event["ResourceStatus"] != "DELETE_SKIPPED":
                continue
            if event["ResourceType"] == IDENTITY:
                found.identities[identity_name(event["PhysicalResourceId"])] = name
            elif event["ResourceType"] == RECORD_SET and is_ours:
                record = host_name(unescape(event["PhysicalResourceId"]))
                found.records.append(RetainedRecord(record, name, kind_of(event["LogicalResourceId"], record)))
            elif event["ResourceType"] == RECORD_SET_GROUP and is_ours:
                found.groups[event["LogicalResourceId"]] = name
            elif event["ResourceType"] in SERVING and is_ours:
                serving[event["LogicalResourceId"]] = event["PhysicalResourceId"]
        found.hosts.extend(_hosts(serving, target, name))
    return found


def _hosts(serving: Mapping[str, str], target: Target, stack: str) -> Iterator[RetainedHost]:
    """Yield the hosts of policies among what was retained, by logical id."""
    for host in serving.values():
        own, api, certificate = served_ids(host.removeprefix(policy_host("")))
        if own in serving:
            parts = {"API": serving.get(api), "certificate": serving.get(certificate)}
            yield RetainedHost(host, target, stack, tuple(f"{what} {name}" for what, name in parts.items() if name))
