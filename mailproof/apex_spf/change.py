"""Write a name into the SPF record of a domain, or take it out, beside whatever else is in its TXT set."""

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mailproof.apex_spf.cost import Cost, read_cost
from mailproof.change.errors import CommandError
from mailproof.change.zone_change import Change, apply_batch, change_of, deletion, simple_record_set
from mailproof.exit_codes import UNANSWERED, USAGE
from mailproof.live.answer import AwsAnswer, NotFound, Unanswered, texts_of
from mailproof.live.asking import asking
from mailproof.live.authority import Authority
from mailproof.live.aws.clients import Clients, Target
from mailproof.live.aws.remedies import advise
from mailproof.live.aws.route53 import RecordSet, RecordSets, fetch_record_sets
from mailproof.live.resolver import Budget, Lookup, Resolver
from mailproof.live.transport import Server
from mailproof.live.zone_reader import read_zone
from mailproof.model.apex_spf import NO_RECORD, add_include, remove_include
from mailproof.model.domain import SendingDomain
from mailproof.model.txt import is_spf, quote_txt, unquote_txt

TTL_S = 300
PROOF_TIMEOUT_S = 120
PAUSE_S = 2


@dataclass(frozen=True, slots=True)
class TxtSet:
    """
    All TXT records at a domain.

    Attributes:
        texts: As receivers read them.
        record_set: As Route 53 holds it; None where there is none, or where another provider serves the zone.
    """

    texts: tuple[str, ...]
    record_set: RecordSet | None = None


@dataclass(frozen=True, slots=True)
class ApexChange:
    """
    A change of the TXT set at a domain.

    Attributes:
        domain: The domain.
        before: What is there.
        after: What would be there: every text but the SPF record as before.
        cost_before: Of the SPF record as it is.
        cost_after: Of what it would be.
    """

    domain: SendingDomain
    before: TxtSet
    after: tuple[str, ...]
    cost_before: Cost
    cost_after: Cost

    @property
    def is_done(self) -> bool:
        """Whether nothing is to change."""
        return self.before.texts == self.after

    @property
    def only_takes_out(self) -> bool:
        """Whether no term comes in, so that nothing can become worse than it is."""
        return _terms(self.after) <= _terms(self.before.texts)


def _terms(texts: Iterable[str]) -> set[str]:
    return {term for text in texts if is_spf(text) for term in text.split()}


def plan_texts(texts: Sequence[str], add: Sequence[str], remove: Sequence[str]) -> tuple[str, ...]:
    """
    Return what becomes of the texts at a domain.

    Raises:
        CommandError: There are several SPF records, of which receivers take none.
    """
    records = [text for text in texts if is_spf(text)]
    if len(records) > 1:
        found = " and ".join(map(repr, records))
        raise CommandError(f"has {len(records)} SPF records, and receivers then use none: {found}; leave one of them")
    text = records[0] if records else NO_RECORD
    for name in remove:
        text = remove_include(text, name)
    for name in add:
        text = add_include(text, name)
    if not records:
        return tuple(texts) if text == NO_RECORD else (*texts, text)
    if text == NO_RECORD:  # what a domain without a record was given
        return tuple(other for other in texts if not is_spf(other))
    return tuple(text if is_spf(other) else other for other in texts)


class ApexZone:
    """
    The zone of a domain: its own servers are asked, and Route 53 where that holds it.

    Args:
        domain: The domain.
        clients: Of AWS.
        target: The account of the hosted zone.
        server: The resolver to ask, as `--resolver` names it.
        budget: For DNS.
    """

    def __init__(
        self, domain: SendingDomain, clients: Clients, target: Target, server: Server | None, budget: Budget
    ) -> None:
        self.domain = domain
        self._clients = clients
        self._target = target
        self._server = server
        self._budget = budget

    def plan(self, add: Sequence[str], remove: Sequence[str]) -> ApexChange:
        """
        Read what is there, and say what would be.

        Raises:
            CommandError: The live set could not be asked for, differs from what Route 53 holds, or has two SPF records.
        """
        held = self._held()
        try:
            return asyncio.run(self._plan(held, add, remove))
        except CommandError as err:
            raise CommandError(f"{self.domain.name}: {err}", err.exit_code) from err

    async def _plan(self, held: RecordSet | None, add: Sequence[str], remove: Sequence[str]) -> ApexChange:
        with asking(self._server, self._budget) as (resolver, authority):
            live = await self._live(resolver, authority)
            if self.domain.zone.id and sorted(live) != sorted(_texts(held)):
                shown, stored = (", ".join(map(repr, texts)) or "nothing" for texts in (live, _texts(held)))
                what = f"its servers answer {shown}, and Route 53 holds {stored}"
                raise CommandError(f"{what}; wait until they agree, or correct the zone's id")
            live = tuple(_texts(held)) or live  # in their order
            after = plan_texts(live, add, remove)
            before_cost, after_cost = [await read_cost(resolver, self.domain.name, texts) for texts in (live, after)]
        return ApexChange(self.domain, TxtSet(live, held), after, before_cost, after_cost)

    async def _ask_live(self) -> tuple[str, ...]:
        with asking(self._server, self._budget) as (resolver, authority):
            return await self._live(resolver, authority)

    async def _live(self, resolver: Resolver, authority: Authority | None) -> tuple[str, ...]:
        """Ask each server of the zone; all have to say the same."""
        views: list[Lookup] = [resolver]
        if authority:
            zone = self.domain.zone
            await authority.open([await read_zone(resolver, None, zone, authority)])
            if silent := authority.silent.get(zone.name):
                what = f"{', '.join(silent)}, a server of {zone.name}, did not answer for it"
                todo = "run the same command again, or name the one resolver to ask by --resolver"
                raise CommandError(f"{what}, so what it holds is not known; {todo}", UNANSWERED)
            views = [*authority.views()] or views
        answers = [await view.txt(self.domain.name) for view in views]
        for answer in answers:
            if isinstance(answer, Unanswered):
                raise CommandError(
                    f"a server of its zone did not answer: {answer}; run the same command again", UNANSWERED
                )
        if len({frozenset(txt.text for txt in texts_of(answer)) for answer in answers}) > 1:
            raise CommandError(
                "the servers of its zone disagree about its TXT records; run the same command again in a while"
            )
        return tuple(txt.text for txt in texts_of(answers[0]))

    def _held(self) -> RecordSet | None:
        zone = self.domain.zone
        if zone.id is None:
            return None
        zone_id = zone.id
        sets: AwsAnswer[RecordSets] = self._clients.ask(
            "route53", self._target, lambda client: fetch_record_sets(client, zone_id)
        )
        if isinstance(sets, Unanswered):
            what = f"could not ask for hosted zone {zone_id}: {sets}"
            raise CommandError(f"{what}{advise(sets, self._target.region)}", UNANSWERED)
        if isinstance(sets, NotFound):
            raise CommandError(f"hosted zone {zone_id} does not exist; correct its id in the file", USAGE)
        found = sets.get((self.domain.name, "TXT"), ())
        if len(found) > 1 or any(record.extras for record in found):
            what = f"{self.domain.name}: a policy of Route 53 chooses among its TXT records"
            raise CommandError(f"{what}; change them by hand", USAGE)
        return found[0] if found else None

    def write(self, change: ApexChange) -> None:
        """
        Put the new set in the place of the old one, if that is still exactly as it was read; then prove it.

        Raises:
            CommandError: Somebody changed it meanwhile, or it could not be written or proved.
        """
        zone_id = str(self.domain.zone.id)
        if why := apply_batch(self._clients, self._target, zone_id, _changes(change), "mailproof spf"):
            what = f"hosted zone {zone_id}: nothing was changed: {why}{advise(why, self._target.region)}"
            raise CommandError(
                f"{what}; if somebody changed a record meanwhile, run the same command again", UNANSWERED
            )
        self._prove(change.after)

    def _prove(self, texts: Sequence[str]) -> None:
        """Ask the servers of the zone until all have every text."""
        end, found = time.monotonic() + PROOF_TIMEOUT_S, ""
        while time.monotonic() < end:
            try:
                live = asyncio.run(self._ask_live())
            except CommandError as err:
                found = str(err)
            else:
                if sorted(live) == sorted(texts):
                    return
                found = f"they answer {', '.join(map(repr, live)) or 'nothing'}"
            time.sleep(PAUSE_S)
        what = f"{self.domain.name}: written, but its servers do not show it yet: {found}"
        raise CommandError(f"{what}; run the same command again to see", UNANSWERED)


def _texts(held: RecordSet | None) -> list[str]:
    return [unquote_txt(value) for value in held.values] if held else []


def _changes(change: ApexChange) -> list[Change]:
    """Return the batch: exactly what was read goes, and every value of it but the SPF record comes back as it was."""
    held = change.before.record_set
    kept = {unquote_txt(value): value for value in held.values} if held else {}
    changes = [deletion(held)] if held else []
    if change.after:
        values = [kept.get(text, quote_txt(text)) for text in change.after]
        made = simple_record_set(change.domain.name, "TXT", held.ttl_s if held else TTL_S, values)
        changes.append(change_of("CREATE", made))
    return changes
