"""Ask DNS for the DMARC policy of names, and for what hosts that take reports have agreed to."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from mailproof.check.rules.dmarc import agrees
from mailproof.exit_codes import UNANSWERED, WRONG
from mailproof.live.answer import Unanswered, texts_of
from mailproof.live.asking import asking
from mailproof.live.dmarc_effective import Names, PerReceiver, Receiver, agree, read_effective
from mailproof.live.dmarc_reader import dmarc_records, policy_step, read_reports, single_record
from mailproof.live.record_facts import DmarcStep, ReportFacts
from mailproof.live.resolver import Budget, Lookup
from mailproof.live.transport import Server
from mailproof.model.dmarc import Dmarc, build_dmarc, dropped_tags
from mailproof.model.safe_text import visible

NAMES_AT_ONCE = 64
TEXT_LIMIT = 120  # characters shown of a text of others


class Agreement(StrEnum):
    """Whether a host outside the organisation takes reports of a domain."""

    THERE = "agreed"
    MISSING = "missing"
    NOT_NEEDED = "not needed"
    UNKNOWN = "not known"


@dataclass(frozen=True, slots=True)
class ReportHost:
    """
    A host that takes reports.

    Attributes:
        host: It.
        name: The name of the TXT record by which it agrees; its text is ``v=DMARC1``.
        agreement: Whether it has.
    """

    host: str
    name: str
    agreement: Agreement


@dataclass(frozen=True, slots=True)
class NamePolicy:
    """
    The policy of one From name, and of the names below it.

    Attributes:
        domain: The name.
        environment: Whose file has it; empty if none has.
        found: What receivers find, for the name itself and below it.
        record: The record in force, whole; empty if there is none.
        record_name: Its name; empty if there is none.
        alias: Where that name points, if it is a CNAME.
        wanted: The record that the file asks for; empty if it asks for none.
        dropped: Tags of the live record at the name that the record of the file has not, each with its value.
        hosts: Hosts outside the domain that take reports.
        passed_over: What stands at names that were asked, and is no record that receivers take, in words.
    """

    domain: str
    environment: str
    found: dict[Names, PerReceiver]
    record: str = ""
    record_name: str = ""
    alias: str = ""
    wanted: str = ""
    dropped: tuple[str, ...] = ()
    hosts: tuple[ReportHost, ...] = ()
    passed_over: tuple[str, ...] = ()

    @property
    def differing(self) -> list[Names]:
        """The names for which receivers of both kinds do not do the same."""
        return [names for names, found in self.found.items() if not agree(found)]

    @property
    def exit_code(self) -> int:
        """3 if something could not be asked, 1 if no policy is in force, else 0."""
        effective = [policy for found in self.found.values() for policy in found.values()]
        if any(policy.unanswered for policy in effective):
            return UNANSWERED
        return 0 if self.found[Names.ITSELF][Receiver.TREE_WALK].policy else WRONG


@dataclass(frozen=True, slots=True)
class Asked:
    """A From name to ask for: whose file has it, and the record that the file asks for."""

    domain: str
    environment: str = ""
    wanted: Dmarc | None = None


def find_policies(asked: Sequence[Asked], resolver: Server | None, budget: Budget) -> list[NamePolicy]:
    """Ask DNS for the policies of names, some at a time."""

    async def ask() -> list[NamePolicy]:
        with asking(resolver, budget) as (lookup, _):
            found: list[NamePolicy] = []
            for start in range(0, len(asked), NAMES_AT_ONCE):
                found += await asyncio.gather(
                    *(read_policy(lookup, one) for one in asked[start : start + NAMES_AT_ONCE])
                )
            return found

    return asyncio.run(ask())


async def read_policy(lookup: Lookup, asked: Asked) -> NamePolicy:
    """Ask for the policy of one name: at every step of its walk, and below its public suffix."""
    steps, found = await read_effective(lookup, asked.domain)
    step = steps[0] if single_record(steps[0]) else policy_step(steps)
    record = single_record(step) if step else None
    own = single_record(steps[0])
    wanted = build_dmarc(asked.wanted) if asked.wanted else ""
    return NamePolicy(
        domain=asked.domain,
        environment=asked.environment,
        found=found,
        record=record.text if record else "",
        record_name=step.name if step and record else "",
        alias=_alias(step) if step else "",
        wanted=wanted,
        dropped=tuple(dropped_tags(own.text, wanted)) if own and wanted else (),
        hosts=tuple(map(_host, await read_reports(lookup, step))),
        passed_over=tuple(words for each in steps for words in _passed_over(each)),
    )


def _passed_over(step: DmarcStep) -> Iterator[str]:
    """Say what stands at a name of the walk, if it is no record that receivers take (RFC 9989 section 4.10)."""
    if count := len(dmarc_records(step)):
        if count > 1:
            yield f"{step.name} has {count} DMARC records, and receivers then use none"
    elif texts := [txt.text for txt in texts_of(step.answer)]:
        yield f"{step.name} has {visible(texts[0])[:TEXT_LIMIT]!r}, which is not a DMARC record"
    elif alias := _alias(step):
        yield f"{step.name} is an alias of {alias}, where there is no record"


def exit_code(policies: Iterable[NamePolicy]) -> int:
    """Return 1 if a name has no policy, else 3 if something could not be asked, else 0."""
    codes = {policy.exit_code for policy in policies}
    return WRONG if WRONG in codes else UNANSWERED if UNANSWERED in codes else 0


def _alias(step: DmarcStep) -> str:
    return "" if isinstance(step.answer, Unanswered) else step.answer.alias or ""


def _host(facts: ReportFacts) -> ReportHost:
    return ReportHost(facts.host, facts.name, _agreement(facts))


def _agreement(facts: ReportFacts) -> Agreement:
    if facts.same_organisation is True:
        return Agreement.NOT_NEEDED
    if agrees(facts.answer):
        return Agreement.THERE
    if isinstance(facts.same_organisation, DmarcStep) or isinstance(facts.answer, Unanswered):
        return Agreement.UNKNOWN
    return Agreement.MISSING
