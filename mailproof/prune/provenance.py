"""Prove that one of our stacks created an identity, or records of a parked domain; required before deletion."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from mailproof.live.answer import NotFound, Unanswered
from mailproof.live.aws.clients import Clients, Target
from mailproof.live.aws.route53 import unescape
from mailproof.live.aws.stacks import list_events, list_stacks
from mailproof.model.names import host_name, identity_name
from mailproof.model.record_kind import DKIM, DMARC, MAIL_FROM_MX, MAIL_FROM_SPF, PARKING, kind_of
from mailproof.model.resource_types import IDENTITY, RECORD_SET, RECORD_SET_GROUP
from mailproof.model.stack_id import StackId, StackKind

EVERY_KEY = "*._domainkey."
"""What the name of the record begins with that revokes all keys of a domain."""
OF_IDENTITIES = (DKIM, MAIL_FROM_MX, MAIL_FROM_SPF, DMARC)
"""Kinds of records that are judged with an identity."""


def environments_of(stack_name: str, region: str) -> tuple[str, ...]:
    """
    Return the environments whose stack of identities in a region may have such a name.

    Returns:
        The longest name first; none for a stack of others. Two or more if the name alone does not tell: then each
        may have made what the stack holds.
    """
    return tuple(found.environment for found in StackId.parse(stack_name, region) if found.kind is StackKind.REGION)


def fetch_retained(clients: Clients, target: Target) -> Mapping[str, str] | Unanswered:
    """
    Ask CloudFormation which identities our stacks have retained, in the 90 days for which it keeps deleted stacks.

    Returns:
        Domain to name of the stack. Stacks that are deleted are among them.
    """
    found = clients.ask("cloudformation", target, lambda client: dict(_retained(client, target.region)))
    return Unanswered("NotFound") if isinstance(found, NotFound) else found


class RetainedRecords(NamedTuple):
    """
    What may be left in zones, of what served all regions of a domain.

    Attributes:
        domains: Parked ones, of which single record sets were retained, with the name of the stack.
        groups: Logical ids of groups of records that were retained, with the name of the stack: a parked domain has
            one, and so has any other.
        records: Names of single record sets of domains that need not be parked, with the name of the stack.
    """

    domains: Mapping[str, str]
    groups: Mapping[str, str]
    records: Mapping[str, str]


def fetch_retained_records(
    clients: Clients, target: Target, environments: Collection[str]
) -> RetainedRecords | Unanswered:
    """
    Ask CloudFormation which records that serve all regions of a domain our stacks have retained.

    Args:
        clients: Of the account.
        target: The account and a region.
        environments: Names of our environments in the names of stacks.
    """
    found = clients.ask("cloudformation", target, lambda client: _retained_records(client, target.region, environments))
    return Unanswered("NotFound") if isinstance(found, NotFound) else found


def _retained_records(client: Any, region: str, environments: Collection[str]) -> RetainedRecords:
    domains, groups, records = dict[str, str](), dict[str, str](), dict[str, str]()
    for stack in list_stacks(client):
        possible = StackId.parse(stack["StackName"], region)
        if possible and all(one.kind is StackKind.DNS and one.environment in environments for one in possible):
            retained = [e for e in list_events(client, stack["StackId"]) if e["ResourceStatus"] == "DELETE_SKIPPED"]
            for event in retained:
                name = host_name(unescape(event["PhysicalResourceId"]))
                if event["ResourceType"] == RECORD_SET_GROUP:
                    groups[event["LogicalResourceId"]] = stack["StackName"]
                elif event["ResourceType"] == RECORD_SET:
                    kind = kind_of(event["LogicalResourceId"], name)
                    if kind in PARKING:
                        domains[name.removeprefix(EVERY_KEY)] = stack["StackName"]
                    elif kind not in OF_IDENTITIES:
                        records[name] = stack["StackName"]
    return RetainedRecords(domains, groups, records)


def _retained(client: Any, region: str) -> Iterator[tuple[str, str]]:
    for stack in list_stacks(client):
        if environments_of(stack["StackName"], region):
            yield from ((domain, stack["StackName"]) for domain in _retained_identities(client, stack["StackId"]))


def _retained_identities(client: Any, stack_id: str) -> Iterator[str]:
    for event in list_events(client, stack_id):
        if event["ResourceType"] == IDENTITY and event["ResourceStatus"] == "DELETE_SKIPPED":
            yield identity_name(event["PhysicalResourceId"])
