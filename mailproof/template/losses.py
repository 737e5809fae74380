"""
Find what a change would take away from live mail, by comparing templates before and after.

A change set would tell the same of whole resources, but not which record leaves a group, and making one changes the
account. Templates made by this app hold no parameters and no conditions, so that the comparison is exact.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from mailproof.model.resource_types import CUSTOM_DOMAIN, IDENTITY, RECORD_SET, RECORD_SET_GROUP
from mailproof.template.cloud_assembly import SynthesisedStack
from mailproof.template.contents import Resource, Template, as_text, is_retained, live_resources
from mailproof.template.live_things import Holder, LiveThing, live_things

POLICY = "removal_policy"
"""Stands in ``--allow`` for the policy of a whole stack: no logical id has an underscore."""
NAMED_LIMIT = 10


class Fate(StrEnum):
    """What becomes of identities and records."""

    DELETED = "would be deleted"
    RETAINED = "would no longer be managed, though they stay in AWS"
    REPLACED = "would be replaced: deleted once their replacements exist"
    LEFT = "would be replaced; what is there now stays in AWS, no longer managed"
    MOVED = "would move to another resource, whose creation they would block"
    UNGROUPED = (
        "would move to single record sets, whose creation they would block (`record_sets: grouped` keeps the group)"
    )
    GROUPED = (
        "would move to a group, whose creation they would block (`record_sets: individual` keeps single record sets)"
    )
    UNPREPARED = "would take a MAIL FROM name whose MX and SPF no stack has deployed yet"
    UNPUBLISHED = "would be signed with a key whose record no stack has deployed yet"
    EXCHANGED = "would hold another key under the same selector: what is signed with the one that is there fails"
    UNRETAINED = "would no longer be retained, but deleted once they leave the stack or the stack is deleted"


@dataclass(frozen=True, slots=True)
class Loss:
    """
    What a deployment would take away from one resource.

    Attributes:
        stack: Id of the stack.
        logical_id: Of the resource.
        fate: What becomes of it.
        words: The identity, or the records.
        names: The domain of each identity and DKIM record, the name of each other record; none of a whole stack.
        domains: Those of identities alone.
        zones: Hosted zones of the records.
    """

    stack: str
    logical_id: str
    fate: Fate
    words: tuple[str, ...]
    names: frozenset[str] = field(default=frozenset(), compare=False)
    domains: frozenset[str] = field(default=frozenset(), compare=False)
    zones: frozenset[str] = field(default=frozenset(), compare=False)

    @property
    def switch(self) -> str:
        """What ``--allow`` takes to let exactly this resource's losses pass."""
        return f"{self.stack}:{self.logical_id}"

    def __str__(self) -> str:
        """Say what is lost and how."""
        return f"{self.stack}: {self.logical_id}: {self.fate}: {', '.join(self.words)}"


@dataclass(frozen=True, slots=True)
class Gone:
    """
    An identity or record set that its resource does not hold any more.

    Attributes:
        thing: As it was.
        now: What holds it afterwards; None if nothing does.
    """

    thing: LiveThing
    now: Holder | None


def find_gone(before: Iterable[SynthesisedStack], after: Iterable[SynthesisedStack]) -> list[Gone]:
    """
    Find every identity and record set that is not held by the same resource of the same stack any more.

    Args:
        before: Stacks as they are.
        after: The same stacks as they are to be.
    """
    there = list(live_things(after))
    kept = {(thing.key, thing.holder) for thing in there}
    holders = {thing.key: thing.holder for thing in there}
    return [
        Gone(thing, holders.get(thing.key)) for thing in live_things(before) if (thing.key, thing.holder) not in kept
    ]


def find_unretained(before: Iterable[SynthesisedStack], after: Iterable[SynthesisedStack]) -> list[LiveThing]:
    """
    Find every identity and record set whose resource stays and is retained no longer.

    Args:
        before: Stacks as they are.
        after: The same stacks as they are to be.
    """
    known = list(before)
    was, is_now = _retention(known), _retention(after)
    return [thing for thing in live_things(known) if was[thing.holder] > is_now.get(thing.holder, True)]


def _retention(stacks: Iterable[SynthesisedStack]) -> dict[Holder, bool]:
    return {
        Holder(stack.name, stack.account, stack.region, logical_id): is_retained(resource)
        for stack in stacks
        for logical_id, resource in live_resources(stack.template).items()
    }


def find_losses(stack: str, deployed: Template, wanted: Template) -> list[Loss]:
    """
    Find the identities and records that a deployment would delete, replace, move or let go.

    Args:
        stack: Id of the stack, for what is said.
        deployed: The template in force.
        wanted: The template to deploy.
    """
    before, after = (SynthesisedStack(stack, "", "", "", template=dict(template)) for template in (deployed, wanted))
    fates: dict[tuple[str, Fate], list[LiveThing]] = {}
    for gone in find_gone([before], [after]):
        logical_id = gone.thing.holder.logical_id
        held_by = before.resources[logical_id]
        if gone.now:
            fate = _way(held_by, after.resources[gone.now.logical_id])
        else:
            fate = _fate(held_by, after.resources.get(logical_id))
        fates.setdefault((logical_id, fate), []).append(gone.thing)
    found = [_loss(stack, logical_id, fate, things) for (logical_id, fate), things in fates.items()]
    return [*found, *_unretained(before, after)]


def _loss(stack: str, logical_id: str, fate: Fate, things: Sequence[LiveThing]) -> Loss:
    names, domains = ({t.name for t in things if t.key[0] == IDENTITY or every} for every in (True, False))
    words, zones = tuple(t.words for t in things), zones_of(things)
    return Loss(stack, logical_id, fate, words, frozenset(names), frozenset(domains), zones)


def zones_of(things: Iterable[LiveThing]) -> frozenset[str]:
    """Return the hosted zones of records."""
    return frozenset(thing.key[1] for thing in things if thing.key[0] == RECORD_SET)


def _unretained(before: SynthesisedStack, after: SynthesisedStack) -> Iterator[Loss]:
    """Yield one loss for all that stays and is retained no longer: it is one key of the file."""
    if words := [thing.words for thing in find_unretained([before], [after])]:
        more = [f"and {len(words) - NAMED_LIMIT} more"] if len(words) > NAMED_LIMIT else []
        yield Loss(before.path, POLICY, Fate.UNRETAINED, (*words[:NAMED_LIMIT], *more))


def _way(before: Resource, after: Resource) -> Fate:
    """Return how something passes from one resource to another."""
    ways = {(RECORD_SET_GROUP, RECORD_SET): Fate.UNGROUPED, (RECORD_SET, RECORD_SET_GROUP): Fate.GROUPED}
    return ways.get((before["Type"], after["Type"]), Fate.MOVED)


def _fate(before: Resource, after: Resource | None) -> Fate:
    """Return what becomes of something that nothing holds afterwards, from what held it before."""
    if after is None:
        return Fate.RETAINED if is_retained(before) else Fate.DELETED
    # No policy keeps a record that leaves a group.
    if _is_group_with_others(before, after):
        return Fate.DELETED
    policies = {resource.get("UpdateReplacePolicy") for resource in (before, after)}
    return Fate.LEFT if policies == {"Retain"} else Fate.REPLACED


def _is_group_with_others(before: Resource, after: Resource) -> bool:
    """Tell whether a resource is a group in the same zone before and after, so that its records change one by one."""
    first, second = before.get("Properties", {}), after.get("Properties", {})
    same_zone = all(first.get(key) == second.get(key) for key in ("HostedZoneId", "HostedZoneName"))
    return "RecordSets" in first and "RecordSets" in second and same_zone


def find_left_hosts(deployed: Template, wanted: Template) -> list[str]:
    """Return the custom domain names, as of MTA-STS policies, that a deployment would let go and AWS keeps."""
    resources = deployed.get("Resources", {})
    gone = [resources[name] for name in resources.keys() - wanted.get("Resources", {}).keys()]
    hosts = [found for found in gone if found["Type"] == CUSTOM_DOMAIN and is_retained(found)]
    return sorted(as_text(found.get("Properties", {}).get("DomainName")) for found in hosts)


def find_differences(in_force: Template, wanted: Template) -> list[str]:
    """
    Name the identities, records and groups, by logical id, that are not in force as they are wanted.

    Tags are left out: of a letter outside ASCII CloudFormation gives a question mark back.
    """
    first, second = (
        {name: (found["Type"], _without_tags(found)) for name, found in live_resources(template).items()}
        for template in (in_force, wanted)
    )
    return sorted(name for name in first.keys() | second.keys() if first.get(name) != second.get(name))


def _without_tags(resource: Resource) -> dict[str, Any]:
    return {key: value for key, value in resource.get("Properties", {}).items() if key != "Tags"}


def refuse_losses(
    losses: Sequence[Loss],
    allowed: Collection[str],
    limit: int,
    moved: Mapping[str, str] = MappingProxyType({}),
    domains: Mapping[str, str] = MappingProxyType({}),
) -> list[str]:
    """
    Say which losses nobody has allowed, and whether there are too many even so.

    Args:
        losses: Of one or more stacks.
        allowed: What ``--allow`` was given.
        limit: Resources and whole domains that may lose something, allowed or not; a slip of a whole file is to show.
        moved: What ``--allow`` would take of those that are wanted elsewhere, to what is to be done instead.
        domains: Switch of a loss to the domain that stands for it.

    Returns:
        Lines to show; empty if the deployment may go on.
    """
    lines = [
        f"{loss}; {moved.get(loss.switch, f'if this is intended, --allow {loss.switch}')}"
        for loss in losses
        if loss.switch not in allowed and domains.get(loss.switch) not in allowed
    ]
    lost = {loss.switch for loss in losses} - (moved.keys() - set(allowed))
    if (count := len({domains.get(switch, switch) for switch in lost})) > limit:
        what = "resources and whole domains" if domains else "resources"
        lines.append(
            f"{count} {what} would lose identities or records, the limit is {limit}; "
            f"if this is intended, --max-removals {count}"
        )
    return lines
