"""Which stacks that are left behind can be deleted, in the account itself and in those of its zones."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from mailproof.check.orphaned_stacks import StackJudge, record_key
from mailproof.live.aws.clients import Target
from mailproof.live.aws.remedies import could_not_ask
from mailproof.live.aws.stack_survey import LiveStack, survey_stacks
from mailproof.model.dns_record import RecordType
from mailproof.model.names import DKIM_LABEL
from mailproof.model.resource_types import IDENTITY
from mailproof.model.resources import identity_id
from mailproof.model.wording import shorten
from mailproof.prune.account_search import AccountSearch, IdentityPlace
from mailproof.prune.left_stack import LeftStack
from mailproof.prune.needed_names import find_needed
from mailproof.template.live_things import LiveThing


def survey_ours(search: AccountSearch) -> dict[LiveStack, Target]:
    """
    Return all stacks with names of ours, with what opens them.

    Accounts that they let read, and that no file names, become accounts of zones.
    """
    home, regions = search.home, search.regions
    survey = survey_stacks(search.clients, home, search.account.regions, regions)
    search.orphans.unanswered += [
        could_not_ask(f"the stacks of {home.account} in {region}", answer, region)
        for region, answer in survey.unanswered
    ]
    stacks = {stack: home.elsewhere(stack.region) for stack in survey.stacks}
    ours = [stack for stack in survey.stacks if stack.environment in search.environments]
    readers = frozenset[str]().union(*(stack.readers for stack in ours))
    if zone_of := search.account.zone_of:
        search.zones += map(zone_of, sorted(readers - {zone.target.account for zone in search.zones}))
    for zone in search.zones:
        there = survey_stacks(search.clients, zone.target, zone.regions, regions)
        search.note_closed(zone, dict(there.unanswered))
        stacks |= {stack: zone.deploying(stack.region) for stack in there.stacks if zone.owns(stack)}
    return stacks


def find_deletable(search: AccountSearch, stacks: Mapping[LiveStack, Target]) -> None:
    """
    Find the stacks that can go, and note why others stay; what those that go retain counts as retained.

    Those that hold identities go first, before records that these need.

    Args:
        search: Is told of them.
        stacks: All with names of ours that there are, with what opens them.
    """
    orphans, found = search.orphans, list(_find_left(search, stacks))
    orphans.notes += [one for one in found if isinstance(one, str)]
    left = [one for one in found if isinstance(one, LeftStack)]
    orphans.stacks += _find_going(search, left)
    orphans.stacks.sort(key=lambda one: not one.has_identities)
    for one in orphans.stacks:
        held = {thing.name: one.stack.name for thing in one.retained if thing.key[0] == IDENTITY}
        search.retained[one.stack.region].identities.update(held)


def _find_left(search: AccountSearch, stacks: Mapping[LiveStack, Target]) -> Iterator[LeftStack | str]:
    """Yield the stacks in which no file has anything, or why one stays."""
    judge = StackJudge(search.files, list(stacks))
    for stack, target in stacks.items():
        found = judge.judge(stack)
        if found is None or not found.is_whole:
            continue
        left = LeftStack(target, stack)
        held = [(thing, other) for thing in left.deleted for other in judge.other_holders(stack, thing)]
        # In accounts of zones stacks of other environments were not looked at.
        is_ours = stack.account != search.home.account or stack.environment in search.environments
        if found.wanted or not is_ours:
            yield str(found)
        elif held:
            yield f"{left.words} stays: what would be deleted with it, {held[0][0].words}, is also in {held[0][1]}"
        else:
            yield left


def _find_going(search: AccountSearch, left: Iterable[LeftStack]) -> list[LeftStack]:
    """Return the stacks that can go; why others stay is noted. What stays may need others: these are judged again."""
    going, staying = list(left), True
    while staying:
        gone = {place for one in going for place in _leaving_with(search, one)}
        reasons = [(one, _find_reason(search, one, gone)) for one in going]
        going, staying = [one for one, why in reasons if not why], any(why for _, why in reasons)
        search.orphans.notes += [f"{one.words} stays: {why}" for one, why in reasons if why]
    return going


def _leaving_with(search: AccountSearch, left: LeftStack) -> list[IdentityPlace]:
    """Return region and name of the identities that are deleted with a stack; accounts of zones have none of ours."""
    is_home = left.stack.account == search.home.account
    return [(left.stack.region, name) for name in left.deleted_identities] if is_home else []


def _find_reason(search: AccountSearch, left: LeftStack, gone: Collection[IdentityPlace]) -> str:
    """
    Say why a stack stays; empty if it can go.

    Args:
        search: Knows the identities.
        left: The stack.
        gone: Identities that are deleted with the stacks that go.
    """
    replicas = {place: search.replicas_of(*place) for place in _leaving_with(search, left)}
    if signing := [f"{name} has replicas in {', '.join(there)}" for (_, name), there in replicas.items() if there]:
        return f"{'; '.join(signing)}, which sign with its key; they go first"
    if given := [name for region, name in replicas if search.is_given(region, name)]:
        return f"with it would go {shorten(given)}, whose DKIM records a file names"
    if needed := [thing.words for thing in left.deleted if record_key(thing) in search.in_use.records]:
        return f"with it would go {shorten(needed)}, which a file needs"
    return _find_need(search, left, gone)


def _find_need(search: AccountSearch, left: LeftStack, gone: Collection[IdentityPlace]) -> str:
    """Say which records of a stack an identity needs that stays."""
    named = [one for one in left.deleted_records if not _may_hold_token(one)]
    needed = find_needed(search, {one.name for one in named}, gone)
    if shared := sorted({one.name for one in named if one.name in needed.mail_from}):
        return f"with it would go {', '.join(shared)}, which another identity has for its MAIL FROM domain"
    # What holds a token is known by its identity, or by the logical id of that in another stack.
    staying = [name for name in search.identities.get(left.stack.region, ()) if (left.stack.region, name) not in gone]
    owners = {owner for name in staying for owner in (name, identity_id(name))}
    signing = [one for one in left.deleted_records if _may_hold_token(one) and one.name in owners]
    signing += [one for one in named if needed.is_signing(record_key(one))]
    words = shorten([one.words for one in signing])
    return f"with it would go {words}, with which an identity signs that stays" if signing else ""


def _may_hold_token(record: LiveThing) -> bool:
    """Tell whether a record may be one of Easy DKIM of which the template does not tell the name."""
    return record_key(record)[1] == RecordType.CNAME and DKIM_LABEL not in record.name
