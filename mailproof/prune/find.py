"""Find stacks, identities and records of ours that no environment file has any more: the steps, one after another."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial

from mailproof.live.aws.clients import refuse_other_account
from mailproof.live.aws.remedies import could_not_ask
from mailproof.live.aws.stack_contents import fetch_stack_contents
from mailproof.live.aws.stack_survey import LiveStack
from mailproof.prune.account_search import AccountSearch
from mailproof.prune.deletable_stacks import find_deletable, survey_ours
from mailproof.prune.left_identities import (
    Candidate,
    find_candidates,
    find_judged,
    find_leaving,
    find_removable,
    records_of,
)
from mailproof.prune.left_records import find_left_records, judge_left_records, names_in_doubt
from mailproof.prune.needed_names import find_needed
from mailproof.prune.orphaned_identity import OrphanedIdentities
from mailproof.prune.provenance import RetainedRecord
from mailproof.prune.records import RecordJudge
from mailproof.template.cloud_assembly import SynthesisedStack
from mailproof.template.intrinsics import IntrinsicEvaluator


def find_orphans(search: AccountSearch) -> OrphanedIdentities:
    """Look through an account; reads only."""
    orphans, home = search.orphans, search.home
    if refused := refuse_other_account(search.clients.account(home.region), home.account):
        orphans.unanswered.append(could_not_ask(home.account, refused, home.region))
        return orphans
    search.ask_regions()
    stacks = survey_ours(search)
    find_deletable(search, stacks)
    candidates = find_candidates(search)
    records = find_left_records(search)
    # What has not answered may use a name of what leaves.
    if (candidates or records) and not orphans.unanswered:
        _judge(search, stacks, candidates, records)
    if orphans.unanswered and orphans.stacks:
        # They stay, and hold what was found without them.
        for one in (orphans.stacks, orphans.found, orphans.left):
            one.clear()
    orphans.closed += search.closed.values()
    return orphans


def _judge(
    search: AccountSearch,
    stacks: Iterable[LiveStack],
    candidates: Sequence[Candidate],
    records: Sequence[RetainedRecord],
) -> None:
    """Find what can go of identities and records: what no stack holds that stays, and no identity uses."""
    home, orphans = search.home, search.orphans
    evaluator = IntrinsicEvaluator(
        map(_with_outputs, stacks),
        home.account,
        lambda region, domain: search.live.dkim(home.elsewhere(region), domain),
    )
    going = {left.stack.place for left in orphans.stacks}
    fetch_contents = partial(
        fetch_stack_contents, search.clients, evaluator=evaluator, regions=search.regions, ignored=going
    )
    contents = fetch_contents(home, search.account.regions)
    if contents.unanswered:
        whom = f"the stacks of {home.account}, which may hold what is left,"
        orphans.unanswered += [
            could_not_ask(f"{whom} in {region}", answer, region) for region, answer in contents.unanswered.items()
        ]
        return
    leaving = list(find_leaving(search, candidates, contents))
    places = {home.account: (home, contents)}
    for zone in search.zones:
        there = fetch_contents(zone.target, zone.regions)
        search.note_closed(zone, there.unanswered)
        places[zone.target.account] = (zone.target, there)
    judge = RecordJudge(search.live, places, search.in_use)
    judged = list(find_judged(search, leaving, judge))
    names = {name for found in judged for name, _ in records_of(search, found)}
    needed = find_needed(search, names | names_in_doubt(records), {found.place for found in judged})
    if any(map(needed.is_untold, names)):
        return
    judge = replace(judge, needed=needed)
    find_removable(search, judged, judge)
    judge_left_records(search, records, judge)


def _with_outputs(stack: LiveStack) -> SynthesisedStack:
    """Return a stack as what reads its outputs takes it."""
    return SynthesisedStack(stack.name, stack.name, stack.account, stack.region, template=dict(stack.template))
