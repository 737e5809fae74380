"""
The policy that is in force for a name: as receivers find it that walk the tree, and as those that take a list.

Source: RFC 9989 sections 4.7, 4.10; RFC 7489 sections 6.6.3, 3.2
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

from mailproof.live.answer import Absent, Unanswered
from mailproof.live.dmarc_reader import discover, dmarc_records, open_step, policy_step, single_record, walk
from mailproof.live.dmarc_text import POLICIES, DmarcRecord
from mailproof.live.record_facts import DmarcStep
from mailproof.live.resolver import Lookup
from mailproof.model.dmarc import MILDEST_FIRST, DmarcPolicy
from mailproof.model.names import dmarc_name

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

SOME_NAME = "x"  # stands for any label below a name


class Names(StrEnum):
    """Which names a policy is asked for."""

    ITSELF = "itself"
    EXISTING = "existing names below"
    """Those that exist and have no record of their own."""
    MISSING = "names below that do not exist"


class Receiver(StrEnum):
    """How a receiver finds a policy."""

    TREE_WALK = "tree walk"
    """Receivers of RFC 9989."""
    LIST = "public suffix list"
    """Receivers of RFC 7489: they know neither `np` nor `t`, and apply `pct`."""


@dataclass(frozen=True, slots=True)
class Effective:
    """
    A policy in force.

    Attributes:
        name: Of the record; None if there is none, or it is not known.
        tag: Of the policy in it: ``p``, ``sp`` or ``np``; empty if it names none.
        policy: What is asked for; None if there is none, or it is not known.
        is_tested: Whether receivers act one step milder.
        percent: The share of mail to which it is applied.
        unanswered: The name that nobody answered for, and why; None if all is known.
    """

    name: str | None = None
    tag: str = ""
    policy: DmarcPolicy | None = None
    is_tested: bool = False
    percent: int = 100
    unanswered: tuple[str, Unanswered] | None = None

    @property
    def enforced(self) -> DmarcPolicy | None:
        """What receivers do in the end."""
        if self.policy is None or not self.is_tested:
            return self.policy
        return MILDEST_FIRST[max(MILDEST_FIRST.index(self.policy) - 1, 0)]

    def is_like(self, other: "Effective") -> bool:
        """Tell whether mail that fails meets the same."""
        return (self.enforced, self.percent) == (other.enforced, other.percent)


PerReceiver: TypeAlias = dict[Receiver, Effective]


def agree(found: PerReceiver) -> bool:
    """Tell whether mail that fails meets the same at receivers of both kinds."""
    first, *rest = found.values()
    return all(policy.is_like(first) for policy in rest)


async def read_effective(
    lookup: Lookup, domain: str, names: Sequence[Names] = tuple(Names)
) -> tuple[tuple[DmarcStep, ...], dict[Names, PerReceiver]]:
    """
    Ask for the policy of a domain, as receivers of both kinds find it.

    Args:
        lookup: Answers.
        domain: The domain.
        names: For which it is asked; for the domain itself alone, its own record settles the matter.

    Returns:
        The steps of the walk, and the policy of each of the names.
    """
    is_whole = any(each is not Names.ITSELF for each in names)
    steps = await (walk(lookup, domain) if is_whole else discover(lookup, domain, own_only=False))
    above = None
    if is_whole or not dmarc_records(steps[0]):
        organisation = list_domain(domain)
        if organisation not in {None, domain}:
            above = DmarcStep(str(organisation), await lookup.txt(dmarc_name(str(organisation))))
    return steps, {
        each: {
            Receiver.TREE_WALK: tree_walk_policy(steps, each),
            Receiver.LIST: list_policy(steps[0], above, each),
        }
        for each in names
    }


def tree_walk_policy(steps: Sequence[DmarcStep], names: Names) -> Effective:
    """
    Return what a receiver finds that walks the tree.

    Args:
        steps: The whole walk of the domain.
        names: The domain itself, or names below it that have no record of their own.
    """
    start = steps[0].where
    if names is not Names.ITSELF:
        steps = (DmarcStep(f"{SOME_NAME}.{start}", Absent()), *steps)
    found = policy_step(tuple(steps))
    own = single_record(steps[0])
    if own is not None:
        found = steps[0]  # whatever stands above, the domain's own record is its policy
    elif (question := open_step(tuple(steps))) and isinstance(question.answer, Unanswered):
        return Effective(unanswered=(question.name, question.answer))
    record = single_record(found) if found else None
    if found is None or record is None:
        return Effective()
    tags = {Names.ITSELF: ("p",), Names.EXISTING: ("sp", "p"), Names.MISSING: ("np", "sp", "p")}[names]
    is_own = names is Names.ITSELF and found.where == start
    if names is Names.ITSELF and not is_own:
        tags = ("sp", "p")  # it exists, and its policy stands above
    return _policy_of(found, record, tags, Receiver.TREE_WALK)


def list_policy(own: DmarcStep, above: DmarcStep | None, names: Names) -> Effective:
    """
    Return what a receiver of RFC 7489 finds.

    Two records at a name end its search there, and there is no policy.

    Args:
        own: What stands at the domain.
        above: What stands at the domain below the public suffix; None if that is the domain itself, or it has none.
        names: The domain itself, or names below it that have no record of their own.
    """
    is_itself = names is Names.ITSELF
    steps = [own] if above is None else [own, above] if is_itself else [above]
    for step in steps:
        if isinstance(step.answer, Unanswered):
            return Effective(unanswered=(step.name, step.answer))
        if records := dmarc_records(step):
            tags = ("p",) if is_itself and step is own else ("sp", "p")
            return _policy_of(step, records[0], tags, Receiver.LIST) if len(records) == 1 else Effective(step.name)
    return Effective()


def list_domain(domain: str) -> str | None:
    """Return the organisational domain by the public suffix list, its private part included; None if there is none."""
    return _public_suffix_list().privatesuffix(domain)


@cache
def _public_suffix_list() -> "PublicSuffixList":
    from publicsuffixlist import PublicSuffixList  # noqa: PLC0415 -- takes a tenth of a second

    return PublicSuffixList()


def _policy_of(step: DmarcStep, record: DmarcRecord, tags: Sequence[str], receiver: Receiver) -> Effective:
    """Read a policy: of the first tag with a valid value, else none if reports are asked for (section 4.10.1)."""
    reads_new_tags = receiver is Receiver.TREE_WALK
    for tag in tags:
        value = record.tags.get(tag, "").lower()
        if value in POLICIES:
            percent = 100 if reads_new_tags or record.percent is None else record.percent
            return Effective(step.name, tag, DmarcPolicy(value), reads_new_tags and record.is_tested, percent)
    return Effective(step.name, "", DmarcPolicy.NONE if record.addresses("rua") else None)
