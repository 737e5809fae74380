"""
Find the stack that manages an identity or a record set.

Nothing in AWS keeps two stacks from holding one record: whichever lets it go first deletes it for both.
"""

from collections.abc import Container, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from mailproof.live.answer import NotFound, Unanswered
from mailproof.live.aws.clients import THREADS, Clients, Target
from mailproof.live.aws.made_names import names_of
from mailproof.live.aws.remedies import is_news
from mailproof.live.aws.stacks import describe_stack, list_resources, list_stacks, read_template
from mailproof.model.names import identity_name
from mailproof.model.regions import regions_of_partition
from mailproof.model.resource_types import IDENTITY, RECORD_SET_GROUP
from mailproof.model.stack_id import StackId
from mailproof.template.cloud_assembly import Place
from mailproof.template.contents import LIVE_TYPES, RecordKey, Template
from mailproof.template.intrinsics import IntrinsicEvaluator, Scope, pseudo_parameters
from mailproof.template.records import template_records

READ_TYPES = LIVE_TYPES | {"AWS::Route53::HostedZone"}  # records name their zone by `Ref`
GONE = frozenset({"DELETE_COMPLETE", "DELETE_SKIPPED"})
LEFT = GONE | {"DELETE_FAILED"}
"""Of a stack that has come through an update, which goes on without what it could not delete."""


@dataclass(frozen=True, slots=True)
class ManagingStack:
    """
    The resource of a stack that holds something.

    Attributes:
        stack_name: Its stack in CloudFormation.
        region: Of the stack.
        logical_id: Its logical id.
        is_group: Whether it is a group of record sets.
    """

    stack_name: str
    region: str
    logical_id: str
    is_group: bool = False

    @property
    def is_ours(self) -> bool:
        """Whether its stack has a name of ours."""
        return bool(StackId.parse(self.stack_name, self.region))

    def __str__(self) -> str:
        """Show it as ``stack old-app in us-east-1 (Identity2D60E2CC)``."""
        return f"stack {self.stack_name} in {self.region} ({self.logical_id})"


@dataclass(slots=True)
class StackContents:
    """
    What the stacks of a region, or of several, hold.

    Attributes:
        identities: Region and name to holder.
        records: Zone id, record name and type to holder; the zone id is empty where a template does not tell it.
        unknown: Zone id, record name and type, with the holder; only CloudFormation knows what is empty.
        unanswered: Regions that could not be asked, and why.
    """

    identities: dict[tuple[str, str], ManagingStack] = field(default_factory=dict)
    records: dict[tuple[str, RecordKey], ManagingStack] = field(default_factory=dict)
    unknown: list[tuple[str, RecordKey, ManagingStack]] = field(default_factory=list)
    unanswered: dict[str, Unanswered] = field(default_factory=dict)

    def record(self, zone_id: str, key: RecordKey) -> ManagingStack | None:
        """Return who holds a record set."""
        return self.records.get((zone_id, key)) or self.records.get(("", key))

    def maybe(self, zone_id: str, key: RecordKey) -> ManagingStack | None:
        """Return who may hold a record set, for all that can be known."""
        wanted = (zone_id, *key)
        for zone, known, manager in self.unknown:
            if all(part in {"", own} for part, own in zip((zone, *known), wanted, strict=True)):
                return manager
        return None

    def put(self, zone_id: str, key: RecordKey, manager: ManagingStack) -> None:
        """Note a record set of a stack."""
        if all(key):
            self.records[zone_id, key] = manager
        else:
            self.unknown.append((zone_id, key, manager))

    def add(self, other: "StackContents") -> None:
        """Take in what another knows."""
        self.identities |= other.identities
        self.records |= other.records
        self.unknown += other.unknown
        self.unanswered |= other.unanswered


def fetch_stack_contents(  # noqa: PLR0913 -- where to look, and where not
    clients: Clients,
    target: Target,
    needed: Iterable[str],
    evaluator: IntrinsicEvaluator,
    regions: Iterable[str] | None = None,
    *,
    ignored: Container[Place] = frozenset(),
) -> StackContents:
    """
    Read the stacks of an account in all regions: Route 53 is global, and a stack of any region can hold a record.

    Args:
        clients: Ask CloudFormation.
        target: The account.
        needed: Regions that have to answer; of others it is no news that they are not enabled.
        evaluator: Makes names of DKIM records known.
        regions: The only regions to ask; None asks all.
        ignored: Stacks that are left out.
    """
    clients.ask("cloudformation", target, lambda _: None)  # the session is opened once, before there are threads
    needs = frozenset(needed)
    contents = StackContents()
    with ThreadPoolExecutor(THREADS) as pool:
        places = [target.elsewhere(region) for region in regions or regions_of_partition(target.region)]
        for answer in pool.map(lambda there: _fetch_region(clients, there, evaluator, needs, ignored), places):
            contents.add(answer)
    return contents


def _fetch_region(
    clients: Clients,
    target: Target,
    evaluator: IntrinsicEvaluator,
    needed: frozenset[str],
    ignored: Container[Place],
) -> StackContents:
    found = clients.ask("cloudformation", target, lambda client: _read(client, target, evaluator, ignored))
    if isinstance(found, StackContents):
        return found
    answer = Unanswered("NotFound") if isinstance(found, NotFound) else found
    return StackContents(unanswered={target.region: answer} if is_news(answer, target.region, needed) else {})


def _read(client: Any, target: Target, evaluator: IntrinsicEvaluator, ignored: Container[Place]) -> StackContents:
    contents = StackContents()
    for summary in list_stacks(client):
        is_left_out = (target.account, target.region, summary["StackName"]) in ignored
        if summary["StackStatus"] != "DELETE_COMPLETE" and not is_left_out:
            is_at_rest = summary["StackStatus"].endswith("_COMPLETE")
            _add_stack(contents, client, summary["StackName"], target, evaluator, gone=LEFT if is_at_rest else GONE)
    return contents


def _add_stack(  # noqa: PLR0913 -- what is read, and where it goes
    contents: StackContents,
    client: Any,
    stack_name: str,
    target: Target,
    evaluator: IntrinsicEvaluator,
    *,
    gone: Container[str],
) -> None:
    resources = {found["LogicalResourceId"]: found for found in _resources(client, stack_name, gone)}
    managers = {
        logical_id: ManagingStack(stack_name, target.region, logical_id, found["ResourceType"] == RECORD_SET_GROUP)
        for logical_id, found in resources.items()
        if found["ResourceType"] in LIVE_TYPES
    }
    identities = {logical_id for logical_id in managers if resources[logical_id]["ResourceType"] == IDENTITY}
    for logical_id in identities:
        name = identity_name(resources[logical_id]["PhysicalResourceId"])
        contents.identities[target.region, name] = managers[logical_id]
    if identities == managers.keys():
        return
    template = read_template(client, stack_name)
    refs = pseudo_parameters(stack_name, target.account, target.region) | _parameters(client, stack_name, template)
    refs |= {logical_id: found["PhysicalResourceId"] for logical_id, found in resources.items()}
    for record in template_records(Scope(template, target.region, refs), evaluator):
        if manager := managers.get(record.logical_id):
            for name in [record.name] if record.is_grouped else names_of(resources[record.logical_id]):
                contents.put(record.zone_id, (name, record.type), manager)


def _parameters(client: Any, stack_name: str, template: Template) -> dict[str, str]:
    if not template.get("Parameters"):
        return {}
    given = describe_stack(client, stack_name).get("Parameters", ())
    values = {found["ParameterKey"]: found.get("ResolvedValue", found.get("ParameterValue", "")) for found in given}
    return {key: value for key, value in values.items() if not template["Parameters"].get(key, {}).get("NoEcho")}


def _resources(client: Any, stack_name: str, gone: Container[str]) -> Iterator[Mapping[str, Any]]:
    for resource in list_resources(client, stack_name):
        is_read = resource["ResourceType"] in READ_TYPES and resource["ResourceStatus"] not in gone
        if is_read and resource.get("PhysicalResourceId"):
            yield resource


def could_not_tell(manager: ManagingStack, words: str) -> str:
    """Say that a stack may hold a record, and what to do."""
    what = f"could not tell whether {manager} holds {words}: its template makes the name by a function"
    return f"{what}; give it names as plain text there"
